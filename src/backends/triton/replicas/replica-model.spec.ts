import { describe, expect, it } from 'vitest';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import { ReplicaModel } from './replica-model.js';

const binding = {
  name: 'm',
  version: '1',
  contentSha256: '',
  maxBatchRows: 1,
  check: () => Promise.resolve(),
};
const error = new PairstreamError('BACKEND_FAILED', 'broken');

describe('ReplicaModel', () => {
  it('takes no calls before its check has passed', () => {
    const model = new ReplicaModel(binding);
    expect(model.outage?.message).toBe('model m: not checked yet');
    expect(model.isDue(0)).toBe(true);
    model.admit(0);
    expect(model.outage).toBeUndefined();
    expect(model.isDue(1e9)).toBe(false);
  });

  it('is checked again at longer and longer intervals, at most five seconds', () => {
    const model = new ReplicaModel(binding);
    const delays: number[] = [];
    let nowMs = 0;
    for (let attempt = 0; attempt < 30; attempt += 1) {
      model.reject(error, nowMs);
      let delayMs = 0;
      while (!model.isDue(nowMs + delayMs)) delayMs += 1;
      delays.push(delayMs);
      nowMs += delayMs;
    }
    expect(Math.max(...delays)).toBeLessThanOrEqual(5_001);
    expect(Math.max(...delays.slice(20))).toBeGreaterThan(Math.max(...delays.slice(0, 2)));
  });

  it('has had enough after three failures in a row', () => {
    const model = new ReplicaModel(binding);
    model.admit(0);
    expect([model.fail(), model.fail()]).toEqual([false, false]);
    model.succeed();
    expect([model.fail(), model.fail(), model.fail()]).toEqual([false, false, true]);
  });

  it('comes back slowly, but starts at full share', () => {
    const model = new ReplicaModel(binding);
    model.admit(1_000);
    expect(model.shareAt(1_000)).toBe(1);
    model.eject(error);
    expect(model.isDue(1_000)).toBe(true);
    model.admit(2_000);
    expect(model.shareAt(2_000)).toBeCloseTo(0.1);
    expect(model.shareAt(7_000)).toBeCloseTo(0.55);
    expect(model.shareAt(12_000)).toBe(1);
  });
});
