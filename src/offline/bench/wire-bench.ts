import { readFileSync } from 'node:fs';
import { encodeRequest } from '@pairstream/client/wire';
import { RequestBuilder } from '@pairstream/client';
import type { Prediction } from '../../scoring/predictor.js';
import { LanguageTags } from '../../gateway/grpc/decode/language-tags.js';
import { PredictRequestReader } from '../../gateway/grpc/decode/predict-request-reader.js';
import { toRequestBatch } from '../../gateway/grpc/decode/request-batch.js';
import { encodePrediction } from '../../gateway/grpc/encode/response-encoding.js';
import type { PartRow } from '../../pairs/part-row.js';
import { Vocabulary } from '../../features/text/vocabulary.js';
import { WordpieceTokenizer } from '../../features/text/wordpiece-tokenizer.js';
import { spreadOf, timeUs } from './measurement.js';
import type { Figure } from './result.js';
import { TARGET_COUNT } from '../../pairs/targets.js';

const SAMPLES = 400;
const WARM_UP_SAMPLES = 100;
const SEQUENCE = { low: 7, high: 0 };

/** Decoding requests into columns and encoding answers, nanoseconds per pair. */
export function benchWire(vocabularyPath: string, rows: readonly PartRow[]): Figure[] {
  const vocabulary = Vocabulary.parse(readFileSync(vocabularyPath));
  const reading = {
    maxPairsPerMessage: 100_000,
    tokenizer: new WordpieceTokenizer(vocabulary),
    languages: new LanguageTags(new Map()),
  };
  const decode = (bytes: Uint8Array): void => {
    const reader = new PredictRequestReader(reading);
    reader.read(bytes);
    toRequestBatch(reader, 0);
  };
  return [1_024, 100].flatMap((pairCount) => {
    const builder = new RequestBuilder();
    for (const [i, row] of rows.slice(0, pairCount).entries())
      builder.addPartRow({ ...row, tweetId: i.toString(16).padStart(32, '0') });
    const bytes = encodeRequest(builder.take(), 1);
    const prediction: Prediction = {
      probabilities: new Float32Array(pairCount * TARGET_COUNT).fill(0.25),
      rowFailures: [],
      releaseId: '0123456789abcdef',
      timing: { queueUs: 1, featuresUs: 2, inferenceUs: 3, totalUs: 6 },
      rung: 'full',
      missingMembers: [],
    };
    const note = `${Math.round(bytes.length / pairCount)} bytes a pair, every tweet new`;
    return [
      figure(`decode, messages of ${pairCount} pairs`, pairCount, () => decode(bytes), note),
      figure(
        `encode, messages of ${pairCount} pairs`,
        pairCount,
        () => void encodePrediction(SEQUENCE, prediction),
      ),
    ];
  });
}

function figure(name: string, pairCount: number, run: () => void, note?: string): Figure {
  for (let i = 0; i < WARM_UP_SAMPLES; i += 1) run();
  const samples = Array.from({ length: SAMPLES }, () => (timeUs(run) * 1_000) / pairCount);
  const { median, p10, p90 } = spreadOf(samples);
  return { name, unit: 'ns/pair', value: median, p10, p90, ...(note === undefined ? {} : { note }) };
}
