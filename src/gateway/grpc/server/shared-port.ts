import { once } from 'node:events';
import { createServer, type Server as TcpServer, type Socket } from 'node:net';
import type { Server, ServerCredentials } from '@grpc/grpc-js';
import { listenError } from '../../../config/listen-error.js';
import { addressesOf, portOf, type PortAddress } from './reserve-port.js';

/**
 * A port that several threads of the process listen on: the kernel gives each new connection to one of them (SO_REUSEPORT), and the
 * connection stays there.
 */
export class SharedPort {
  /** Use `listen`. */
  constructor(
    readonly port: number,
    private readonly listeners: readonly TcpServer[],
  ) {}

  /**
   * Listens for a gRPC server, on every address of the host.
   * @throws PairstreamError PORT_IN_USE, INVALID_CONFIG for a host or port that cannot be listened on
   */
  static async listen(
    server: Server,
    address: PortAddress,
    credentials: ServerCredentials,
  ): Promise<SharedPort> {
    const injector = server.createConnectionInjector(credentials);
    return await listenOn(address, (socket) => injector.injectConnection(socket));
  }

  /** Accepts no more connections. Those that are open stay. */
  close(): void {
    for (const listener of this.listeners) listener.close();
  }
}

async function listenOn({ host, port }: PortAddress, accept: (socket: Socket) => void): Promise<SharedPort> {
  const listeners: TcpServer[] = [];
  let bound = port;
  try {
    for (const address of await addressesOf(host)) {
      const listener = createServer({ noDelay: true }, accept);
      listener.listen({ host: address, port: bound, reusePort: true });
      await once(listener, 'listening');
      listeners.push(listener);
      bound = portOf(listener);
    }
    return new SharedPort(bound, listeners);
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw listenError({ host, port, setting: 'grpcPort' }, error);
  }
}
