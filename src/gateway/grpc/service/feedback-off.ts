import { PairstreamError } from '../../../errors/pairstream-error.js';

/** Error of a gateway that takes no feedback. @param subject the method or field that needs it */
export function feedbackOff(subject: string): PairstreamError {
  const message = `${subject}: the gateway takes no feedback, expected a gateway with PAIRSTREAM_STATE_DIR`;
  return new PairstreamError('FEEDBACK_OFF', message, { field: subject });
}
