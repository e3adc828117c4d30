import { PairstreamError } from '../../../errors/pairstream-error.js';

/** Version of @grpc/grpc-js whose private parts this folder replaces; package.json pins it. */
export const GRPC_JS_VERSION = '1.14.7';

/** Error for an installed @grpc/grpc-js without a private part that the gateway needs. @param part for instance `Server.http2Servers` */
export function missingLibraryPart(part: string): PairstreamError {
  return new PairstreamError(
    'INTERNAL',
    `the installed @grpc/grpc-js has no ${part}, expected version ${GRPC_JS_VERSION}; run npm ci`,
  );
}
