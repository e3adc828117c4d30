import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWholeFile } from '../../../files/whole-file.js';
import { JsonLinesProcess } from '../json-lines-process.js';
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
  private constructor(
    private readonly process: JsonLinesProcess,
    private readonly work: string,
  ) {}

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
    const process = new JsonLinesProcess('xgboost_forests.py', python, [program]);
    const { version } = startedSchema.parse(await process.ask({ forests: described }));
    return { peer: new XgboostPeer(process, work), version };
  }

  /** Measures forests one after another in each call. @returns CPU microseconds per row of all of them together */
  async usPerRow(names: readonly string[], load: CallLoad, cpuMs: number): Promise<number> {
    return measuredSchema.parse(await this.process.ask({ measure: names, ...load, cpuMs })).usPerRow;
  }

  /** Computes all rows of a forest. */
  async predict(name: string): Promise<PeerAnswers> {
    const margins = join(this.work, `${name}.margins`);
    const probabilities = join(this.work, `${name}.probabilities`);
    writtenSchema.parse(await this.process.ask({ predict: name, margins, probabilities }));
    return { margins: readFloats(margins), probabilities: readFloats(probabilities) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}

function readFloats(path: string): Float32Array {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
