import type { Hash64 } from '../../../pairs/murmur3.js';
import { EVENT_BYTES } from '../../events/event-record.js';
import { readPairId } from '../../events/pair-record.js';

/** Most events of a message: 800 KB, below the default limit of a broker for a batch (1 MiB). */
const MAX_MESSAGE_EVENTS = 8_000;

/** Events of one partition. */
export interface PartitionMessage {
  readonly partition: number;
  /** n x EVENT_BYTES */
  readonly value: Buffer;
}

const pairId: Hash64 = { lo: 0, hi: 0 };

/**
 * Groups events by partition. All events of a pair have the same partition, so every gateway reads them in the same order. Events of a
 * partition keep their order.
 * @param appends each n x EVENT_BYTES
 * @returns messages to send one after another; each list has at most one message of a partition, so that a batch stays below the
 *   limit of the broker
 */
export function messagesOf(appends: readonly Uint8Array[], partitionCount: number): PartitionMessage[][] {
  const partitions = appends.map((events) => partitionsOf(events, partitionCount));
  const counts = new Uint32Array(partitionCount);
  for (const each of partitions) for (const partition of each) counts[partition]! += 1;
  // Not of Node's pool: the library may hold them until a request has ended.
  const runs = Array.from(counts, (count) => Buffer.allocUnsafeSlow(count * EVENT_BYTES));
  const lengths = new Uint32Array(partitionCount);
  for (const [i, events] of appends.entries()) {
    const source = Buffer.from(events.buffer, events.byteOffset, events.length);
    for (const [row, partition] of partitions[i]!.entries()) {
      source.copy(runs[partition]!, lengths[partition], row * EVENT_BYTES, (row + 1) * EVENT_BYTES);
      lengths[partition]! += EVENT_BYTES;
    }
  }
  return sendsOf(runs);
}

function partitionsOf(events: Uint8Array, partitionCount: number): Uint32Array {
  const view = new DataView(events.buffer, events.byteOffset, events.byteLength);
  const partitions = new Uint32Array(events.length / EVENT_BYTES);
  for (let row = 0; row < partitions.length; row += 1) {
    readPairId(view, row * EVENT_BYTES, pairId);
    partitions[row] = (pairId.lo >>> 0) % partitionCount;
  }
  return partitions;
}

function sendsOf(runs: readonly Buffer[]): PartitionMessage[][] {
  const step = MAX_MESSAGE_EVENTS * EVENT_BYTES;
  const sends: PartitionMessage[][] = [];
  for (let at = 0; runs.some(({ length }) => at < length); at += step) {
    sends.push(
      runs.flatMap((run, partition) =>
        at < run.length ? [{ partition, value: run.subarray(at, at + step) }] : [],
      ),
    );
  }
  return sends;
}
