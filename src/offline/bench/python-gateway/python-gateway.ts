import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PairstreamClient } from '@pairstream/client';
import { makeFolder } from '../../../files/output-folder.js';
import { preparePeer } from '../peer-environment.js';

const FOLDER = 'bench/peers/python-gateway';
const LISTENING = /^listening on (\d+)$/;
const READY_MS = 10_000;
/** Fields of /proc/<pid>/stat after the command's name: user and system time, in ticks of 10 ms. */
const USER_TIME = 11;
const SYSTEM_TIME = 12;
const TICK_US = 10_000;

/** Python with the packages of the gateway, and the folders of its modules. */
export interface PythonGatewayEnvironment {
  readonly python: string;
  readonly modules: string;
}

/** Options of a gateway in Python. */
export interface PythonGatewayOptions {
  readonly pipeline: string;
  /** Pairs of a batch of several messages; with 1, each message is a batch. Default: the gateway's. */
  readonly largestBatch?: number;
  /** The only processor core that it runs on. Default: all. */
  readonly core?: number;
}

/**
 * Makes the environment of bench/peers/python-gateway, and the modules of the messages.
 * @param root of the repository
 * @param work folder that they go into
 * @returns undefined on a machine without Python 3.11 or newer
 * @throws Error when the packages could not be installed
 */
export function preparePythonGateway(root: string, work: string): PythonGatewayEnvironment | undefined {
  makeFolder(work);
  const python = preparePeer(root, `${FOLDER}/requirements.lock`, work);
  if (python === undefined) return undefined;
  const stubs = join(work, 'stubs');
  makeFolder(stubs);
  const outs = [`--python_out=${stubs}`, `--grpc_python_out=${stubs}`];
  const proto = join(root, 'proto');
  execFileSync(python, [
    '-m',
    'grpc_tools.protoc',
    `-I${proto}`,
    ...outs,
    'pairstream/v1/pair_service.proto',
  ]);
  return { python, modules: `${stubs}:${join(root, FOLDER)}` };
}

/** The gateway in Python in a child process, and a client of it. */
export class PythonGateway implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    readonly client: PairstreamClient,
    readonly port: number,
  ) {}

  /** Starts one and waits until it serves. @throws Error if it ends before */
  static async start(
    { python, modules }: PythonGatewayEnvironment,
    { pipeline, largestBatch, core }: PythonGatewayOptions,
  ): Promise<PythonGateway> {
    const batch = largestBatch === undefined ? [] : ['--largest-batch', String(largestBatch)];
    const pinned = core === undefined ? [] : ['taskset', '-c', String(core)];
    // `env` and `taskset` replace themselves by the program, so that the process is the gateway.
    const command = [...pinned, python, '-m', 'python_gateway', '--pipeline', pipeline, ...batch];
    const child = spawn('env', [`PYTHONPATH=${modules}`, ...command], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const port = await portOf(child);
    const client = new PairstreamClient({ target: `127.0.0.1:${port}` });
    await client.waitForReady(READY_MS);
    return new PythonGateway(child, client, port);
  }

  /** CPU time the process has used so far, microseconds, in steps of 10,000. Linux only. */
  cpuUs(): number {
    const stat = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) * TICK_US;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill();
    await ended;
  }
}

async function portOf(child: ChildProcess): Promise<number> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const port = LISTENING.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error('python_gateway ended before it served');
}
