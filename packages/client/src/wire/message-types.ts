import { MessageTypes } from '@pairstream/grpc-channel';
import type protobuf from 'protobufjs/light.js';
import { DESCRIPTOR } from './generated/descriptor.js';
import type { Messages } from './generated/messages.js';

/** Messages of the gateway's protocol, error details included; fields are in camelCase. */
export const PAIRSTREAM_MESSAGES = new MessageTypes<Messages>(DESCRIPTOR);

/**
 * Reflected type of a message; fields are in camelCase.
 * @throws Error if the protocol has no message of that name
 */
export function messageType(fullName: keyof Messages): protobuf.Type {
  return PAIRSTREAM_MESSAGES.root.lookupType(fullName);
}
