import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answerDifference } from '../../src/offline/bench/python-gateway/answer-difference.js';
import {
  preparePythonGateway,
  PythonGateway,
} from '../../src/offline/bench/python-gateway/python-gateway.js';
import { ROOT, SHIPPED_PIPELINE, startTestGateway } from '../support/gateway/test-gateway.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';

/** A first run downloads the locked packages. */
const LONGEST_MS = 900_000;
const ROWS = 12_000;
const MESSAGE_ROWS = 1_000;
const LARGEST_DIFFERENCE = 1e-5;

describe('bench/peers/python-gateway', () => {
  it('answers the example file as the gateway does', { timeout: LONGEST_MS }, async (context) => {
    const environment = preparePythonGateway(ROOT, join(ROOT, '.work/python-gateway'));
    if (environment === undefined && process.env['PAIRSTREAM_REQUIRE_ALL'] !== '1')
      context.skip('no Python 3.11 or newer');
    expect(environment).toBeDefined();
    const rows = await exampleRows(ROWS);
    expect(rows).toHaveLength(ROWS);
    const requests = Array.from({ length: ROWS / MESSAGE_ROWS }, (_, i) =>
      requestOf(rows.slice(i * MESSAGE_ROWS, (i + 1) * MESSAGE_ROWS)),
    );
    await using ours = await startTestGateway();
    await using theirs = await PythonGateway.start(environment!, { pipeline: SHIPPED_PIPELINE });
    expect(await answerDifference(ours.client, theirs.client, requests)).toBeLessThanOrEqual(
      LARGEST_DIFFERENCE,
    );
  });
});
