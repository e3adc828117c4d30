// The state thread. LiveStatistics starts it, with StateThreadData.
import { parentPort, workerData } from 'node:worker_threads';
import { sendError } from '../../errors/sent-error.js';
import type { StatisticsStore } from '../../statistics/statistics-store.js';
import { LagTime } from './lag-time.js';
import { openState, type OpenState } from './open-state.js';
import { StateGauges } from './state-gauges.js';
import {
  type StateReply,
  type StateRequest,
  type StateResult,
  type StateThreadData,
} from './state-messages.js';

/** Time between updates of the gauges while nothing happens, milliseconds. */
const GAUGES_INTERVAL_MS = 250;

const port = parentPort!;
const { settings, gauges: gaugesBuffer }: StateThreadData = workerData;
const gauges = new StateGauges(gaugesBuffer);
const lagTime = new LagTime();

function post(reply: StateReply): void {
  port.postMessage(reply);
}

/** Ends the thread after its messages are sent. */
function end(error: unknown): void {
  post({ kind: 'ended', error: sendError(error) });
  port.close();
  // A log or a snapshot may still hold the thread.
  setImmediate(() => process.exit(1));
}

function updateGauges(open: OpenState): void {
  const { state, learned, log } = open;
  const { usedBytes, tables } = state.store.state;
  updateFreshness(open);
  gauges.set({
    seenPairCount: learned.seen.pairCount,
    maxSeenPairCount: settings.maxSeenPairCount,
    statisticsBytes: usedBytes,
    maxStatisticsBytes: settings.maxStatisticsBytes,
    evictedKeyCount: tables.reduce((sum, { evictedCount }) => sum + evictedCount, 0),
    logBytes: log.state.diskBytes,
    maxLogBytes: log.state.maxDiskBytes,
    logAway: Number(log.state.isAway),
    skippedMessageCount: log.state.skippedMessageCount,
    snapshotCount: state.snapshotCounts.writtenCount,
    failedSnapshotCount: state.snapshotCounts.failedCount,
    snapshotAtMs: state.snapshotCounts.newest?.atMs ?? 0,
    snapshotBytes: state.snapshotCounts.newest?.byteCount ?? 0,
    snapshotDurationMs: state.snapshotCounts.newest?.durationMs ?? 0,
    lagMs: lagTime.observe(state.deliveredCount, lagCountOf(open), performance.now()),
    eventsBehindCount: state.behindCount,
  });
}

/** Updates the gauges that answers carry. */
function updateFreshness(open: OpenState): void {
  const { applier } = open.learned;
  gauges.set({
    ...applier.counts,
    newestEventS: applier.watermarkS,
    lagCount: lagCountOf(open),
  });
}

function lagCountOf({ state, log }: OpenState): number {
  return Math.max(log.state.lagCount, state.pendingCount);
}

function serve(open: OpenState): void {
  const { state, log } = open;
  const timers = [
    setInterval(() => void state.snapshot(), settings.snapshotIntervalMs),
    setInterval(() => updateGauges(open), GAUGES_INTERVAL_MS),
  ];
  state.failure.catch(end);
  const close = async (): Promise<boolean> => {
    timers.forEach((timer) => clearInterval(timer));
    await state.close();
    await log.close();
    return true;
  };
  const run = async (request: StateRequest): Promise<StateResult> => {
    if (request.kind === 'submit') return await state.submit(request.events);
    if (request.kind === 'snapshot') return await state.snapshot();
    if (request.kind === 'forget') return await state.forget(request.user);
    return await close();
  };
  const answer = async (request: StateRequest): Promise<StateReply> => {
    const { call } = request;
    try {
      const result = await run(request);
      if (request.kind === 'submit') updateFreshness(open);
      else updateGauges(open);
      return { kind: 'result', call, result };
    } catch (error) {
      return { kind: 'failed', call, error: sendError(error) };
    }
  };
  port.on('message', (request: StateRequest) => void answer(request).then(post));
  updateGauges(open);
}

function buffersOf({ tables }: StatisticsStore): { name: string; buffer: SharedArrayBuffer }[] {
  return tables.map(({ name, sharedBuffer }) => ({ name, buffer: sharedBuffer }));
}

async function start(): Promise<void> {
  let isPublished = false;
  let progress: NodeJS.Timeout | undefined;
  const open = await openState(settings, {
    publish: (name, buffer) => {
      if (isPublished) post({ kind: 'table', name, buffer });
    },
    warn: (line) => post({ kind: 'warning', line }),
    onUnreachable: (problem, { applier, store }) => {
      gauges.set({ ...applier.counts, newestEventS: applier.watermarkS, logAway: 1 });
      isPublished = true;
      post({ kind: 'waiting', error: sendError(problem), tables: buffersOf(store) });
    },
    onLogOpen: (log) => {
      const update = (): void => gauges.set({ lagCount: log.state.lagCount });
      progress = setInterval(update, GAUGES_INTERVAL_MS);
    },
  });
  clearInterval(progress);
  serve(open);
  isPublished = true;
  post({ kind: 'ready', tables: buffersOf(open.state.store) });
}

start().catch(end);
