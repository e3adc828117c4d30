import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { TRAINING_SIZES } from './training-size.js';
import { writePipelineVariant } from './pipeline-variant.js';

const SHIPPED = join(import.meta.dirname, '../../../pipelines/recsys2021.yaml');
const folder = mkdtempSync(join(tmpdir(), 'pipeline-variant-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a variant of a pipeline file', () => {
  it('changes the named fields and nothing else, comments included', () => {
    const path = join(folder, 'runs/one/pipeline.yaml');
    const { towerWidths } = TRAINING_SIZES.published;
    writePipelineVariant(SHIPPED, path, {
      paths: {
        vocabulary: join(folder, 'world/vocab.txt'),
        model_repository: join(folder, 'runs/one/models'),
      },
      towerWidths,
    });
    const text = readFileSync(path, 'utf8');
    const shipped = readFileSync(SHIPPED, 'utf8');
    const expected = parse(shipped) as {
      models: Record<string, { outputs: { tweet_vector: { width: number } } }>;
    };
    for (const [tower, width] of Object.entries(towerWidths)) {
      expect(expected.models[tower]!.outputs.tweet_vector.width).not.toBe(width);
      expected.models[tower]!.outputs.tweet_vector.width = width;
    }
    expect(parse(text)).toEqual({
      ...expected,
      vocabulary: '../../world/vocab.txt',
      model_repository: 'models',
    });
    const commentsOf = (yaml: string): string[] =>
      yaml.split('\n').filter((line) => line.trimStart().startsWith('#'));
    expect(commentsOf(text)).toEqual(commentsOf(shipped));
  });

  it('is refused for a tower that is not there', () => {
    const write = (): void =>
      writePipelineVariant(SHIPPED, join(folder, 'p.yaml'), { towerWidths: { nn9_tweet: 8 } });
    expect(write).toThrow('no models.nn9_tweet.outputs.tweet_vector.width');
  });
});
