import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../../files/output-folder.js';
import { freePort } from '../free-port.js';

/** Text that scripts/triton.sh prints when the server is ready. */
const READY = /Ctrl-C stops/;
/** Its exit status on a machine that has no fitting Python. */
const MISSING_STATUS = 3;

/** A Triton on the CPU of this machine that serves a model repository, as `make triton` starts it, on ports of its own. */
export class TritonServer implements AsyncDisposable {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly root: string,
    private readonly models: string,
    private readonly ports: readonly [number, number, number],
  ) {}

  /**
   * Starts one; its environment is made first when it is not there.
   * @param root of the repository
   * @param models folder of the model repository
   * @returns undefined on a machine that cannot run it
   */
  static async start(root: string, models = join(root, 'triton-models')): Promise<TritonServer | undefined> {
    const server = new TritonServer(root, models, [await freePort(), await freePort(), await freePort()]);
    return (await server.start()) ? server : undefined;
  }

  /** host:port of gRPC. */
  get target(): string {
    return `127.0.0.1:${this.ports[1]}`;
  }

  /** Ends it as a crash would: no call is finished. */
  async crash(): Promise<void> {
    const { child } = this;
    if (child?.pid === undefined) return;
    const ended = once(child, 'exit');
    process.kill(serverOf(child.pid), 'SIGKILL');
    await ended;
  }

  /** Starts it again on the same ports. @returns false on a machine that cannot run it */
  async start(): Promise<boolean> {
    makeFolder(join(this.root, '.work'));
    const [http, grpc, metrics] = this.ports.map(String);
    const child = spawn(join(this.root, 'scripts/triton.sh'), {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        TRITON_MODE: 'process',
        TRITON_MODELS: this.models,
        TRITON_HTTP_PORT: http,
        TRITON_GRPC_PORT: grpc,
        TRITON_METRICS_PORT: metrics,
        TRITON_LOG: join(this.root, `.work/triton-${grpc}.log`),
      },
    });
    this.child = child;
    const ready = new Promise<boolean>((resolve, reject) => {
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (READY.test(output)) resolve(true);
      });
      child.once('exit', (status) => {
        if (status === MISSING_STATUS) resolve(false);
        else reject(new Error(`scripts/triton.sh ended with status ${status}: ${output}`));
      });
    });
    return await ready;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
}

/** The child of the script that is the server. */
function serverOf(scriptId: number): number {
  const children = readFileSync(`/proc/${scriptId}/task/${scriptId}/children`, 'utf8').trim().split(' ');
  const server = children.find((id) => readFileSync(`/proc/${id}/comm`, 'utf8').trim() === 'tritonserver');
  if (server === undefined) throw new Error('the server of scripts/triton.sh is gone');
  return Number(server);
}
