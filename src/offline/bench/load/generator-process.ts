import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { LoadStep } from '../../../loadtest/load-settings.js';
import { type StepResult, stepResultSchema } from '../../../loadtest/result/step-result.js';
import { CANDIDATES } from './bench-load.js';
import { pinnedTo } from './server-process.js';

const resultSchema = z.tuple([stepResultSchema]).rest(z.unknown());

/** The load generator of `loadtest` in a child process. Its messages have one reader each. */
export class GeneratorProcess implements Disposable {
  private readonly ended = new AbortController();

  private constructor(private readonly child: ChildProcess) {
    child.once('exit', (code) => this.ended.abort(new Error(`the load generator ended with ${code}`)));
  }

  /**
   * Starts one and waits until it has its messages.
   * @param core the only processor core that it runs on; undefined: all
   * @param rowCount rows of the part file that messages are made of
   * @param pairCount pairs of a message. Default: 100
   */
  static async start(
    core: number | undefined,
    partFile: string,
    rowCount: number,
    pairCount = CANDIDATES,
  ): Promise<GeneratorProcess> {
    const program = fileURLToPath(new URL('load-generator.js', import.meta.url));
    const options = core === undefined ? {} : pinnedTo(core);
    const generator = new GeneratorProcess(
      fork(program, [partFile, String(rowCount), String(pairCount)], options),
    );
    await generator.nextMessage();
    return generator;
  }

  /** Generates load once. */
  async measure(step: LoadStep): Promise<StepResult> {
    const answer = this.nextMessage();
    this.child.send(step);
    const [result] = resultSchema.parse(await answer);
    return result;
  }

  private nextMessage(): Promise<unknown[]> {
    return once(this.child, 'message', { signal: this.ended.signal });
  }

  [Symbol.dispose](): void {
    this.child.kill();
  }
}
