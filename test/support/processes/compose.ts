import { join } from 'node:path';
import { type FinishedProgram, runProgram } from './run-program.js';
import { ROOT } from '../gateway/test-gateway.js';

const FILE = join(ROOT, 'docker/compose.yaml');
const VERSION_MS = 60_000;

/** docker/compose.yaml under a name of its own. */
export class ComposeProject implements AsyncDisposable {
  private constructor(
    private readonly program: readonly string[],
    private readonly name: string,
    private readonly environment: Record<string, string>,
  ) {}

  /**
   * @param environment what the file leaves open
   * @returns undefined on a machine without Compose, be it a plugin of Docker or a program
   */
  static async find(name: string, environment: Record<string, string>): Promise<ComposeProject | undefined> {
    for (const program of [['docker', 'compose'], ['docker-compose']]) {
      const [file, ...args] = program;
      const { status } = await runProgram(file!, [...args, 'version'], { timeout: VERSION_MS });
      if (status === 0) return new ComposeProject(program, name, environment);
    }
    return undefined;
  }

  /** Runs a command of Compose. @returns what it prints @throws Error when it fails */
  async run(...args: readonly string[]): Promise<string> {
    const [file, ...first] = this.program;
    return output(
      await runProgram(file!, [...first, '-p', this.name, '-f', FILE, ...args], {
        env: { ...process.env, ...this.environment },
      }),
    );
  }

  /** A property of the container of a service, by a template of `docker inspect`. */
  async inspect(service: string, template: string): Promise<string> {
    const id = await this.run('ps', '-q', service);
    return output(await runProgram('docker', ['inspect', '--format', template, id]));
  }

  /** Stops and removes its containers and networks. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.run('down', '--timeout', '1', '--volumes');
  }
}

function output({ status, stdout, stderr }: FinishedProgram): string {
  if (status === 0) return stdout.trim();
  throw new Error(`exit status ${status}: ${stderr}${stdout}`);
}
