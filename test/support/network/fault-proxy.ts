import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/** Fault of the network between a client and a server. */
export type NetworkFault =
  | { readonly kind: 'none' }
  /** Every piece of data arrives later, in both directions. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** Data of all connections disappears in both directions; connections stay open, and new ones are accepted. */
  | { readonly kind: 'blackhole' }
  /** Data of the present connections disappears, as after a restart of a firewall; new connections work. */
  | { readonly kind: 'half_open' }
  /** Every connection is reset as soon as the server has sent this number of bytes. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** Every connection is reset, and none is accepted. */
  | { readonly kind: 'down' }
  /** Bandwidth of each connection from the server to the client. */
  | { readonly kind: 'throttle'; readonly bytesPerS: number };

const HEALTHY: NetworkFault = { kind: 'none' };

/** A TCP proxy in front of a server on this machine, with faults that a test sets. Faults apply to open connections, too. */
export class FaultProxy implements AsyncDisposable {
  private readonly connections = new Set<Connection>();
  private current: NetworkFault = HEALTHY;

  private constructor(
    private readonly listener: Server,
    private readonly serverPort: number,
  ) {}

  /** @param target host:port of a server on 127.0.0.1 */
  static async start(target: string): Promise<FaultProxy> {
    const listener = createServer({ noDelay: true });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const proxy = new FaultProxy(listener, Number(target.split(':').at(-1)));
    listener.on('connection', (client) => proxy.accept(client));
    return proxy;
  }

  /** host:port for clients. */
  get target(): string {
    return `127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  /** Number of open connections. */
  get connectionCount(): number {
    return this.connections.size;
  }

  /** Sets the fault of open and new connections. */
  set fault(fault: NetworkFault) {
    this.current = fault;
    for (const connection of this.connections) {
      if (fault.kind === 'half_open') connection.isDead = true;
      connection.fault = fault;
    }
    if (fault.kind === 'down') for (const connection of this.connections) connection.reset();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.listener, 'close');
    this.listener.close();
    for (const connection of this.connections) connection.reset();
    await closed;
  }

  private accept(client: Socket): void {
    client.on('error', () => undefined);
    if (this.current.kind === 'down') {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: this.serverPort, host: '127.0.0.1', noDelay: true });
    const connection = new Connection(client, server, () => this.connections.delete(connection));
    connection.fault = this.current;
    this.connections.add(connection);
  }
}

/** The two sockets of a proxied connection. */
class Connection {
  fault: NetworkFault = HEALTHY;
  /** True if the data of this connection disappears until it is closed. */
  isDead = false;
  private answeredBytes = 0;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    onClose: () => void,
  ) {
    for (const socket of [client, server]) {
      // The other socket learns of it by the close.
      socket.on('error', () => undefined);
      socket.once('close', () => {
        client.destroy();
        server.destroy();
        onClose();
      });
    }
    client.pipe(new Path((size) => this.wayOf(size, false))).pipe(server);
    server.pipe(new Path((size) => this.wayOf(size, true))).pipe(client);
  }

  /** Ends both sockets; the client sees RST. */
  reset(): void {
    this.client.resetAndDestroy();
    this.server.destroy();
  }

  /** Time on the way of a piece of data; undefined if it disappears. */
  private wayOf(size: number, isAnswer: boolean): Way | undefined {
    const { fault } = this;
    if (this.isDead || fault.kind === 'blackhole') return undefined;
    if (fault.kind === 'delay') return { delayMs: fault.delayMs, busyMs: 0 };
    if (fault.kind === 'throttle' && isAnswer)
      return { delayMs: 0, busyMs: (size / fault.bytesPerS) * 1_000 };
    if (fault.kind !== 'reset' || !isAnswer) return { delayMs: 0, busyMs: 0 };
    this.answeredBytes += size;
    if (this.answeredBytes <= fault.afterBytes) return { delayMs: 0, busyMs: 0 };
    this.reset();
    return undefined;
  }
}

/** Time that a piece of data needs, milliseconds. */
interface Way {
  /** Latency; pieces overlap. */
  readonly delayMs: number;
  /** Time during which the piece occupies the line. */
  readonly busyMs: number;
}

/** One direction of a connection. Pieces of data arrive in order. */
class Path extends Transform {
  private readonly onTheWay: { readonly data: Buffer; readonly arrivesMs: number }[] = [];
  /** Instant from which the line is free, on the clock of performance.now(). */
  private freeMs = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param wayOf time on the way of a piece of so many bytes; undefined if it disappears */
  constructor(private readonly wayOf: (size: number) => Way | undefined) {
    super();
  }

  override _transform(data: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const way = this.wayOf(data.byteLength);
    if (way !== undefined) {
      const nowMs = performance.now();
      this.freeMs = Math.max(this.freeMs, nowMs) + way.busyMs;
      this.onTheWay.push({ data, arrivesMs: this.freeMs + way.delayMs });
      this.deliver();
    }
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.timer);
    done(error);
  }

  /** Passes on what has arrived, and waits for the next piece. */
  private readonly deliver = (): void => {
    clearTimeout(this.timer);
    for (let [piece] = this.onTheWay; piece !== undefined; [piece] = this.onTheWay) {
      const leftMs = piece.arrivesMs - performance.now();
      if (leftMs > 0) {
        this.timer = setTimeout(this.deliver, leftMs);
        return;
      }
      this.onTheWay.shift();
      if (!this.destroyed && !this.writableEnded) this.push(piece.data);
    }
  };
}
