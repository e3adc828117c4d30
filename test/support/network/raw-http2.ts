import { connect, type Socket } from 'node:net';
import { METHOD } from '@pairstream/client/wire';

/** Types of HTTP/2 frames (RFC 9113, section 6). */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags of HTTP/2 frames. */
export const FLAG = { none: 0, ack: 1, endStream: 1, endHeaders: 4 } as const;

/** Ids of settings. */
export const SETTING = { maxConcurrentStreams: 3, initialWindowSize: 4 } as const;

/** Most bytes of a frame that every peer accepts. */
const FRAME_BYTES = 16_384;

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const FRAME_HEAD_BYTES = 9;

/** One HTTP/2 frame: 3 bytes of length, type, flags, 4 bytes of stream id, payload. */
export function http2Frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = new Uint8Array(0),
): Buffer<ArrayBuffer> {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** A payload of one 32-bit number: an error code, or the increment of a window. */
export function uint32(value: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Payload of a SETTINGS frame. */
export function settingsPayload(
  entries: readonly (readonly [id: number, value: number])[],
): Buffer<ArrayBuffer> {
  return Buffer.concat(
    entries.map(([id, value]) => {
      const bytes = Buffer.alloc(6);
      bytes.writeUInt16BE(id);
      bytes.writeUInt32BE(value, 2);
      return bytes;
    }),
  );
}

/** A header in HPACK: a literal that is not indexed, without Huffman code (RFC 7541, section 6.2.2). */
export function hpackLiteral(name: string, value: string): Buffer<ArrayBuffer> {
  return Buffer.concat([Buffer.from([0]), hpackString(name), hpackString(value)]);
}

function hpackString(text: string): Buffer<ArrayBuffer> {
  const bytes = Buffer.from(text, 'latin1');
  const MOST = 127;
  if (bytes.length < MOST) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length = [MOST];
  let left = bytes.length - MOST;
  for (; left >= 128; left = Math.floor(left / 128)) length.push((left % 128) + 128);
  return Buffer.concat([Buffer.from([...length, left]), bytes]);
}

/** The header block of a gRPC call. */
export function callHeaders(path: string = METHOD.PredictStream.path): Buffer<ArrayBuffer> {
  return Buffer.concat([
    hpackLiteral(':method', 'POST'),
    hpackLiteral(':scheme', 'http'),
    hpackLiteral(':path', path),
    hpackLiteral(':authority', 'localhost'),
    hpackLiteral('content-type', 'application/grpc'),
    hpackLiteral('te', 'trailers'),
  ]);
}

/** A HEADERS frame that opens a call and the CONTINUATION frames that its header block needs. */
export function headerFrames(streamId: number, block: Buffer): Buffer<ArrayBuffer>[] {
  const frames: Buffer<ArrayBuffer>[] = [];
  for (let at = 0; at < block.length; at += FRAME_BYTES) {
    const type = at === 0 ? FRAME.headers : FRAME.continuation;
    const flags = at + FRAME_BYTES >= block.length ? FLAG.endHeaders : FLAG.none;
    frames.push(http2Frame(type, flags, streamId, block.subarray(at, at + FRAME_BYTES)));
  }
  return frames;
}

/** A TCP connection that sends any HTTP/2 frames and reads the frames of its peer. */
export class RawHttp2Connection {
  /** Error code of the GOAWAY frame that was received. */
  goawayCode: number | undefined;
  /** Streams that the server has ended well: with the flag END_STREAM. */
  readonly endedStreams = new Set<number>();
  isClosed = false;
  /** True when the server's SETTINGS have come. */
  hasSettings = false;
  private readonly socket: Socket;
  private received = Buffer.alloc(0);
  private hasRoom: Promise<void> = Promise.resolve();

  /** @param settings of the SETTINGS frame that follows the preface */
  constructor(target: string, settings: readonly (readonly [id: number, value: number])[] = []) {
    const [host, port] = target.split(':');
    this.socket = connect(Number(port), host);
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => (this.isClosed = true));
    this.socket.on('data', (bytes) => this.read(bytes));
    void this.send(Buffer.from(PREFACE), http2Frame(FRAME.settings, FLAG.none, 0, settingsPayload(settings)));
  }

  /** Writes frames. @returns when the socket has room for more, or is closed */
  async send(...frames: readonly Buffer[]): Promise<void> {
    await this.hasRoom;
    if (this.isClosed || this.socket.write(Buffer.concat(frames))) return;
    this.hasRoom = new Promise((resolve) => {
      this.socket.once('drain', resolve);
      this.socket.once('close', () => resolve());
    });
    await this.hasRoom;
  }

  /** Reads nothing more from the socket. */
  stopReading(): void {
    this.socket.pause();
  }

  /** Reads on. */
  resumeReading(): void {
    this.socket.resume();
  }

  close(): void {
    this.socket.destroy();
  }

  private read(bytes: Buffer): void {
    this.received = Buffer.concat([this.received, bytes]);
    while (this.received.length >= FRAME_HEAD_BYTES) {
      const end = FRAME_HEAD_BYTES + this.received.readUIntBE(0, 3);
      if (this.received.length < end) return;
      this.receive(this.received.subarray(0, end));
      this.received = this.received.subarray(end);
    }
  }

  private receive(frame: Buffer): void {
    const [type, flags] = [frame[3], frame[4]!];
    if (type === FRAME.goaway) this.goawayCode = frame.readUInt32BE(FRAME_HEAD_BYTES + 4);
    if ((type === FRAME.headers || type === FRAME.data) && (flags & FLAG.endStream) !== 0)
      this.endedStreams.add(frame.readUInt32BE(5));
    if (type !== FRAME.settings || (flags & FLAG.ack) !== 0) return;
    this.hasSettings = true;
    void this.send(http2Frame(FRAME.settings, FLAG.ack, 0));
  }
}
