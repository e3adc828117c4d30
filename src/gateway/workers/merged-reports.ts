import type { ReplicaState } from '../../backends/backend.js';
import type { ModelReport } from '../backend/controlled-backend.js';
import type { StreamPage } from '../data-plane/data-plane.js';
import type { DrainProgress } from '../grpc/gateway-drain.js';
import type { ReadinessState } from '../prediction/readiness.js';

/** Models as all workers have them: loaded if every worker has it, with the memory of all. Empty without workers. */
export function mergeModels(workers: readonly (readonly ModelReport[])[]): ModelReport[] {
  const [first = []] = workers;
  return first.map(({ metadata }) => {
    const reports = workers.flatMap((models) =>
      models.filter((model) => model.metadata.name === metadata.name),
    );
    const memoryBytes = reports.map((report) => report.metadata.memoryBytes);
    const total = memoryBytes.reduce((sum, bytes) => (sum ?? 0) + (bytes ?? 0), 0);
    const isKnown = memoryBytes.every((bytes) => bytes !== undefined);
    return {
      metadata: { ...metadata, ...(isKnown && total !== undefined ? { memoryBytes: total } : {}) },
      isLoaded: reports.every(({ isLoaded }) => isLoaded),
      outage: reports.find(({ outage }) => outage !== undefined)?.outage,
    };
  });
}

/** Servers as all workers see them: a model of a server gets calls if every worker sends them. */
export function mergeReplicas(workers: readonly (readonly ReplicaState[])[]): ReplicaState[] {
  const byTarget = Map.groupBy(workers.flat(), ({ target }) => target);
  return [...byTarget.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : mergeReplica(first, others),
  );
}

/** One server as all workers see it. */
export function mergeReplica(first: ReplicaState, others: readonly ReplicaState[]): ReplicaState {
  const states = [first, ...others];
  const models: Record<string, string | null> = {};
  for (const state of states)
    for (const [name, reason] of Object.entries(state.models)) models[name] ??= reason;
  return {
    ...first,
    transport: states.every(({ transport }) => transport === 'shared_memory') ? 'shared_memory' : 'grpc',
    pendingRows: states.reduce((sum, { pendingRows }) => sum + pendingRows, 0),
    isDrained: states.some(({ isDrained }) => isDrained),
    models,
  };
}

/** Progress of a drain of all workers: drained when every worker is. */
export function mergeDrains(first: DrainProgress, others: readonly DrainProgress[]): DrainProgress {
  const workers = [first, ...others];
  const states = new Set(workers.map(({ state }) => state));
  const startedAt = workers.flatMap((worker) => worker.startedAt ?? []).toSorted()[0] ?? null;
  const state = states.size === 1 ? first.state : 'draining';
  return {
    state,
    inFlightPairs: workers.reduce((sum, { inFlightPairs }) => sum + inFlightPairs, 0),
    streamCount: workers.reduce((sum, { streamCount }) => sum + streamCount, 0),
    startedAt,
  };
}

/** A page of the streams of all workers, by ascending id. */
export function mergeStreams(workers: readonly StreamPage[], limit: number): StreamPage {
  return {
    streamCount: workers.reduce((sum, { streamCount }) => sum + streamCount, 0),
    streams: workers
      .flatMap(({ streams }) => streams)
      .toSorted((a, b) => a.id - b.id)
      .slice(0, limit),
  };
}

/** What readiness of a gateway depends on beside its workers. */
export interface SharedReadiness {
  /** Number of workers that should run. */
  readonly workerCount: number;
  /** Reasons of degraded answers or refused feedback that hold for all workers. */
  readonly problems: readonly (string | undefined)[];
}

/** Readiness of a gateway: ready while every running worker is. */
export function mergeReadiness(
  workers: readonly ReadinessState[],
  { workerCount, problems }: SharedReadiness,
): ReadinessState {
  if (workers.length === 0) return { isReady: false, reason: 'no worker thread runs' };
  const waiting = workers.find(({ isReady }) => !isReady);
  if (waiting !== undefined) return waiting;
  const missing =
    workers.length < workerCount ? `${workers.length} of ${workerCount} worker threads run` : undefined;
  const parts = [...new Set(workers.map((worker) => worker.degraded)), missing, ...problems];
  const degraded = parts.filter((part) => part !== undefined).join('; ');
  const releaseId = workers[0]?.releaseId;
  return {
    isReady: true,
    ...(releaseId === undefined ? {} : { releaseId }),
    ...(degraded === '' ? {} : { degraded }),
  };
}
