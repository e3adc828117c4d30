import { PairstreamClient, ServerError } from '@pairstream/client';
import { parseTarget } from '@pairstream/grpc-channel';
import type { ClientSecurity } from './client-security.js';
import { type Config, loadConfig } from '../config/config.js';
import { PairstreamError } from '../errors/pairstream-error.js';

const READY_TIMEOUT_MS = 10_000;

/** A client of a gateway, with what must be ended after it. */
export interface GatewayConnection extends AsyncDisposable {
  readonly client: PairstreamClient;
  /** The gateway, for messages. */
  readonly address: string;
}

/**
 * Connects to a gateway, or starts one inside this process.
 * @param target host:port; default: a gateway of its own
 * @param security of the calls to a running gateway
 * @param settings of a gateway of its own, beside those of the environment
 * @throws PairstreamError INVALID_CONFIG if the target is no address
 * @throws ServerError if no gateway answers within 10 s
 */
export async function connectGateway(
  target: string | undefined,
  security: ClientSecurity = {},
  settings: Partial<Config> = {},
): Promise<GatewayConnection> {
  if (target !== undefined) {
    expectTarget(target);
    const client = new PairstreamClient({ target, ...security });
    await client.waitForReady(READY_TIMEOUT_MS);
    const close = (): Promise<void> => Promise.resolve(client.close());
    return { client, address: target, [Symbol.asyncDispose]: close };
  }
  const own = {
    // Its only caller connects over loopback.
    tlsCertificate: '',
    tlsKey: '',
    tlsClientCa: '',
    callersFile: '',

    host: '127.0.0.1',
    adminHost: '127.0.0.1',
    grpcPort: 0,
    adminPort: 0,
    logLevel: 'error',
    // Its only caller is this command, which waits for its own rows.
    maxQueueMs: Infinity,
  } as const;
  // Only here: loading the gateway takes longer than the start of all else.
  const { startGateway } = await import('../gateway/gateway.js');
  const gateway = await startGateway({ ...loadConfig(), ...settings, ...own });
  try {
    await gateway.served;
  } catch (error) {
    await gateway.close();
    throw error;
  }
  const client = new PairstreamClient({ target: `${own.host}:${gateway.grpcPort}` });
  return {
    client,
    address: 'of this process',
    [Symbol.asyncDispose]: async () => {
      client.close();
      await gateway.close();
    },
  };
}

/** @throws PairstreamError INVALID_CONFIG for a target that the client cannot connect to */
function expectTarget(target: string): void {
  if (parseTarget(target) !== undefined) return;
  const message = `--target is ${JSON.stringify(target)}, expected host:port, for instance 127.0.0.1:50051`;
  throw new PairstreamError('INVALID_CONFIG', message, { field: '--target' });
}

/** The same error, with the gateway's address and the number of scored rows, which the error of a lost connection lacks. */
export function gatewayFailure(error: ServerError, address: string, rowCount: number): ServerError {
  const { code, codeName, reason, field, retryAfterMs } = error;
  const text = reason === undefined ? error.message : error.message.slice(reason.length + 2);
  const place = `gateway ${address}, after ${rowCount} rows`;
  const message = reason === undefined ? `${codeName}: ${text} (${place})` : `${text} (${place})`;
  return new ServerError({ code, message, reason, field, retryAfterMs }, error);
}
