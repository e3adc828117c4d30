import type { Logger } from 'pino';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const MS_PER_S = 1_000;

/** Metrics and log lines about the Triton servers of a gateway. */
export class TritonTelemetry {
  private readonly serving: Gauge;
  private readonly shared: Gauge;
  private readonly pending: Gauge;
  private readonly messageMemory: Gauge;
  private readonly calls: Histogram;
  private readonly ejections: Counter;
  private readonly readmissions: Counter;
  private readonly reloads: Counter;
  private readonly hedges: Counter;
  private readonly wonHedges: Counter;
  private readonly regions: Gauge;
  private readonly regionBytes: Gauge;
  private readonly refusals: Counter;
  /** Models in service, as "target model". */
  private readonly inService = new Set<string>();
  /** Models that were ejected, as "target model". */
  private readonly ejected = new Set<string>();

  constructor(
    registry: Registry,
    private readonly logger: Logger,
    maxSharedMemoryBytes: number,
  ) {
    const registers = [registry];
    const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
      new Gauge({ name: `pairstream_triton_${name}`, help, labelNames, registers });
    const counter = (name: string, help: string, labelNames: string[] = []): Counter =>
      new Counter({ name: `pairstream_triton_${name}`, help, labelNames, registers });
    this.serving = gauge('model_serving', '1 if a model is in service on a server, else 0', [
      'target',
      'model',
    ]);
    this.shared = gauge('shared_memory_used', '1 if tensors go to a server through shared memory, else 0', [
      'target',
    ]);
    this.pending = gauge('pending_rows', 'Rows in flight on a server', ['target']);
    this.messageMemory = gauge(
      'message_memory_bytes',
      'Bytes of buffers kept for reuse by requests and responses of a server; 67,108,864 at most',
      ['target'],
    );
    this.ejections = counter('ejections_total', 'Number of times that a model was ejected on a server', [
      'target',
      'model',
    ]);
    this.readmissions = counter(
      'readmissions_total',
      'Number of times that an ejected model was readmitted on a server, after its golden rows',
      ['target', 'model'],
    );
    this.reloads = counter(
      'reloads_total',
      'Reloads of failing models on a server by outcome: ok or failed',
      ['target', 'model', 'outcome'],
    );
    this.hedges = counter('hedges_total', 'Late calls of a model that were sent to a second server', [
      'model',
    ]);
    this.wonHedges = counter(
      'hedges_won_total',
      'Late calls of a model that the second server answered first',
      ['model'],
    );
    this.regions = gauge('shared_memory_regions', 'Regions of shared memory');
    this.regionBytes = gauge('shared_memory_bytes', 'Bytes of all regions of shared memory');
    this.refusals = counter('shared_memory_refusals_total', 'Regions that could not be created');
    gauge('shared_memory_bytes_limit', 'Bound of shared_memory_bytes').set(maxSharedMemoryBytes);
    this.calls = new Histogram({
      name: 'pairstream_triton_call_seconds',
      help: 'Time of calls by server, model and outcome (ok, or the kind of failure)',
      labelNames: ['target', 'model', 'outcome'],
      buckets: SECONDS,
      registers,
    });
  }

  replicaModelChanged(target: string, model: string, outage: string | undefined): void {
    this.serving.set({ target, model }, outage === undefined ? 1 : 0);
    const key = `${target} ${model}`;
    if (outage === undefined) this.admitted(target, model, key);
    else if (this.inService.delete(key)) {
      this.ejected.add(key);
      this.ejections.inc({ target, model });
      this.logger.warn({ target, model, outage }, 'a model was ejected on a Triton server');
    } else this.logger.warn({ target, model, outage }, 'a Triton server does not serve a model');
  }

  replicaModelReloaded(target: string, model: string, failure: string | undefined): void {
    this.reloads.inc({ target, model, outcome: failure === undefined ? 'ok' : 'failed' });
    if (failure === undefined)
      this.logger.warn({ target, model }, 'a failing model was reloaded on a Triton server');
    else
      this.logger.error(
        { target, model, failure },
        'a failing model could not be reloaded on a Triton server',
      );
  }

  hedgeSent(model: string): void {
    this.hedges.inc({ model });
  }

  hedgeWon(model: string): void {
    this.wonHedges.inc({ model });
  }

  replicaModelDoubted(target: string, model: string, warnings: readonly string[]): void {
    this.logger.warn({ target, model, warnings }, 'the configuration of a model has problems');
  }

  replicaConnected(target: string, transport: 'shared_memory' | 'grpc', refusal: string | undefined): void {
    this.shared.set({ target }, transport === 'shared_memory' ? 1 : 0);
    const reason = refusal === undefined ? {} : { sharedMemory: refusal };
    this.logger.info({ target, transport, ...reason }, 'a Triton server is reached');
  }

  replicaCalled(target: string, model: string, outcome: string, elapsedMs: number): void {
    this.calls.observe({ target, model, outcome }, elapsedMs / MS_PER_S);
  }

  /** Removes the metrics of a server that is no longer used. */
  replicaGone(target: string): void {
    for (const metric of [
      this.serving,
      this.shared,
      this.pending,
      this.messageMemory,
      this.ejections,
      this.readmissions,
      this.reloads,
      this.calls,
    ])
      void forget(metric, target);
    for (const keys of [this.inService, this.ejected])
      for (const key of keys) if (key.startsWith(`${target} `)) keys.delete(key);
  }

  replicaPending(target: string, rowCount: number): void {
    this.pending.set({ target }, rowCount);
  }

  replicaMemoryKept(target: string, byteLength: number): void {
    this.messageMemory.set({ target }, byteLength);
  }

  sharedMemoryChanged(regionCount: number, byteLength: number): void {
    this.regions.set(regionCount);
    this.regionBytes.set(byteLength);
  }

  sharedMemoryRefused(reason: string): void {
    this.refusals.inc();
    this.logger.warn({ reason }, 'no more shared memory: tensors go by gRPC');
  }

  private admitted(target: string, model: string, key: string): void {
    this.inService.add(key);
    if (!this.ejected.delete(key)) {
      this.logger.info({ target, model }, 'a Triton server serves a model');
      return;
    }
    this.readmissions.inc({ target, model });
    this.logger.info({ target, model }, 'a model was readmitted on a Triton server');
  }
}

async function forget(metric: Gauge | Counter | Histogram, target: string): Promise<void> {
  const { values } = await metric.get();
  for (const { labels } of values) {
    if (labels['target'] !== target) continue;
    const own = Object.entries(labels).filter(([name]) => name !== 'le');
    metric.remove(Object.fromEntries(own.map(([name, value]) => [name, String(value)])));
  }
}
