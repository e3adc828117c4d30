import { beforeAll, describe, expect, it } from 'vitest';
import { PAIRSTREAM_MESSAGES } from '@pairstream/client/wire';
import { encodeMessageFields } from '../../src/loadtest/messages/message-fields.js';
import { MessagePool } from '../../src/loadtest/messages/message-pool.js';
import { seededRandom } from '../../src/loadtest/seeded-random.js';
import type { PartRow } from '../../src/pairs/part-row.js';
import { exampleRows } from '../support/requests/example-rows.js';

const decode = (bytes: Uint8Array) => PAIRSTREAM_MESSAGES.decode('pairstream.v1.PredictRequest', bytes);
let rows: PartRow[];
beforeAll(async () => {
  rows = await exampleRows(60);
});

describe('MessagePool', () => {
  it('has messages of each size, by their shares', () => {
    const mix = [
      { pairCount: 5, share: 0.75 },
      { pairCount: 20, share: 0.25 },
    ];
    const pool = MessagePool.of(rows, mix);
    const random = seededRandom(1);
    const messages = Array.from({ length: 2_000 }, () => pool.next(random));
    for (const { pairCount, bytes } of messages.slice(0, 20))
      expect(decode(bytes).pairs?.tweetIndex).toHaveLength(pairCount);
    expect(messages.filter(({ pairCount }) => pairCount === 5).length / 2_000).toBeCloseTo(0.75, 1);
    // 60 rows make 12 and 3 messages, which take turns.
    expect(new Set(messages.map(({ bytes }) => bytes)).size).toBe(15);
  });

  it('repeats rows for messages that are larger than the file', () => {
    const { bytes } = MessagePool.of(rows.slice(0, 7), [{ pairCount: 50, share: 1 }]).next(seededRandom(1));
    expect(decode(bytes).pairs?.tweetIndex).toHaveLength(50);
  });

  it('has messages of one reader', () => {
    const { bytes } = MessagePool.of(rows, [{ pairCount: 10, share: 1 }], true).next(seededRandom(1));
    const { pairs } = decode(bytes);
    expect(new Set(pairs?.readerIndex)).toHaveProperty('size', 1);
    expect(new Set(pairs?.tweetIndex)).toHaveProperty('size', 10);
  });

  it('sets sequence and timeout of a message behind its end', () => {
    const { bytes } = MessagePool.of(rows, [{ pairCount: 2, share: 1 }]).next(seededRandom(1));
    expect(decode(bytes)).toMatchObject({ sequence: 0, timeoutMs: 0 });
    expect(decode(Buffer.concat([bytes, encodeMessageFields(70_000, 12.2)]))).toMatchObject({
      sequence: 70_000,
      timeoutMs: 13,
    });
    expect(decode(Buffer.concat([bytes, encodeMessageFields(3, undefined)]))).toMatchObject({
      sequence: 3,
      timeoutMs: 0,
    });
  });
});
