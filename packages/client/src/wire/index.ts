export { BytesChannel } from '../bytes-channel.js';
export { encodeRequest } from '../message-codec.js';
export { decodeAnswer } from '../response-reader.js';
export { FIELD_NUMBER, METHOD } from './generated/fields.js';
export type { Any, FeedbackInfo, GetServerInfoResponse, Messages } from './generated/messages.js';
export { messageType, PAIRSTREAM_MESSAGES } from './message-types.js';
export {
  DEFAULT_MAX_MESSAGE_BYTES,
  ERROR_DOMAIN,
  MEMBER_USE_CODE,
  STATUS_DETAILS_KEY,
  WIRE_TYPE,
} from './protocol.js';
export { decodeStatusDetails, type StatusDetails, TYPE_URL_PREFIX } from './status-details.js';
