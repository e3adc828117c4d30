import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { type FinishedProgram, runProgram } from '../support/processes/run-program.js';
import { ROOT } from '../support/gateway/test-gateway.js';
import { prepareTritonContainers } from '../support/triton/triton-container.js';
import { prepareTritonProcesses } from '../support/triton/triton-process.js';
import {
  freePorts,
  PREPARE_MS,
  sharedMemoryFiles,
  type TritonPorts,
} from '../support/triton/triton-server.js';

const SCRIPT = join(ROOT, 'scripts/triton.sh');
const READY = 'Ctrl-C stops';
const RUN_MS = 90_000;

/** The script while it runs. */
interface RunningScript {
  readonly processId: number;
  readonly ports: TritonPorts;
  /** All of stdout and stderr so far. */
  readonly output: () => string;
  readonly interrupt: () => Promise<number | null>;
}

describe('scripts/triton.sh', () => {
  const folder = mkdtempSync(join(tmpdir(), 'triton-script-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function settings(mode: string): Promise<{ env: NodeJS.ProcessEnv; ports: TritonPorts }> {
    const ports = await freePorts();
    const env = {
      ...process.env,
      TRITON_MODE: mode,
      TRITON_HTTP_PORT: String(ports.http),
      TRITON_GRPC_PORT: String(ports.grpc),
      TRITON_METRICS_PORT: String(ports.metrics),
      TRITON_MODELS: join(ROOT, 'test/triton/models'),
      TRITON_MODEL_CONTROL: 'explicit',
      TRITON_FLAGS: '--load-model=identity',
      TRITON_LOG: join(folder, `${mode}.log`),
    };
    return { env, ports };
  }

  async function start(mode: string): Promise<RunningScript> {
    const { env, ports } = await settings(mode);
    const script = spawn(SCRIPT, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(script, 'close');
    let output = '';
    await new Promise<void>((resolve, reject) => {
      script.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
      script.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes(READY)) resolve();
      });
      script.once('close', () => reject(new Error(output)));
    });
    return {
      processId: script.pid!,
      ports,
      output: () => output,
      interrupt: async () => {
        script.kill('SIGINT');
        await ended;
        return script.exitCode;
      },
    };
  }

  async function isReady(port: number): Promise<boolean> {
    // A connection that is kept would keep the server from ending.
    const headers = { connection: 'close' };
    return (await fetch(`http://127.0.0.1:${port}/v2/models/identity/ready`, { headers })).ok;
  }

  async function run(changes: Record<string, string>): Promise<FinishedProgram> {
    const { env } = await settings('process');
    return runProgram(SCRIPT, [], { env: { ...env, ...changes } });
  }

  it('serves as a process until it is interrupted', { timeout: PREPARE_MS }, async (context) => {
    const triton = await prepareTritonProcesses();
    if (triton.isOptionalAndMissing) context.skip(triton.reason);
    const script = await start('process');
    expect(script.output().trimEnd().split('\n')).toHaveLength(1);
    expect(script.output()).toContain(`gRPC ${script.ports.grpc}`);
    expect(await isReady(script.ports.http)).toBe(true);
    expect(await script.interrupt()).toBe(0);
    await expect(isReady(script.ports.http)).rejects.toThrow('fetch failed');
  });

  it('says so when its server dies, and removes what that left', { timeout: RUN_MS }, async (context) => {
    const triton = await prepareTritonProcesses();
    if (triton.isOptionalAndMissing) context.skip(triton.reason);
    const server = await triton.start({ repositories: [join(ROOT, 'test/triton/models')] });
    const serverId = await server.processId();
    const files = sharedMemoryFiles(serverId);
    expect(files).not.toEqual([]);
    process.kill(serverId, 'SIGKILL');
    await server.stop();
    expect(files.filter((file) => existsSync(file))).toEqual([]);
  });

  it(
    'serves in a container until it is interrupted',
    { timeout: PREPARE_MS },
    async (context: TestContext) => {
      const triton = await prepareTritonContainers();
      if (triton.isOptionalAndMissing) context.skip(triton.reason);
      const script = await start('docker');
      const name = `pairstream-triton-${script.processId}`;
      expect(await isReady(script.ports.http)).toBe(true);
      const { stdout: ipc } = await runProgram('docker', [
        'inspect',
        '--format',
        '{{.HostConfig.IpcMode}}',
        name,
      ]);
      expect(ipc.trim()).toBe('host');
      expect(await script.interrupt()).toBe(0);
      const { stdout: names } = await runProgram('docker', ['ps', '--all', '--format', '{{.Names}}']);
      expect(names.split('\n')).not.toContain(name);
    },
  );

  it('says which port is in use', async () => {
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const port = String((other.address() as { port: number }).port);
    const { status, stderr } = await run({ TRITON_GRPC_PORT: port });
    other.close();
    expect(stderr).toBe(`port ${port} is in use, expected a free one: set TRITON_GRPC_PORT to another\n`);
    expect(status).toBe(2);
  });

  it.for([
    ['TRITON_MODE', 'vm', "TRITON_MODE is 'vm', expected auto, docker or process"],
    ['TRITON_HTTP_PORT', '80000', "TRITON_HTTP_PORT is '80000', expected a port, 1 to 65535"],
    ['TRITON_MODELS', 'no-such-folder', "TRITON_MODELS has 'no-such-folder', expected a folder"],
    ['TRITON_MODEL_CONTROL', 'some', "TRITON_MODEL_CONTROL is 'some', expected none, explicit or poll"],
    ['TRITON_IPC', 'shared', "TRITON_IPC is 'shared', expected host or private"],
  ] as const)('refuses %s=%s in one sentence', async ([name, value, sentence]) => {
    expect(await run({ [name]: value })).toMatchObject({ status: 2, stderr: `${sentence}\n` });
  });
});
