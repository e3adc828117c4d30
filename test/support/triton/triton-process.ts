import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../processes/run-program.js';
import { ROOT } from '../gateway/test-gateway.js';
import {
  freePorts,
  missingRunner,
  type TritonOptions,
  type TritonPorts,
  type TritonRunner,
  type TritonServer,
} from './triton-server.js';

/** Exit status of scripts/triton-env.sh on a machine without Linux or a fitting Python. */
const CANNOT_BE_HAD = 3;
const READY = 'Ctrl-C stops';

/** Triton as a process, by scripts/triton.sh; makes the environment if it is not current. */
export async function prepareTritonProcesses(): Promise<TritonRunner> {
  const made = await runProgram(join(ROOT, 'scripts/triton-env.sh'), ['dev']);
  if (made.status === CANNOT_BE_HAD) return missingRunner(`no Triton as a process: ${made.stderr}`);
  if (made.status !== 0) throw new Error(made.stderr);
  return { isOptionalAndMissing: false, reason: '', start: startProcess };
}

async function startProcess(options: TritonOptions): Promise<TritonServer> {
  const ports = await freePorts();
  const folder = mkdtempSync(join(tmpdir(), 'triton-'));
  const log = join(folder, 'log');
  const script = spawn(join(ROOT, 'scripts/triton.sh'), {
    env: { ...process.env, ...settingsOf(options, ports), TRITON_LOG: log },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = async (): Promise<void> => {
    await endOf(script);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(script);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    grpcTarget: `127.0.0.1:${ports.grpc}`,
    httpPort: ports.http,
    metricsPort: ports.metrics,
    logs: () => Promise.resolve(readFileSync(log, 'utf8')),
    processId: () => Promise.resolve(serverOf(script.pid!)),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function settingsOf(options: TritonOptions, ports: TritonPorts): Record<string, string> {
  return {
    TRITON_MODE: 'process',
    TRITON_HTTP_PORT: String(ports.http),
    TRITON_GRPC_PORT: String(ports.grpc),
    TRITON_METRICS_PORT: String(ports.metrics),
    TRITON_MODELS: options.repositories.join(':'),
    TRITON_MODEL_CONTROL: options.modelControl ?? 'none',
    // A model whose load failed keeps a server from ending before this time is over.
    TRITON_FLAGS: ['--exit-timeout-secs=3', ...(options.flags ?? [])].join(' '),
  };
}

function untilReady(script: ChildProcess): Promise<void> {
  let output = '';
  return new Promise((resolve, reject) => {
    script.stderr!.setEncoding('utf8').on('data', (text: string) => (output += text));
    script.stdout!.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes(READY)) resolve();
    });
    script.once('close', () => reject(new Error(`Triton did not start:\n${output}`)));
  });
}

async function endOf(script: ChildProcess): Promise<void> {
  if (script.exitCode !== null || script.signalCode !== null) return;
  script.kill('SIGTERM');
  await once(script, 'close');
}

/** The child of the script that is the server. */
function serverOf(scriptId: number): number {
  const children = readFileSync(`/proc/${scriptId}/task/${scriptId}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number);
  const server = children.find((id) => readFileSync(`/proc/${id}/comm`, 'utf8').trim() === 'tritonserver');
  if (server === undefined)
    throw new Error(`script ${scriptId} has no server among its children ${children.join()}`);
  return server;
}
