import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Both ends of a connection that comes through. */
interface Passage {
  readonly client: Socket;
  readonly server: Socket;
}

/**
 * The port that clients connect to. What they send is passed on to a server on this machine, unless the gate is told to hold
 * everything back or to cut every connection: what a stopped or a dead process looks like from outside.
 */
export class NetworkGate {
  private readonly passages = new Set<Passage>();
  private listener: Server | undefined;
  private isHeld = false;

  /** Listens. @param host address @param port 0: any that is free @returns the port @throws Error when it is taken */
  async open(host: string, port: number, serverPort: number): Promise<number> {
    this.isHeld = false;
    this.listener = createServer({ noDelay: true }, (client) => this.pass(client, serverPort));
    this.listener.listen(port, host);
    await once(this.listener, 'listening');
    const address = this.listener.address();
    if (address === null || typeof address === 'string') throw new TypeError('a port without a number');
    return address.port;
  }

  /** Passes nothing on, in no direction; connections stay, and new ones are taken. */
  hold(): void {
    if (this.isHeld) return;
    this.isHeld = true;
    for (const passage of this.passages) stop(passage);
  }

  /** Passes on what was held back. */
  release(): void {
    if (!this.isHeld) return;
    this.isHeld = false;
    for (const passage of this.passages) flow(passage);
  }

  /** Cuts every connection and takes no more. */
  async cut(): Promise<void> {
    const { listener } = this;
    this.listener = undefined;
    const closed = listener === undefined ? undefined : once(listener, 'close');
    listener?.close();
    for (const { client, server } of this.passages) {
      client.resetAndDestroy();
      server.destroy();
    }
    await closed;
  }

  private pass(client: Socket, serverPort: number): void {
    const passage = { client, server: connect({ port: serverPort, host: '127.0.0.1', noDelay: true }) };
    this.passages.add(passage);
    for (const socket of [passage.client, passage.server]) {
      // The other end notices it by the close.
      socket.on('error', () => undefined);
      socket.once('close', () => {
        passage.client.destroy();
        passage.server.destroy();
        this.passages.delete(passage);
      });
    }
    if (this.isHeld) stop(passage);
    else flow(passage);
  }
}

function flow({ client, server }: Passage): void {
  client.pipe(server);
  server.pipe(client);
}

function stop({ client, server }: Passage): void {
  client.unpipe(server).pause();
  server.unpipe(client).pause();
}
