import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { z } from 'zod';
import { writeWholeFile } from '../../../files/whole-file.js';
import type { RecordedForest } from './recorded-forests.js';
import type { CallLoad } from './walked-ensemble.js';

const startedSchema = z.object({ version: z.string() });
const measuredSchema = z.object({ usPerRow: z.number() });
const writtenSchema = z.object({});

/** Answers of XGBoost for all rows of a forest, float32 [rowCount, outputCount]. */
export interface PeerAnswers {
  readonly margins: Float32Array;
  readonly probabilities: Float32Array;
}

/** XGBoost in a Python process, with all forests and their rows in memory. */
export class XgboostPeer implements AsyncDisposable {
  private readonly lines: Interface;
  private readonly ended = new AbortController();

  private constructor(
    private readonly child: ChildProcess,
    private readonly work: string,
  ) {
    this.lines = createInterface({ input: child.stdout! });
    child.once('exit', (code) => this.ended.abort(new Error(`xgboost_forests.py ended with ${code}`)));
  }

  /**
   * Starts the process and waits until it has loaded the forests.
   * @param python of the peers' environment
   * @param program path of xgboost_forests.py
   * @param work folder for rows and answers
   */
  static async start(
    python: string,
    program: string,
    work: string,
    forests: readonly RecordedForest[],
  ): Promise<{ peer: XgboostPeer; version: string }> {
    const described = forests.map(({ location: { name }, path, rows, width }) => {
      const rowsPath = join(work, `${name}.rows`);
      writeWholeFile(rowsPath, new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
      return { name, model: path, rows: rowsPath, width };
    });
    const child = spawn(python, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
    const peer = new XgboostPeer(child, work);
    const { version } = startedSchema.parse(await peer.ask({ forests: described }));
    return { peer, version };
  }

  /** Measures forests one after another in each call. @returns CPU microseconds per row of all of them together */
  async usPerRow(names: readonly string[], load: CallLoad, cpuMs: number): Promise<number> {
    return measuredSchema.parse(await this.ask({ measure: names, ...load, cpuMs })).usPerRow;
  }

  /** Computes all rows of a forest. */
  async predict(name: string): Promise<PeerAnswers> {
    const margins = join(this.work, `${name}.margins`);
    const probabilities = join(this.work, `${name}.probabilities`);
    writtenSchema.parse(await this.ask({ predict: name, margins, probabilities }));
    return { margins: readFloats(margins), probabilities: readFloats(probabilities) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.stdin?.end();
    await ended;
  }

  private async ask(request: object): Promise<unknown> {
    const answer = once(this.lines, 'line', { signal: this.ended.signal });
    this.child.stdin?.write(`${JSON.stringify(request)}\n`);
    const [line] = z.tuple([z.string()]).parse(await answer);
    return JSON.parse(line);
  }
}

function readFloats(path: string): Float32Array {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
