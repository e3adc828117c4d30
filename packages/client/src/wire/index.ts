export { BytesChannel } from '../bytes-channel.js';
export { encodeRequest } from '../message-codec.js';
export { decodeAnswer } from '../response-reader.js';
export {
  DEFAULT_MAX_MESSAGE_BYTES,
  ERROR_DOMAIN,
  MEMBER_USE_CODE,
  MESSAGE_FIELDS,
  METHOD_PATH,
  STATUS_DETAILS_KEY,
  WIRE_TYPE,
} from './message-fields.js';
export { messageType } from './message-types.js';
export { decodeStatusDetails, type StatusDetails, TYPE_URL_PREFIX } from './status-details.js';
