import { Client, credentials } from '@grpc/grpc-js';

const SERVING_STATUS = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const STATUS_TAG = 0x08;

/** The status of a whole server, as its gRPC health service tells it. */
export async function checkHealth(target: string): Promise<string | undefined> {
  const client = new Client(target, credentials.createInsecure());
  try {
    const response = await new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest(
        '/grpc.health.v1.Health/Check',
        (bytes: Buffer) => bytes,
        (bytes) => bytes,
        Buffer.alloc(0),
        (error, answer) => {
          if (answer === undefined) reject(error ?? new Error('no answer'));
          else resolve(answer);
        },
      );
    });
    return response[0] === STATUS_TAG ? SERVING_STATUS[response[1]!] : SERVING_STATUS[0];
  } finally {
    client.close();
  }
}
