import { type ChildProcess, fork, type ForkOptions } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { PairstreamClient } from '@pairstream/client';

const portSchema = z.tuple([z.object({ port: z.number(), adminPort: z.number() })]).rest(z.unknown());
const cpuSchema = z.tuple([z.object({ cpuUs: z.number(), loopUs: z.number() })]).rest(z.unknown());
const towersSchema = z.tuple([z.object({ hitCount: z.number(), missCount: z.number() })]).rest(z.unknown());
const rungsSchema = z.tuple([z.object({ pairsByRung: z.record(z.string(), z.number()) })]).rest(z.unknown());
const blockSchema = z.tuple([z.object({ longestBlockMs: z.number() })]).rest(z.unknown());
const memorySchema = z
  .tuple([z.object({ heapBytes: z.number(), residentBytes: z.number() })])
  .rest(z.unknown());

/** Gateways that share a topic have no keys of their own. */
const BENCH_KEYS = `1:${'5a'.repeat(16)}`;
const learningSchema = z.object({ appliedCount: z.number() });

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
  /** Folder of the statistics that learn from feedback. Default: none. */
  readonly stateDir?: string;
  /** Feature log, with stateDir: its folder, and one pair in how many is logged. Default: none. */
  readonly featureLog?: { readonly folder: string; readonly oneIn: number };
  /** Topic of the feedback, with stateDir. Default: the embedded log. */
  readonly kafka?: { readonly broker: string; readonly topic: string };
  /** The only processor core it runs on, with one thread per model run. Default: all. */
  readonly core?: number;
  /** Value of PAIRSTREAM_CALLER_HEADER. Default: none. */
  readonly callerHeader?: string;
  /** Threads that serve. Default: the main thread. */
  readonly workers?: number;
  /** File that block-probe writes the turns of the event loop of each worker to. Default: none. */
  readonly blockRecords?: string;
}

/** Options of `fork` for a program that runs on one core alone. Needs `taskset`, which Linux has. */
export function pinnedTo(core: number, execArgv: readonly string[] = []): ForkOptions {
  return { execPath: 'taskset', execArgv: ['-c', String(core), process.execPath, ...execArgv] };
}

function settingsOf({
  pipeline,
  tritonUrls,
  stateDir,
  featureLog,
  kafka,
  core,
  callerHeader,
  workers = 1,
  blockRecords,
}: ServerOptions): Readonly<Record<string, string>> {
  return {
    PAIRSTREAM_WORKERS: String(workers),
    ...(blockRecords === undefined ? {} : { NODE_OPTIONS: `--import=${probeUrl(blockRecords)}` }),
    ...(core === undefined ? {} : { PAIRSTREAM_ONNX_THREADS: '1' }),
    ...(callerHeader === undefined ? {} : { PAIRSTREAM_CALLER_HEADER: callerHeader }),
    ...(pipeline === undefined ? {} : { PAIRSTREAM_PIPELINE: pipeline }),
    ...(tritonUrls === undefined
      ? {}
      : { PAIRSTREAM_BACKEND: 'triton', PAIRSTREAM_TRITON_URLS: tritonUrls.join(',') }),
    ...(stateDir === undefined ? {} : { PAIRSTREAM_STATE_DIR: stateDir }),
    ...(featureLog === undefined
      ? {}
      : {
          PAIRSTREAM_FEATURE_LOG_DIR: featureLog.folder,
          PAIRSTREAM_FEATURE_LOG_ONE_IN: String(featureLog.oneIn),
        }),
    ...(kafka === undefined
      ? {}
      : {
          PAIRSTREAM_EVENT_LOG: 'kafka',
          PAIRSTREAM_FEEDBACK_KEYS: BENCH_KEYS,
          PAIRSTREAM_KAFKA_BROKERS: kafka.broker,
          PAIRSTREAM_KAFKA_TOPIC: kafka.topic,
        }),
  };
}

function probeUrl(records: string): string {
  return new URL(`../blocks/block-probe.js?file=${encodeURIComponent(records)}`, import.meta.url).href;
}

/** A gateway in a child process, and a client of it. */
export class ServerProcess implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    readonly client: PairstreamClient,
    readonly port: number,
    private readonly adminPort: number,
    /** Time from the start of the process until it served, milliseconds. */
    readonly startMs: number,
  ) {}

  /** Starts one and waits until it serves. */
  static async start(options: ServerOptions): Promise<ServerProcess> {
    const { backend, towerCacheMb, core } = options;
    const startedMs = performance.now();
    const child = fork(
      fileURLToPath(new URL('bench-server.js', import.meta.url)),
      [backend, ...(towerCacheMb === undefined ? [] : [String(towerCacheMb)])],
      {
        ...(core === undefined ? { execArgv: EXPOSE_GC } : pinnedTo(core, EXPOSE_GC)),
        env: { ...process.env, ...settingsOf(options) },
      },
    );
    const [{ port, adminPort }] = portSchema.parse(await once(child, 'message'));
    const startMs = performance.now() - startedMs;
    const client = new PairstreamClient({ target: `127.0.0.1:${port}` });
    await client.waitForReady(10_000);
    return new ServerProcess(child, client, port, adminPort, startMs);
  }

  /** CPU time the server has used so far, microseconds. */
  async cpuUs(): Promise<number> {
    return (await this.cpu()).cpuUs;
  }

  /** CPU time so far of the whole server, and of the thread of its event loop alone, microseconds. */
  async cpu(): Promise<z.infer<typeof cpuSchema>[0]> {
    const answer = once(this.child, 'message');
    this.child.send('cpu');
    return cpuSchema.parse(await answer)[0];
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

  /** Longest block of the server's event loop since the last call, milliseconds. The first call starts the measurement. */
  async longestBlockMs(): Promise<number> {
    const answer = once(this.child, 'message');
    this.child.send('block');
    return blockSchema.parse(await answer)[0].longestBlockMs;
  }

  /** Events in the statistics, since the state directory was made. */
  async appliedCount(): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${this.adminPort}/admin/v1/learning`);
    return learningSchema.parse(await answer.json()).appliedCount;
  }

  /** Makes the server write a snapshot of its statistics, and waits until the snapshot is on disk. */
  async writeSnapshot(): Promise<void> {
    const url = `http://127.0.0.1:${this.adminPort}/admin/v1/learning/snapshot`;
    const { ok, status } = await fetch(url, { method: 'POST' });
    if (!ok) throw new Error(`POST ${url}: ${status}`);
  }

  /** Unloads or loads a model. */
  async changeModel(name: string, change: 'load' | 'unload'): Promise<void> {
    const url = `http://127.0.0.1:${this.adminPort}/admin/v1/models/${name}/${change}`;
    const { ok, status } = await fetch(url, { method: 'POST' });
    if (!ok) throw new Error(`POST ${url}: ${status}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    const ended = once(this.child, 'exit');
    this.child.send('stop');
    await ended;
  }
}
