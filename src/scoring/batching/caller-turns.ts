import { BatchJob, type BatchWork } from './batch-job.js';
import { CallerQueue, type Part } from './caller-queue.js';
import { CallerRing } from './caller-ring.js';

/**
 * Rows of a caller's turn while others wait: a usual message is written in one or two turns, and each caller ahead delays a call by
 * the time of as many rows.
 */
const QUANTUM_ROWS = 128;
/** Most callers that a search for one that may write passes over. */
const MOST_PASSED = 64;

/** Room of a slot, in rows. */
interface TurnRoom {
  /** First free row. */
  readonly batchRow: number;
  readonly leftRows: number;
  /** Rows after which a call ends its turn. */
  readonly turnRows: number;
}

/**
 * The waiting calls of all callers, which share the rows of a slot by deficit round-robin (M. Shreedhar and G. Varghese, "Efficient
 * fair queueing using deficit round-robin", SIGCOMM 1995). On its turn a caller gets a quantum of rows; the turn ends when the rows
 * are written or the caller has no more. A turn that a full slot cuts off goes on in the next slot. The paper carries the rest of a
 * quantum over because packets are indivisible; rows are not, so that only the end of a slot leaves a rest. A caller without waiting
 * rows leaves the ring with its rest, and costs no memory. A turn costs the same time, however many callers wait.
 */
export class CallerTurns<S> {
  /** Rows that wait, over all callers. */
  rowCount = 0;
  private readonly ring = new CallerRing<CallerQueue<S>>();
  /** The queues of the ring, by caller. */
  private readonly queues = new Map<string, CallerQueue<S>>();

  /**
   * @param maxBatchRows rows of a full slot
   * @param onChange called after every change of `rowCount`
   */
  constructor(
    private readonly maxBatchRows: number,
    private readonly onChange: () => void,
  ) {}

  /** Number of callers with waiting rows. */
  get callerCount(): number {
    return this.queues.size;
  }

  /** Adds the rows of a call. */
  add(work: BatchWork<S>): BatchJob<S> {
    const { caller = '' } = work;
    const queue = this.queues.get(caller) ?? this.open(caller);
    const job = new BatchJob(work, () => {
      queue.forget(job);
      this.removeIfEmpty(queue);
    });
    queue.add(job);
    return job;
  }

  /**
   * Most rows that are written before a call that would arrive now. A large call of the same caller counts with the rows that it writes
   * before the new call has had its turns, and another caller with as many turns as the rows of this caller need.
   */
  rowsAhead(rowCount: number, caller: string): number {
    const queue = this.queues.get(caller);
    const turnCount = Math.ceil(rowCount / this.mostTurnRows);
    const ownRows = queue === undefined ? 0 : Math.min(queue.rowCount, turnCount * queue.turnRowCount);
    const otherRows = this.rowCount - (queue?.rowCount ?? 0);
    const otherCount = this.queues.size - (queue === undefined ? 0 : 1);
    const quantum = quantumOf(this.mostTurnRows);
    return ownRows + Math.min(otherRows, otherCount * quantum * Math.ceil((ownRows + rowCount) / quantum));
  }

  /**
   * Lets callers write their rows by turns.
   * @param mostRows most rows that are written, 1 or more
   * @param mayWrite false for callers that are passed over. Default: none is
   */
  writeInto(slot: S, mostRows: number, mayWrite: (caller: string) => boolean = everyone): Part<S>[] {
    const parts: Part<S>[] = [];
    const turnRows = Math.min(this.mostTurnRows, Math.ceil(mostRows / 2));
    let batchRow = 0;
    while (batchRow < mostRows) {
      const queue = this.passTo(mayWrite);
      if (queue === undefined) break;
      batchRow += this.takeTurn(queue, slot, { batchRow, leftRows: mostRows - batchRow, turnRows }, parts);
    }
    return parts;
  }

  /** True if a caller may write: of many callers, one of the first 64. */
  hasWriter(mayWrite: (caller: string) => boolean): boolean {
    return this.passTo(mayWrite) !== undefined;
  }

  /** Ends turns until a caller may write. @returns its queue; undefined if none of the first callers may */
  private passTo(mayWrite: (caller: string) => boolean): CallerQueue<S> | undefined {
    for (let left = Math.min(this.ring.count, MOST_PASSED); left > 0; left -= 1) {
      const { first } = this.ring;
      if (first === undefined || mayWrite(first.caller)) return first;
      this.ring.rotate();
    }
    return undefined;
  }

  /** Lets the first caller write. @returns rows written */
  private takeTurn(queue: CallerQueue<S>, slot: S, room: TurnRoom, parts: Part<S>[]): number {
    const { batchRow, leftRows, turnRows } = room;
    // A caller alone has the whole slot.
    if (this.ring.count === 1) queue.deficit = leftRows;
    else if (queue.deficit === 0) queue.deficit = quantumOf(turnRows);
    const written = queue.write(slot, batchRow, Math.min(queue.deficit, leftRows), turnRows, parts);
    queue.deficit -= written;
    this.removeIfEmpty(queue);
    if (this.ring.first === queue && queue.deficit === 0) this.ring.rotate();
    return written;
  }

  /** The calls that wait; settled ones may be among them. */
  *jobs(): Generator<BatchJob<S>> {
    for (const queue of this.ring) yield* queue;
  }

  /** Rows that a call may write on its turn while others of its caller wait. */
  private get mostTurnRows(): number {
    return Math.ceil(this.maxBatchRows / 2);
  }

  private open(caller: string): CallerQueue<S> {
    const queue = new CallerQueue<S>(caller, this.mostTurnRows, (change) => {
      this.rowCount += change;
      this.onChange();
    });
    this.queues.set(caller, queue);
    this.ring.append(queue);
    return queue;
  }

  private removeIfEmpty(queue: CallerQueue<S>): void {
    if (queue.rowCount > 0 || this.queues.get(queue.caller) !== queue) return;
    this.ring.remove(queue);
    this.queues.delete(queue.caller);
  }
}

const everyone = (): boolean => true;

/** Rows of a caller's turn. @param turnRows rows of a call's turn */
function quantumOf(turnRows: number): number {
  return Math.min(QUANTUM_ROWS, turnRows);
}
