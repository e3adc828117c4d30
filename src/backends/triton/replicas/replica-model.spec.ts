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
    const model = new ReplicaModel(binding, 3);
    expect(model.outage?.message).toBe('model m: not checked yet');
    expect(model.isDue(0)).toBe(true);
    model.admit(0);
    expect(model.outage).toBeUndefined();
    expect(model.isDue(1e9)).toBe(false);
  });

  it('is checked again at longer and longer intervals, at most five seconds', () => {
    const model = new ReplicaModel(binding, 3);
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
    const model = new ReplicaModel(binding, 3);
    model.admit(0);
    expect([model.fail(), model.fail()]).toEqual([false, false]);
    model.succeed();
    expect([model.fail(), model.fail(), model.fail()]).toEqual([false, false, true]);
  });

  it('comes back slowly, but starts at full share', () => {
    const model = new ReplicaModel(binding, 3);
    model.admit(1_000);
    expect(model.shareAt(1_000)).toBe(1);
    model.eject(error, 1_000);
    expect(model.isDue(1_000)).toBe(true);
    model.admit(2_000);
    expect(model.shareAt(2_000)).toBeCloseTo(0.1);
    expect(model.shareAt(7_000)).toBeCloseTo(0.55);
    expect(model.shareAt(12_000)).toBe(1);
  });

  it('has had enough after ten calls in a row that were not answered in time', () => {
    const model = new ReplicaModel(binding, 3);
    model.admit(0);
    const late = (count: number): boolean[] => Array.from({ length: count }, () => model.failLate());
    expect(late(9)).not.toContain(true);
    model.succeed();
    expect(late(10)).toEqual([...Array.from({ length: 9 }, () => false), true]);
  });

  it('is checked less and less often when it passes its checks and fails its calls', () => {
    const model = new ReplicaModel(binding, 3);
    model.admit(0);
    const waits: number[] = [];
    let nowMs = 0;
    for (let round = 0; round < 20; round += 1) {
      model.eject(error, nowMs);
      const startedMs = nowMs;
      while (!model.isDue(nowMs)) nowMs += 1;
      waits.push(nowMs - startedMs);
      model.admit(nowMs);
    }
    expect(waits[0]).toBe(0);
    expect(Math.max(...waits.slice(10))).toBeGreaterThan(1_000);
    for (let call = 0; call < 20; call += 1) model.succeed();
    model.eject(error, nowMs);
    expect(model.isDue(nowMs)).toBe(true);
  });

  it('waits no longer because it is ejected again while it is out', () => {
    const model = new ReplicaModel(binding, 3);
    model.admit(0);
    model.eject(error, 0);
    model.eject(error, 0);
    expect(model.isDue(0)).toBe(true);
  });
});
