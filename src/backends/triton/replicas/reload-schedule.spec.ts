import { describe, expect, it } from 'vitest';
import { ReloadSchedule } from './reload-schedule.js';

describe('ReloadSchedule', () => {
  it('wants no reload of a model that did not fail too often', () => {
    const schedule = new ReloadSchedule();
    expect([schedule.isDue(0), schedule.comesBeforeCheck(0)]).toEqual([false, false]);
  });

  it('checks a model before its first reload, and reloads a model first that fails after its check', () => {
    const schedule = new ReloadSchedule();
    schedule.want(false);
    expect([schedule.isDue(0), schedule.comesBeforeCheck(0)]).toEqual([true, false]);
    schedule.admitted();
    schedule.want(true);
    // A call in flight that fails later changes nothing.
    schedule.want(false);
    expect(schedule.comesBeforeCheck(0)).toBe(true);
  });

  it('reloads at growing intervals of at most a minute, until the model is proven', () => {
    const schedule = new ReloadSchedule();
    const delays: number[] = [];
    let nowMs = 0;
    for (let reload = 0; reload < 20; reload += 1) {
      schedule.want(false);
      schedule.begin(nowMs);
      const startedMs = nowMs;
      while (!schedule.isDue(nowMs)) nowMs += 100;
      delays.push(nowMs - startedMs);
      schedule.unloaded();
      schedule.loaded();
      schedule.admitted();
    }
    expect(delays[0]).toBeGreaterThan(0);
    expect(Math.max(...delays)).toBeLessThanOrEqual(60_100);
    expect(Math.max(...delays.slice(10))).toBeGreaterThan(10_000);
    schedule.begin(nowMs);
    schedule.proven();
    schedule.want(false);
    expect(schedule.isDue(nowMs)).toBe(true);
  });

  it('loads what it has unloaded, unless an operator unloads the model', () => {
    const schedule = new ReloadSchedule();
    schedule.want(false);
    schedule.unloaded();
    expect([schedule.mustLoad, schedule.comesBeforeCheck(0)]).toEqual([true, true]);
    schedule.hold();
    expect([schedule.mustLoad, schedule.comesBeforeCheck(0), schedule.isDue(0)]).toEqual([
      false,
      false,
      false,
    ]);
    schedule.release();
    expect(schedule.mustLoad).toBe(true);
  });

  it('does not ask a server that refused again, until the server was lost', () => {
    const schedule = new ReloadSchedule();
    schedule.want(false);
    schedule.refuse();
    expect(schedule.isDue(0)).toBe(false);
    schedule.serverLost();
    expect(schedule.isDue(0)).toBe(true);
  });
});
