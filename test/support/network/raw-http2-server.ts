import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { FLAG, FRAME, hpackLiteral, http2Frame, uint32 } from './raw-http2.js';

const PREFACE_BYTES = 24;
const HEAD_BYTES = 9;

/** A request, and frames to answer it with. */
export class RawCall {
  constructor(
    private readonly socket: Socket,
    /** Number of its HTTP/2 stream. */
    readonly streamId: number,
  ) {}

  /** Sends a HEADERS frame: the head of the answer or its trailers. */
  headers(fields: Readonly<Record<string, string>>, endStream = false): this {
    const flags = FLAG.endHeaders | (endStream ? FLAG.endStream : FLAG.none);
    return this.send(
      FRAME.headers,
      flags,
      this.streamId,
      Buffer.concat(Object.entries(fields).map(([name, value]) => hpackLiteral(name, value))),
    );
  }

  /** Sends a DATA frame. */
  data(bytes: Uint8Array, endStream = false): this {
    return this.send(FRAME.data, endStream ? FLAG.endStream : FLAG.none, this.streamId, bytes);
  }

  /** Sends a RST_STREAM frame. */
  reset(code: number): this {
    return this.send(FRAME.rstStream, FLAG.none, this.streamId, uint32(code));
  }

  /** Sends a GOAWAY frame. @param lastStreamId the last stream that the server says it may have acted on */
  goAway(lastStreamId: number, code: number): this {
    return this.send(FRAME.goaway, FLAG.none, 0, Buffer.concat([uint32(lastStreamId), uint32(code)]));
  }

  /** Ends the connection with a FIN. */
  end(): void {
    this.socket.end();
  }

  /** Ends the connection with a TCP reset. */
  abort(): void {
    this.socket.resetAndDestroy();
  }

  private send(type: number, flags: number, streamId: number, payload: Uint8Array): this {
    this.socket.write(http2Frame(type, flags, streamId, payload));
    return this;
  }
}

/** Part of a request after whose arrival the server answers. */
export type AnswerAfter = 'its head' | 'its end';

/**
 * An HTTP/2 server that sends the frames that a test says, also those that no HTTP/2 library sends. It never widens a flow
 * control window: of a request it takes 65,535 bytes.
 */
export class RawHttp2Server implements Disposable {
  /** Requests so far. */
  callCount = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly answer: (call: RawCall, callNumber: number) => void,
    private readonly after: AnswerAfter,
  ) {
    server.on('connection', (socket) => this.serve(socket));
  }

  /** @param answer called for every request, with its number from 1 */
  static async start(
    answer: (call: RawCall, callNumber: number) => void,
    after: AnswerAfter = 'its end',
  ): Promise<RawHttp2Server> {
    const server = new RawHttp2Server(createServer().listen(0, '127.0.0.1'), answer, after);
    await once(server.server, 'listening');
    return server;
  }

  /** host:port */
  get target(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  [Symbol.dispose](): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.write(http2Frame(FRAME.settings, FLAG.none, 0, new Uint8Array(0)));
    let unread = Buffer.alloc(0);
    let skipBytes = PREFACE_BYTES;
    socket.on('data', (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk]);
      if (unread.byteLength < skipBytes) return;
      unread = unread.subarray(skipBytes);
      skipBytes = 0;
      while (unread.byteLength >= HEAD_BYTES && unread.byteLength >= HEAD_BYTES + unread.readUIntBE(0, 3)) {
        const end = HEAD_BYTES + unread.readUIntBE(0, 3);
        this.take(socket, unread.subarray(0, end));
        unread = unread.subarray(end);
      }
    });
  }

  private take(socket: Socket, bytes: Buffer): void {
    const type = bytes[3];
    const flags = bytes[4]!;
    const payload = bytes.subarray(HEAD_BYTES);
    if ((type === FRAME.settings || type === FRAME.ping) && (flags & FLAG.ack) === 0)
      socket.write(http2Frame(type, FLAG.ack, 0, type === FRAME.ping ? payload : new Uint8Array(0)));
    const isHead = type === FRAME.headers;
    const isEnd = (isHead || type === FRAME.data) && (flags & FLAG.endStream) !== 0;
    if (!(this.after === 'its head' ? isHead : isEnd)) return;
    this.callCount += 1;
    this.answer(new RawCall(socket, bytes.readUInt32BE(5)), this.callCount);
  }
}
