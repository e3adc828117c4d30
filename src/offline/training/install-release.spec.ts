import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { installRelease } from './install-release.js';

const folder = mkdtempSync(join(tmpdir(), 'install-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): string {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
  return join(folder, path);
}

describe('an installed release', () => {
  it('has the new files and models, and keeps what it does not replace', () => {
    const files = [
      write('world/vocab.txt', 'new'),
      write('home/pipelines/recsys2021/languages.yaml', 'same'),
    ];
    write('models/xgb1/1/xgboost.ubj', 'new');
    write('models/.xgb2.partial/1/xgboost.ubj', 'half');
    write('home/pipelines/recsys2021/vocab.txt', 'old');
    write('home/triton-models/xgb1/1/xgboost.ubj', 'old');
    write('home/triton-models/xgb1/1/checkpoint.tl', 'of the old model');
    write('home/triton-models/mine/1/xgboost.ubj', 'mine');
    installRelease({ files, models: join(folder, 'models') }, join(folder, 'home'));
    const read = (path: string): string => readFileSync(join(folder, 'home', path), 'utf8');
    expect(read('pipelines/recsys2021/vocab.txt')).toBe('new');
    expect(read('pipelines/recsys2021/languages.yaml')).toBe('same');
    expect(read('triton-models/xgb1/1/xgboost.ubj')).toBe('new');
    expect(read('triton-models/mine/1/xgboost.ubj')).toBe('mine');
    expect(existsSync(join(folder, 'home/triton-models/xgb1/1/checkpoint.tl'))).toBe(false);
    expect(existsSync(join(folder, 'home/triton-models/.xgb2.partial'))).toBe(false);
  });
});
