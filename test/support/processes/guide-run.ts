import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRepositoryView, type RepositoryView } from '../repositories/repository-view.js';
import { type FinishedProgram, runProgram } from './run-program.js';
import { adminAddress, servingAddress } from '../gateway/serve-log.js';

const DOCUMENTED_TARGET = '127.0.0.1:50051';
const DOCUMENTED_ADMIN = '127.0.0.1:8080';
const SERVE = './pairstream serve';

/** Runs the commands of a guide, one block after another, in a view of the repository. */
export class GuideRun implements AsyncDisposable {
  private readonly view: RepositoryView;
  private readonly servers: ChildProcess[] = [];
  private target = DOCUMENTED_TARGET;
  private admin = DOCUMENTED_ADMIN;

  /** @param changed names in the root that the guide's commands change, see openRepositoryView */
  constructor(changed: readonly string[] = []) {
    this.view = openRepositoryView(changed);
  }

  /** Where the commands run. */
  get root(): string {
    return this.view.root;
  }

  /** Puts a shell script of that name first on PATH, for a program that this machine lacks. */
  addProgram(name: string, script: string): void {
    mkdirSync(this.programFolder, { recursive: true });
    writeFileSync(join(this.programFolder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  /**
   * Runs a block of commands to its end; one that ends in `./pairstream serve` is left running on free ports, and what
   * comes after it talks to that one.
   * @throws Error with all output when a command fails
   */
  async run(commands: string): Promise<FinishedProgram> {
    const text = commands
      .replaceAll(DOCUMENTED_TARGET, this.target)
      .replaceAll(DOCUMENTED_ADMIN, this.admin)
      // Admin commands that name no gateway mean the one of the guide.
      .replaceAll(/^(\.\/pairstream admin .*)$/gm, `$1 --url http://${this.admin}`);
    if (commands.trimEnd().endsWith(SERVE)) return this.serve(text);
    const finished = await runProgram('bash', ['--norc', '-euo', 'pipefail', '-c', text], {
      cwd: this.root,
      env: this.fullEnvironment(),
    });
    if (finished.status === 0) return finished;
    throw new Error(`exit status ${finished.status}\n${text}\n${finished.stdout}${finished.stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.servers) {
      if (server.exitCode !== null || server.pid === undefined) continue;
      // The whole group: the shell need not have given its place to what it started.
      process.kill(-server.pid, 'SIGTERM');
      await once(server, 'close');
    }
    this.view[Symbol.dispose]();
  }

  private async serve(commands: string): Promise<FinishedProgram> {
    const env = {
      ...this.fullEnvironment(),
      PAIRSTREAM_GRPC_PORT: '0',
      PAIRSTREAM_ADMIN_PORT: '0',
      PAIRSTREAM_LOG_LEVEL: 'info',
    };
    const server = spawn('bash', ['--norc', '-euo', 'pipefail', '-c', commands], {
      cwd: this.root,
      env,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.servers.push(server);
    let output = '';
    await new Promise<void>((resolve, reject) => {
      server.stderr.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (servingAddress(output) !== undefined) resolve();
      });
      server.once('close', () => reject(new Error(`${commands}\nended: ${output}`)));
    });
    this.target = servingAddress(output) ?? this.target;
    this.admin = adminAddress(output) ?? this.admin;
    return { status: 0, stdout: output, stderr: '' };
  }

  private fullEnvironment(): NodeJS.ProcessEnv {
    const path = `${this.programFolder}:${process.env['PATH'] ?? ''}`;
    // Threads that wait give their core away, as in `pairstream train`.
    return { ...process.env, PATH: path, PAIRSTREAM_LOG_LEVEL: 'error', OMP_WAIT_POLICY: 'PASSIVE' };
  }

  private get programFolder(): string {
    return join(this.root, '.work/bin');
  }
}
