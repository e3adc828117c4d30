import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPipelineFile } from '../../releases/pipeline-file.js';
import { firstStages } from './first-stages.js';

const { definition } = readPipelineFile(join(import.meta.dirname, '../../../pipelines/recsys2021.yaml'));

describe('the first stages of a pipeline', () => {
  it('are their models and the towers that these read', () => {
    const first = firstStages(definition, 1);
    expect(first.stages).toEqual([definition.stages[0]]);
    const towers = ['nn1_tweet', 'nn2_tweet', 'nn3_tweet'];
    expect(Object.keys(first.models).toSorted()).toEqual([...definition.stages[0]!, ...towers].toSorted());
    expect(first.ladder).toEqual([{ rung: 'base_rates', base_rates: true, rce: null }]);
    expect(first.blend).toBeUndefined();
  });

  it('are the pipeline itself when all stages are asked for', () => {
    expect(firstStages(definition, 2)).toBe(definition);
  });

  it.each([0, 3])('are no %i stages', (count) => {
    expect(() => firstStages(definition, count)).toThrow(
      `--stages is ${count}, expected 1 to 2, the stages of recsys2021`,
    );
  });
});
