import { type ChildProcess, fork, type ForkOptions } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { PairstreamClient } from '@pairstream/client';

const portSchema = z.tuple([z.object({ port: z.number() })]).rest(z.unknown());
const cpuSchema = z.tuple([z.object({ cpuUs: z.number() })]).rest(z.unknown());
const towersSchema = z.tuple([z.object({ hitCount: z.number(), missCount: z.number() })]).rest(z.unknown());
const rungsSchema = z.tuple([z.object({ pairsByRung: z.record(z.string(), z.number()) })]).rest(z.unknown());
const memorySchema = z
  .tuple([z.object({ heapBytes: z.number(), residentBytes: z.number() })])
  .rest(z.unknown());

const EXPOSE_GC = ['--expose-gc'];

/** Options of a gateway process. */
export interface ServerOptions {
  /** `null` answers at once; the others serve the shipped models. */
  readonly backend: 'onnx' | 'null' | 'triton';
  /** Pipeline file; default: the shipped one. */
  readonly pipeline?: string;
  /** Default: the gateway's. */
  readonly towerCacheMb?: number;
  /** For `triton`: host:port of each server. */
  readonly tritonUrls?: readonly string[];
  /** The only processor core it runs on, with one thread per model run. Default: all. */
  readonly core?: number;
}

/** Options of `fork` for a program that runs on one core alone. Needs `taskset`, which Linux has. */
export function pinnedTo(core: number, execArgv: readonly string[] = []): ForkOptions {
  return { execPath: 'taskset', execArgv: ['-c', String(core), process.execPath, ...execArgv] };
}

/** A gateway in a child process, and a client of it. */
export class ServerProcess implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    readonly client: PairstreamClient,
    readonly port: number,
    /** Time from the start of the process until it served, milliseconds. */
    readonly startMs: number,
  ) {}

  /** Starts one and waits until it serves. */
  static async start({
    backend,
    pipeline,
    towerCacheMb,
    tritonUrls,
    core,
  }: ServerOptions): Promise<ServerProcess> {
    const startedMs = performance.now();
    const child = fork(
      fileURLToPath(new URL('bench-server.js', import.meta.url)),
      [backend, ...(towerCacheMb === undefined ? [] : [String(towerCacheMb)])],
      {
        ...(core === undefined ? { execArgv: EXPOSE_GC } : pinnedTo(core, EXPOSE_GC)),
        env: {
          ...process.env,
          ...(core === undefined ? {} : { PAIRSTREAM_ONNX_THREADS: '1' }),
          ...(pipeline === undefined ? {} : { PAIRSTREAM_PIPELINE: pipeline }),
          ...(tritonUrls === undefined
            ? {}
            : { PAIRSTREAM_BACKEND: 'triton', PAIRSTREAM_TRITON_URLS: tritonUrls.join(',') }),
        },
      },
    );
    const [{ port }] = portSchema.parse(await once(child, 'message'));
    const startMs = performance.now() - startedMs;
    const client = new PairstreamClient({ target: `127.0.0.1:${port}` });
    await client.waitForReady(10_000);
    return new ServerProcess(child, client, port, startMs);
  }

  /** CPU time the server has used so far, microseconds. */
  async cpuUs(): Promise<number> {
    const answer = once(this.child, 'message');
    this.child.send('cpu');
    const [{ cpuUs }] = cpuSchema.parse(await answer);
    return cpuUs;
  }

  /** Tweets that the towers found in their caches, and did not, so far. */
  async towers(): Promise<z.infer<typeof towersSchema>[0]> {
    const answer = once(this.child, 'message');
    this.child.send('towers');
    return towersSchema.parse(await answer)[0];
  }

  /** Pairs answered so far, by rung. */
  async pairsByRung(): Promise<Readonly<Record<string, number>>> {
    const answer = once(this.child, 'message');
    this.child.send('rungs');
    const [{ pairsByRung }] = rungsSchema.parse(await answer);
    return pairsByRung;
  }

  /** Memory of the server after a garbage collection, bytes. */
  async memory(): Promise<z.infer<typeof memorySchema>[0]> {
    const answer = once(this.child, 'message');
    this.child.send('memory');
    return memorySchema.parse(await answer)[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    const ended = once(this.child, 'exit');
    this.child.send('stop');
    await ended;
  }
}
