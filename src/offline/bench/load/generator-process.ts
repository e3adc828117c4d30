import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { LoadReply, LoadRequest } from './load-generator.js';
import { pinnedTo } from './server-process.js';

const outcomeSchema = z.object({ kind: z.enum(['answered', 'refused', 'failed']), afterMs: z.number() });
const replySchema = z
  .tuple([
    z.object({
      sentCount: z.number(),
      outcomes: z.array(outcomeSchema),
      elapsedMs: z.number(),
      cpuMs: z.number(),
      longestLagMs: z.number(),
    }),
  ])
  .rest(z.unknown());

/** A load generator in a child process, on one core of its own. */
export class GeneratorProcess implements Disposable {
  private readonly ended = new AbortController();

  private constructor(private readonly child: ChildProcess) {
    child.once('exit', (code) => this.ended.abort(new Error(`the load generator ended with ${code}`)));
  }

  /**
   * Starts one and waits until it has its messages.
   * @param port of the gateway on this machine
   * @param rowCount rows of the part file that messages are made of
   */
  static async start(
    core: number,
    port: number,
    partFile: string,
    rowCount: number,
  ): Promise<GeneratorProcess> {
    const program = fileURLToPath(new URL('load-generator.js', import.meta.url));
    const child = fork(program, [String(port), partFile, String(rowCount)], pinnedTo(core));
    const generator = new GeneratorProcess(child);
    await generator.nextMessage();
    return generator;
  }

  /** Generates load once. */
  async measure(request: LoadRequest): Promise<LoadReply> {
    const answer = this.nextMessage();
    this.child.send(request);
    const [reply] = replySchema.parse(await answer);
    return reply;
  }

  private nextMessage(): Promise<unknown[]> {
    return once(this.child, 'message', { signal: this.ended.signal });
  }

  [Symbol.dispose](): void {
    this.child.kill();
  }
}
