import type { BytesCallOptions } from '@pairstream/grpc-channel';
import type { BytesChannel } from './bytes-channel.js';
import { decodeServerInfo } from './message-codec.js';
import type { ServerInfo } from './predict-input.js';
import { ServerError } from './server-error.js';
import { METHOD } from './wire/generated/fields.js';

/** Number of connections of a client: `workers` opens one for each worker thread of the server. */
export type ConnectionCount = number | 'workers';

/** Largest number of connections of a client. */
export const MAX_CONNECTIONS = 256;
/** Connections that are tried for each worker that is missing: the kernel of the server chooses the worker of a connection. */
const TRIES_PER_WORKER = 8;
const INFO_TIMEOUT_MS = 10_000;
/** Shortest time from a lost connection to the next search for workers, milliseconds. */
const SEARCH_DELAY_MS = 1_000;

/** A connection with the number of its open calls. */
interface Lane {
  readonly channel: BytesChannel;
  callCount: number;
}

/**
 * The connections of a client, as one channel: a call goes to the connection with the fewest open calls. With `workers`, the first call
 * has the one connection there is; when it has succeeded, connections to the other workers of the server are opened beside it. A lost
 * connection may come back at another worker, so a call that fails with UNAVAILABLE leads to another search.
 */
export class WorkerChannels {
  private lanes: Lane[];
  private turn = 0;
  /** Instant from which the next success starts a search; Infinity: none is due. On the clock of performance.now(). */
  private searchAtMs: number;
  private readonly followsWorkers: boolean;
  private isClosed = false;

  /**
   * @param open creates a connection, which connects at its first call
   * @param count number of connections
   */
  constructor(
    private readonly open: () => BytesChannel,
    count: ConnectionCount,
  ) {
    this.followsWorkers = count === 'workers';
    this.searchAtMs = count === 'workers' ? 0 : Infinity;
    this.lanes = Array.from({ length: count === 'workers' ? 1 : count }, () => this.createLane());
  }

  /** Waits until the server can be reached. @throws Error after the timeout */
  async waitForReady(timeoutMs: number): Promise<void> {
    await this.pick().channel.waitForReady(timeoutMs);
  }

  /** As BytesChannel.unary. */
  async unary(path: string, request: Buffer, options: BytesCallOptions): Promise<Buffer> {
    const lane = this.pick();
    lane.callCount += 1;
    try {
      const answer = await lane.channel.unary(path, request, options);
      this.succeeded();
      return answer;
    } catch (error) {
      this.failed(error);
      throw error;
    } finally {
      lane.callCount -= 1;
    }
  }

  /** As BytesChannel.stream. */
  async *stream(
    path: string,
    requests: AsyncIterable<Buffer>,
    options: BytesCallOptions,
  ): AsyncGenerator<Buffer, void, undefined> {
    const lane = this.pick();
    lane.callCount += 1;
    try {
      for await (const answer of lane.channel.stream(path, requests, options)) {
        this.succeeded();
        yield answer;
      }
    } catch (error) {
      this.failed(error);
      throw error;
    } finally {
      lane.callCount -= 1;
    }
  }

  /** Closes the connections after their calls have ended. */
  close(): void {
    this.isClosed = true;
    for (const { channel } of this.lanes) channel.close();
  }

  private createLane(): Lane {
    return { channel: this.open(), callCount: 0 };
  }

  /** The connection with the fewest open calls; of several, each in its turn. */
  private pick(): Lane {
    const { lanes } = this;
    this.turn = (this.turn + 1) % lanes.length;
    const inTurn = [...lanes.slice(this.turn), ...lanes.slice(0, this.turn)];
    return inTurn.reduce((least, lane) => (lane.callCount < least.callCount ? lane : least));
  }

  private succeeded(): void {
    if (performance.now() < this.searchAtMs || this.isClosed) return;
    this.searchAtMs = Infinity;
    // A server that does not tell its workers is served over the connections there are.
    this.findWorkers().catch(() => undefined);
  }

  private failed(error: unknown): void {
    if (!this.followsWorkers || !(error instanceof ServerError) || error.codeName !== 'UNAVAILABLE') return;
    this.searchAtMs = performance.now() + SEARCH_DELAY_MS;
  }

  /** Opens a connection to each worker that has none, and closes those that share a worker with another. */
  private async findWorkers(): Promise<void> {
    const found = new Map<number, Lane>();
    let workerCount = 1;
    for (const lane of this.lanes) {
      const info = await infoOf(lane);
      workerCount = Math.min(info.workerCount, MAX_CONNECTIONS);
      this.keep(lane, info, found);
    }
    for (let tries = TRIES_PER_WORKER * (workerCount - found.size); tries > 0; tries -= 1) {
      if (found.size >= workerCount || this.isClosed) break;
      const lane = this.createLane();
      try {
        this.keep(lane, await infoOf(lane), found);
      } catch (error) {
        lane.channel.close();
        throw error;
      }
    }
    if (this.isClosed) this.close();
  }

  private keep(lane: Lane, { workerIndex }: ServerInfo, found: Map<number, Lane>): void {
    if (found.has(workerIndex)) {
      this.lanes = this.lanes.filter((other) => other !== lane);
      lane.channel.close();
      return;
    }
    found.set(workerIndex, lane);
    if (!this.lanes.includes(lane)) this.lanes = [...this.lanes, lane];
  }
}

async function infoOf({ channel }: Lane): Promise<ServerInfo> {
  const options = { timeoutMs: INFO_TIMEOUT_MS, signal: undefined };
  return decodeServerInfo(await channel.unary(METHOD.GetServerInfo.path, Buffer.alloc(0), options));
}
