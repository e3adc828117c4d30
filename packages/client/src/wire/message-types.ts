import protobuf from 'protobufjs/light.js';
import { DESCRIPTOR } from './generated/descriptor.js';

let root: protobuf.Root | undefined;

/**
 * Reflected type of a message, for messages that are not on the hot path. Field names are those of the .proto file.
 * @throws Error if the protocol has no message of that name
 */
export function messageType(fullName: string): protobuf.Type {
  if (root === undefined) {
    root = protobuf.Root.fromJSON(DESCRIPTOR);
    root.resolveAll();
  }
  return root.lookupType(fullName);
}
