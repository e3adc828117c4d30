import { Counter, Gauge, type Registry } from 'prom-client';

/** Reasons of refused calls. */
export type CallRefusal = 'headers' | 'calls' | 'messages' | 'memory' | 'unread';

/** Current values and their bounds, read when metrics are collected. */
export interface IngressLevels {
  readonly bufferedBytes: () => number;
  readonly bufferedBytesLimit: number;
  readonly unreadBytes: () => number;
  readonly connectionCount: () => number;
  readonly connectionLimit: number;
  readonly callerCount: () => number;
  readonly callerLimit: number;
}

/** Metrics of gRPC connections, and of calls that are refused before their message is decoded. */
export class IngressTelemetry {
  private readonly refusals: Counter;
  private readonly dropped: Counter;

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    this.refusals = new Counter({
      name: 'pairstream_refused_calls_total',
      help: 'Calls refused by reason: headers, calls (40,000 are open), messages (frames, sizes, compression), memory (buffered_message_bytes at its bound), unread (reset because unread_answer_bytes was at the same bound)',
      labelNames: ['reason'],
      registers,
    });
    this.dropped = new Counter({
      name: 'pairstream_dropped_grpc_connections_total',
      help: 'gRPC connections closed because grpc_connections was at its bound: the oldest without an open call, else the new one',
      registers,
    });
  }

  /** Adds the gauges. Call once. */
  watch({
    bufferedBytes,
    bufferedBytesLimit,
    unreadBytes,
    connectionCount,
    connectionLimit,
    callerCount,
    callerLimit,
  }: IngressLevels): void {
    this.gauge('buffered_message_bytes', 'Bytes of received messages in memory', bufferedBytes);
    this.gauge(
      'buffered_message_bytes_limit',
      'Bound of buffered_message_bytes',
      () => bufferedBytesLimit,
      'max',
    );
    this.gauge('unread_answer_bytes', 'Bytes of answers that callers have not read', unreadBytes);
    this.gauge('grpc_connections', 'Open gRPC connections', connectionCount);
    this.gauge('grpc_connections_limit', 'Bound of grpc_connections', () => connectionLimit, 'max');
    this.gauge(
      'callers',
      'Callers with open calls, by their addresses or PAIRSTREAM_CALLER_HEADER',
      callerCount,
    );
    this.gauge(
      'callers_limit',
      'Bound of callers in one worker thread; further callers count as one',
      () => callerLimit,
      'max',
    );
  }

  callRefused(reason: CallRefusal): void {
    this.refusals.inc({ reason });
  }

  connectionDropped(): void {
    this.dropped.inc();
  }

  private gauge(name: string, help: string, read: () => number, aggregator: 'sum' | 'max' = 'sum'): void {
    const gauge = new Gauge({
      name: `pairstream_${name}`,
      help,
      aggregator,
      registers: [],
      collect() {
        this.set(read());
      },
    });
    this.registry.registerMetric(gauge);
  }
}
