import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PairstreamClient } from '@pairstream/client';
import { vi } from 'vitest';
import { AdminCalls } from '../gateway/admin-calls.js';
import { adminAddress, servingAddress } from '../gateway/serve-log.js';
import { type RunningCommand, startCommand } from '../processes/cli-process.js';

const PATIENCE = { timeout: 150_000, interval: 50 };
/** Connections after which every worker should have had one: with two workers, all go to one of them once in 2^39 times. */
const MOST_CONNECTIONS = 40;
const CRASH_MODULE = pathToFileURL(join(import.meta.dirname, 'crash-on-file.mjs')).href;

/** A gateway with worker threads, in a process of its own: worker threads run the built sources. */
export class ThreadedGateway implements AsyncDisposable {
  private constructor(
    readonly command: RunningCommand,
    readonly target: string,
    readonly admin: AdminCalls,
    private readonly folder: string,
  ) {}

  /** Starts `pairstream serve` on free ports and waits until it serves. */
  static async start(
    workerCount: number,
    environment: Record<string, string> = {},
  ): Promise<ThreadedGateway> {
    const folder = mkdtempSync(join(tmpdir(), 'pairstream-workers-'));
    const command = startCommand(['serve'], {
      PAIRSTREAM_WORKERS: String(workerCount),
      PAIRSTREAM_GRPC_PORT: '0',
      PAIRSTREAM_ADMIN_PORT: '0',
      PAIRSTREAM_LOG_LEVEL: 'info',
      NODE_OPTIONS: `--import=${CRASH_MODULE}`,
      CRASH_FILE: join(folder, 'crash'),
      ...environment,
    });
    const addresses = await vi.waitFor(() => {
      const [grpc, admin] = [servingAddress(command.stderr()), adminAddress(command.stderr())];
      if (grpc === undefined || admin === undefined) throw new Error(`no gateway yet: ${command.stderr()}`);
      return { grpc, admin };
    }, PATIENCE);
    return new ThreadedGateway(command, addresses.grpc, new AdminCalls(`http://${addresses.admin}`), folder);
  }

  /** A client of each worker, by index. The caller closes them. */
  async clientOfEach(workerCount: number): Promise<PairstreamClient[]> {
    const clients = new Map<number, PairstreamClient>();
    for (let i = 0; i < MOST_CONNECTIONS && clients.size < workerCount; i += 1) {
      const client = new PairstreamClient({ target: this.target, connections: 1 });
      const { workerIndex } = await client.getServerInfo();
      if (clients.has(workerIndex)) client.close();
      else clients.set(workerIndex, client);
    }
    return Array.from({ length: workerCount }, (_, index) => {
      const client = clients.get(index);
      if (client === undefined) throw new Error(`no connection reached worker ${index}`);
      return client;
    });
  }

  /** Crashes a worker thread. */
  crash(worker: number): void {
    writeFileSync(join(this.folder, `crash-${worker}`), '');
  }

  /** Blocks the event loop of a worker thread. Resolves when the block has begun. @param ms Infinity: until the thread is ended */
  async block(worker: number, ms: number): Promise<void> {
    const path = join(this.folder, `crash-${worker}-block`);
    writeFileSync(`${path}.partial`, String(ms));
    renameSync(`${path}.partial`, path);
    await vi.waitFor(() => {
      if (existsSync(path)) throw new Error(`worker ${worker} runs`);
    }, PATIENCE);
  }

  /** Crashes a worker thread. The one that takes its place does not start before `release`. */
  async crashAndHold(worker: number): Promise<void> {
    const running = await this.metric('pairstream_workers');
    writeFileSync(join(this.folder, `crash-${worker}-hold`), '');
    this.crash(worker);
    await vi.waitFor(async () => {
      if ((await this.metric('pairstream_workers')) === running) throw new Error(`worker ${worker} runs`);
    }, PATIENCE);
  }

  /** Lets a worker start that was held, and waits until it serves. */
  async release(worker: number): Promise<void> {
    const running = await this.metric('pairstream_workers');
    rmSync(join(this.folder, `crash-${worker}-hold`));
    await vi.waitFor(async () => {
      if ((await this.metric('pairstream_workers')) === running) throw new Error(`worker ${worker} starts`);
    }, PATIENCE);
  }

  /** Value of a metric; 0 if it is not there. @param series name with its labels */
  async metric(series: string): Promise<number> {
    const { text } = await this.admin.get('/metrics');
    const line = text.split('\n').find((found) => found.startsWith(`${series} `));
    return Number(line?.slice(series.length + 1) ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.command.process.kill('SIGTERM');
    await this.command.finished;
    rmSync(this.folder, { recursive: true });
  }
}
