import { describe, expect, it } from 'vitest';
import { PairBatchBuilder } from '../pairs/pair-batch-builder.js';
import type { PredictCall, Prediction, Predictor } from './predictor.js';
import { ServingGate } from './serving-gate.js';

const call: PredictCall = {
  batch: new PairBatchBuilder().toBatch(),
  deadlineMs: Infinity,
  signal: new AbortController().signal,
};

describe('ServingGate', () => {
  it('refuses messages until there is a predictor, and keeps the reason for operators', async () => {
    const gate = new ServingGate();
    await expect(gate.predict(call)).rejects.toMatchObject({ code: 'NOT_READY' });
    gate.wait('model xgb1: no server answers');
    expect(gate.notReadyReason).toBe('model xgb1: no server answers');
    await expect(gate.predict(call)).rejects.toThrow('the models are not ready yet');
    expect(() => gate.info).toThrow('the models are not ready yet');
    expect(gate.outcomeWithout(new Set(['xgb1']))).toBeUndefined();
    const prediction = { releaseId: 'r' } as Prediction;
    const predictor = { predict: () => Promise.resolve(prediction), info: { releaseId: 'r' } };
    gate.serve(predictor as unknown as Predictor);
    expect(gate.notReadyReason).toBeUndefined();
    await expect(gate.predict(call)).resolves.toBe(prediction);
    expect(gate.info.releaseId).toBe('r');
  });
});
