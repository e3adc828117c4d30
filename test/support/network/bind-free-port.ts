import { type Server, ServerCredentials } from '@grpc/grpc-js';

/** Binds a gRPC server to a free port of 127.0.0.1. @returns host:port */
export async function bindFreePort(server: Server): Promise<string> {
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return `127.0.0.1:${port}`;
}
