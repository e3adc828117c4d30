import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { z } from 'zod';

/** A program that answers each line of JSON on its standard input by a line of JSON, and ends at the end of the input. */
export class JsonLinesProcess implements AsyncDisposable {
  private readonly child: ChildProcess;
  private readonly lines: Interface;
  private readonly ended = new AbortController();

  /**
   * Starts a program.
   * @param name of the program, for the error of a call during which it ends
   * @param environment variables beside those of this process
   */
  constructor(
    name: string,
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ) {
    this.child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    this.lines = createInterface({ input: this.child.stdout! });
    this.child.once('exit', (code) => this.ended.abort(new Error(`${name} ended with ${code}`)));
  }

  /** Next line that the program writes without being asked. @throws Error if the program ends */
  async next(): Promise<unknown> {
    const [line] = z.tuple([z.string()]).parse(await once(this.lines, 'line', { signal: this.ended.signal }));
    return JSON.parse(line);
  }

  /** Writes a request and returns its answer. One request at a time. @throws Error if the program ends */
  async ask(request: object): Promise<unknown> {
    const answer = this.next();
    this.child.stdin?.write(`${JSON.stringify(request)}\n`);
    return await answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.stdin?.end();
    await ended;
  }
}
