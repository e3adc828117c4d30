import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPipelineFile } from '../../releases/pipeline-file.js';
import { readTrainedDays } from './trained-days.js';

const folder = mkdtempSync(join(tmpdir(), 'trained-days-'));
afterAll(() => rmSync(folder, { recursive: true }));
const shipped = readPipelineFile(join(import.meta.dirname, '../../../pipelines/recsys2021.yaml'));

function readWith(record: string): Map<string, unknown> {
  mkdirSync(join(folder, 'xgb1/1'), { recursive: true });
  writeFileSync(join(folder, 'xgb1/1/training.json'), record);
  return readTrainedDays({ ...shipped, modelRepositoryPath: folder });
}

describe('the days of a training', () => {
  it('are read from training.json, null without one', () => {
    const days = readWith('{"first_day": 5, "last_day": 7, "rows": 9, "members": {}}');
    expect(days.get('xgb1')).toEqual({ first_day: 5, last_day: 7 });
    expect(days.get('xgb2')).toBeNull();
    expect(days.size).toBe(8);
  });

  it.each([
    ['text that is no JSON', '{', 'cannot be read as JSON'],
    ['a day that is no number', '{"first_day": "5", "last_day": 7}', 'first_day'],
    ['a missing day', '{"first_day": 5}', 'last_day'],
  ])('are refused as %s', (_, record, problem) => {
    expect(() => readWith(record)).toThrow(problem);
  });
});
