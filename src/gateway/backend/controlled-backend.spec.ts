import { describe, expect, it } from 'vitest';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type {
  Backend,
  ModelCheck,
  ModelHandle,
  ModelLocation,
  ServerModels,
} from '../../backends/backend.js';
import { ControlledBackend } from './controlled-backend.js';

const CONTEXT = { deadlineMs: Infinity, signal: new AbortController().signal };
const LOCATION = { name: 'm', version: '1', directory: '/models/m' };
const pass: ModelCheck = () => Promise.resolve();

/** A backend whose runs wait until they are let go. */
class WaitingBackend implements Backend {
  readonly name = 'waiting';
  /** Hash of the model's file. */
  contentSha256 = 'aa';
  readonly released: number[] = [];
  readonly runs: { readonly load: number; readonly end: () => void }[] = [];
  loadCount = 0;

  constructor(readonly serverModels?: ServerModels) {}

  async load({ name, version }: ModelLocation, check: ModelCheck): Promise<ModelHandle> {
    this.loadCount += 1;
    const load = this.loadCount;
    const { contentSha256 } = this;
    const model: ModelHandle = {
      metadata: { name, version, inputs: [], outputs: [], contentSha256, engine: this.name, loadMs: load },
      infer: () => new Promise((resolve) => this.runs.push({ load, end: resolve })),
      release: () => {
        this.released.push(load);
        return Promise.resolve();
      },
    };
    await check(model);
    return model;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function start(serverModels?: ServerModels) {
  const inner = new WaitingBackend(serverModels);
  const backend = new ControlledBackend(inner);
  const changes: ReadonlyMap<string, string>[] = [];
  backend.subscribe(() => changes.push(backend.outages));
  const checks: string[] = [];
  const model = await backend.load(LOCATION, ({ metadata }) => {
    checks.push(metadata.contentSha256);
    return Promise.resolve();
  });
  const run = (): Promise<void> => model.infer(1, new Map(), new Map(), CONTEXT);
  return { inner, backend, changes, checks, run };
}

/** True if a promise is settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  await new Promise((resolve) => setImmediate(resolve));
  return (await Promise.race([promise.catch(() => undefined), Promise.resolve(pending)])) !== pending;
}

describe('ControlledBackend', () => {
  it('unloads a model after its runs in flight, and refuses further runs at once', async () => {
    const { inner, backend, run, changes } = await start();
    const inFlight = run();
    const unloaded = backend.unloadModel('m');
    expect(await isSettled(unloaded)).toBe(false);
    await expect(run()).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
    expect(inner.released).toEqual([]);
    inner.runs[0]!.end();
    await inFlight;
    await unloaded;
    expect(inner.released).toEqual([1]);
    expect([...backend.outages]).toEqual([['m', 'model m: unloaded by an operator']]);
    expect(changes.at(-1)?.size).toBe(1);
    expect(backend.reports).toMatchObject([{ metadata: { name: 'm' }, isLoaded: false }]);
  });

  it('tells of the outage while runs are still in flight', async () => {
    const { inner, backend, run, changes } = await start();
    const inFlight = run();
    const unloaded = backend.unloadModel('m');
    expect(await isSettled(unloaded)).toBe(false);
    expect(changes.at(-1)?.size).toBe(1);
    inner.runs[0]!.end();
    await Promise.all([inFlight, unloaded]);
  });

  it('loads a model again after its check, and runs calls', async () => {
    const { inner, backend, run, checks } = await start();
    await backend.unloadModel('m');
    await backend.unloadModel('m');
    await backend.loadModel('m');
    expect(checks).toEqual(['aa', 'aa']);
    expect(backend.outages.size).toBe(0);
    const again = run();
    expect(inner.runs.map(({ load }) => load)).toEqual([2]);
    expect(backend.reports).toMatchObject([{ metadata: { loadMs: 2 }, isLoaded: true }]);
    inner.runs[0]!.end();
    await again;
    expect(inner.released).toEqual([1]);
  });

  it('loads a loaded model anew: runs go on, and the one before is released after its last run', async () => {
    const { inner, backend, run } = await start();
    const inFlight = run();
    const loaded = backend.loadModel('m');
    expect(await isSettled(loaded)).toBe(false);
    const next = run();
    expect(inner.runs.map(({ load }) => load)).toEqual([1, 2]);
    inner.runs[0]!.end();
    await loaded;
    expect(inner.released).toEqual([1]);
    inner.runs[1]!.end();
    await Promise.all([inFlight, next]);
  });

  it('refuses a file other than the one of the release, and keeps what it had', async () => {
    const { inner, backend, run } = await start();
    inner.contentSha256 = 'bb';
    await expect(backend.loadModel('m')).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message: expect.stringContaining('SHA-256 is bb, the release was loaded with aa'),
    });
    expect(inner.released).toEqual([2]);
    const served = run();
    inner.runs[0]!.end();
    await served;
  });

  it('keeps a model loaded if its servers refuse to unload it', async () => {
    const refusal = new PairstreamError('CONFLICT', 'no');
    const { inner, backend, run } = await start({
      load: () => Promise.resolve(),
      unload: () => Promise.reject(refusal),
    });
    await expect(backend.unloadModel('m')).rejects.toBe(refusal);
    expect(backend.outages.size).toBe(0);
    const served = run();
    inner.runs[0]!.end();
    await served;
    expect(inner.released).toEqual([]);
  });

  it('runs a model that its servers have loaded again, without another load of its own', async () => {
    const asked: string[] = [];
    const { inner, backend, run } = await start({
      load: (name) => Promise.resolve(void asked.push(`load ${name}`)),
      unload: (name) => Promise.resolve(void asked.push(`unload ${name}`)),
    });
    await backend.loadModel('m');
    await backend.unloadModel('m');
    await expect(run()).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
    await backend.loadModel('m');
    expect(asked).toEqual(['load m', 'unload m', 'load m']);
    const served = run();
    inner.runs[0]!.end();
    await served;
    expect([inner.loadCount, inner.released]).toEqual([1, []]);
  });

  it('does not run a model that its servers could not load', async () => {
    const refusal = new PairstreamError('INVALID_MODEL', 'wrong golden rows');
    const { backend, run } = await start({
      load: () => Promise.reject(refusal),
      unload: () => Promise.resolve(),
    });
    await backend.unloadModel('m');
    await expect(backend.loadModel('m')).rejects.toBe(refusal);
    await expect(run()).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  });

  it('names the models that there are', async () => {
    const { backend } = await start();
    await expect(backend.unloadModel('n')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'model: "n", expected one of m',
    });
    await expect(new ControlledBackend(new WaitingBackend()).loadModel('n')).rejects.toThrow(
      'no model is loaded yet',
    );
  });

  it('refuses changes when too many wait', async () => {
    const { inner, backend, run } = await start();
    const inFlight = run();
    const changes = Array.from({ length: 18 }, () => backend.unloadModel('m'));
    await expect(changes.at(-1)).rejects.toMatchObject({ code: 'BUSY' });
    inner.runs[0]!.end();
    await inFlight;
    const outcomes = await Promise.allSettled(changes);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(17);
  });

  it('checks a model before it runs its first call', async () => {
    const wrong = new PairstreamError('INVALID_MODEL', 'wrong');
    const backend = new ControlledBackend(new WaitingBackend());
    await expect(backend.load(LOCATION, () => Promise.reject(wrong))).rejects.toBe(wrong);
    expect(backend.reports).toEqual([]);
    await backend.load(LOCATION, pass);
    expect(backend.reports).toHaveLength(1);
  });
});
