import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPipelineFile } from './pipeline-file.js';
import { pipelineModels } from './pipeline-tensors.js';

const { definition } = readPipelineFile(join(import.meta.dirname, '../../pipelines/recsys2021.yaml'));

describe('pipelineModels', () => {
  it('gives the tensors of every model: features, tokens, indexes, towers', () => {
    const shown = pipelineModels(definition).filter(({ name }) =>
      ['xgb1', 'nn1_tweet', 'nn1', 'nn2_tweet', 'xgb5'].includes(name),
    );
    expect(shown).toEqual([
      {
        name: 'xgb1',
        version: '1',
        inputs: [{ name: 'input__0', datatype: 'FP32', width: 70 }],
        outputs: [{ name: 'output__0', datatype: 'FP32', width: 12 }],
      },
      {
        name: 'nn1_tweet',
        version: '1',
        inputs: [
          { name: 'tokens', datatype: 'INT32', width: 48 },
          { name: 'features', datatype: 'FP32', width: 26 },
        ],
        outputs: [{ name: 'tweet_vector', datatype: 'FP32', width: 416 }],
      },
      {
        name: 'nn1',
        version: '1',
        inputs: [
          { name: 'features', datatype: 'FP32', width: 5 },
          { name: 'user_index', datatype: 'INT32', width: 2 },
          { name: 'tweet_vector', datatype: 'FP32', width: 416 },
        ],
        outputs: [{ name: 'output__0', datatype: 'FP32', width: 8 }],
      },
      {
        name: 'nn2_tweet',
        version: '1',
        inputs: [
          { name: 'tokens', datatype: 'INT32', width: 42 },
          { name: 'features', datatype: 'FP32', width: 20 },
          { name: 'indexes', datatype: 'INT32', width: 6 },
        ],
        outputs: [{ name: 'tweet_vector', datatype: 'FP32', width: 64 }],
      },
      {
        name: 'xgb5',
        version: '1',
        inputs: [{ name: 'input__0', datatype: 'FP32', width: 114 }],
        outputs: [{ name: 'output__0', datatype: 'FP32', width: 12 }],
      },
    ]);
  });

  it('counts four columns for every member that a model reads', () => {
    const { xgb1 } = definition.models;
    const second = { ...xgb1!, inputs: { x: { features: ['a_follows_b'], members: ['xgb1', 'nn1'] } } };
    const [model] = pipelineModels({ ...definition, models: { second } });
    expect(model!.inputs).toEqual([{ name: 'x', datatype: 'FP32', width: 9 }]);
  });
});
