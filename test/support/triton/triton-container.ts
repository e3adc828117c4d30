import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import { type FinishedProgram, runProgram } from '../processes/run-program.js';
import { ROOT } from '../gateway/test-gateway.js';
import {
  freePorts,
  missingRunner,
  sharedMemoryFiles,
  type TritonOptions,
  type TritonRunner,
  type TritonServer,
} from './triton-server.js';

const HTTP_PORT = 8000;
const GRPC_PORT = 8001;
const METRICS_PORT = 8002;
/** Answers from the time on that the models are loaded. */
const LIVE = '/v2/health/live';
/** A busy machine takes minutes to load eight models. */
const START_MS = 300_000;
/** Exit status of scripts/triton-image.sh where the base image is not here and cannot be made. */
const CANNOT_BE_HAD = 3;
const DOCKER_ANSWERS_MS = 60_000;
const MIB = 2 ** 20;
const DEFAULT_SHM_MIB = 1_024;
const POLL_MS = 50;

/** What only a container can be told. */
export interface TritonContainerOptions extends TritonOptions {
  /** Size of its /dev/shm, through which Triton talks to its Python backends; default 1,024. */
  readonly shmMib?: number;
  /** Whether it shares /dev/shm with this machine, so that clients can hand tensors over in shared memory. */
  readonly sharesHostIpc?: boolean;
}

/** A Triton that things can happen to. Its ports on this machine stay the same through all of it. */
export interface TritonContainer extends TritonServer {
  /** Stops its time: connections stay, nothing is answered. */
  readonly pause: () => Promise<void>;
  readonly unpause: () => Promise<void>;
  /** Ends it at once, as a crash would. */
  readonly kill: () => Promise<void>;
  /** Starts it again after `kill`, and waits until it answers. */
  readonly start: () => Promise<void>;
}

/** Triton in Docker. */
export interface TritonContainers extends TritonRunner<TritonContainer> {
  readonly start: (options: TritonContainerOptions) => Promise<TritonContainer>;
}

/** Triton in Docker; builds the image if there is none of these sources. @throws Error when it cannot be built */
export async function prepareTritonContainers(): Promise<TritonContainers> {
  const daemon = await runProgram('docker', ['version', '--format', '{{.Server.Version}}'], {
    timeout: DOCKER_ANSWERS_MS,
  });
  if (daemon.status !== 0) return missingRunner(`no Docker: ${daemon.stderr || daemon.stdout}`);
  const built = await runProgram(join(ROOT, 'scripts/triton-image.sh'), []);
  if (built.status === CANNOT_BE_HAD) return missingRunner(`no image of Triton: ${built.stderr}`);
  if (built.status !== 0) throw new Error(built.stderr);
  const image = built.stdout.trim();
  return { isOptionalAndMissing: false, reason: '', start: (options) => startContainer(image, options) };
}

async function startContainer(image: string, options: TritonContainerOptions): Promise<TritonContainer> {
  // Containers are stopped by their tests, so the image that would reap them need not be there; and ports are here.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  process.env['TESTCONTAINERS_HOST_OVERRIDE'] ??= 'localhost';
  const ports = await freePorts();
  const folders = options.repositories.map((_, i) => `/models/${i}`);
  const container = new GenericContainer(image)
    .withCommand([
      ...folders.map((folder) => `--model-repository=${folder}`),
      `--model-control-mode=${options.modelControl ?? 'none'}`,
      ...(options.flags ?? []),
    ])
    .withBindMounts(
      folders.map((target, i) => ({ source: options.repositories[i]!, target, mode: 'ro' as const })),
    )
    .withExposedPorts(
      { container: HTTP_PORT, host: ports.http },
      { container: GRPC_PORT, host: ports.grpc },
      { container: METRICS_PORT, host: ports.metrics },
    )
    // Files in a shared /dev/shm are then those of who runs the tests.
    .withUser(`${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`)
    .withWaitStrategy(Wait.forHttp(LIVE, HTTP_PORT))
    .withStartupTimeout(START_MS);
  if (options.sharesHostIpc === true) container.withIpcMode('host');
  else container.withSharedMemorySize((options.shmMib ?? DEFAULT_SHM_MIB) * MIB);
  const started = await container.start();
  return new StartedTriton(started, ports.http, ports.grpc, ports.metrics);
}

class StartedTriton implements TritonContainer {
  readonly grpcTarget: string;
  private readonly id: string;
  private readonly files = new Set<string>();

  constructor(
    private readonly container: StartedTestContainer,
    readonly httpPort: number,
    grpcPort: number,
    readonly metricsPort: number,
  ) {
    this.id = container.getId();
    this.grpcTarget = `127.0.0.1:${grpcPort}`;
  }

  readonly logs = async (): Promise<string> => {
    const { stdout, stderr } = await docker('logs', this.id);
    return stdout + stderr;
  };

  /** Process 1 of the container is tini, the server its child. */
  readonly processId = async (): Promise<number> => {
    const init = (await docker('inspect', '--format', '{{.State.Pid}}', this.id)).stdout.trim();
    return init === '0' ? 0 : Number((await runProgram('pgrep', ['-o', '-P', init])).stdout);
  };

  readonly pause = async (): Promise<void> => {
    // It may end by itself when it goes on.
    await this.noteFiles();
    await docker('pause', this.id);
  };

  readonly unpause = async (): Promise<void> => void (await docker('unpause', this.id));

  readonly kill = async (): Promise<void> => {
    await this.noteFiles();
    await docker('kill', this.id);
    this.removeFiles();
  };

  readonly start = async (): Promise<void> => {
    await docker('start', this.id);
    const deadlineMs = Date.now() + START_MS;
    while (!(await this.isLive())) {
      if (Date.now() > deadlineMs)
        throw new Error(`Triton is not back after ${START_MS} ms:\n${await this.logs()}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  };

  readonly stop = async (): Promise<void> => {
    await this.noteFiles();
    await this.container.stop();
    this.removeFiles();
  };

  readonly [Symbol.asyncDispose] = (): Promise<void> => this.stop();

  /** A server that does not end in order leaves the files of its shared memory. */
  private async noteFiles(): Promise<void> {
    for (const file of sharedMemoryFiles(await this.processId())) this.files.add(file);
  }

  private removeFiles(): void {
    for (const file of this.files) rmSync(file, { force: true });
    this.files.clear();
  }

  private async isLive(): Promise<boolean> {
    try {
      return (await fetch(`http://127.0.0.1:${this.httpPort}${LIVE}`)).ok;
    } catch {
      return false;
    }
  }
}

async function docker(...args: string[]): Promise<FinishedProgram> {
  const finished = await runProgram('docker', args);
  if (finished.status !== 0) throw new Error(`docker ${args.join(' ')}: ${finished.stderr}`);
  return finished;
}
