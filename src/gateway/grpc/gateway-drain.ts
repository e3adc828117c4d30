import { Injectable } from '@nestjs/common';
import { LONGEST_TIMER_MS } from '@pairstream/grpc-channel';
import { ServingGate } from '../../scoring/serving-gate.js';
import { Readiness } from '../prediction/readiness.js';
import { PairService } from './service/pair-service.js';

/** Progress of a drain. */
export interface DrainProgress {
  readonly state: 'serving' | 'draining' | 'drained';
  /** Pairs in flight. */
  readonly inFlightPairs: number;
  /** Open streams. */
  readonly streamCount: number;
  /** Time that the drain started (ISO 8601); null if it did not. */
  readonly startedAt: string | null;
}

/**
 * Takes the gateway out of service while its process runs on: not ready, new requests are refused with SHUTTING_DOWN, requests in
 * flight are answered, and streams end.
 */
@Injectable()
export class GatewayDrain {
  private startedAt: Date | undefined;
  private isOver = false;

  constructor(
    private readonly gate: ServingGate,
    private readonly readiness: Readiness,
    private readonly service: PairService,
  ) {}

  get progress(): DrainProgress {
    const { startedAt, isOver, gate, service } = this;
    const started = isOver ? 'drained' : 'draining';
    return {
      state: startedAt === undefined ? 'serving' : started,
      inFlightPairs: gate.current?.inFlightPairCount ?? 0,
      streamCount: service.streamCount,
      startedAt: startedAt?.toISOString() ?? null,
    };
  }

  /** Starts the drain. A second call changes nothing. */
  start(): void {
    if (this.startedAt !== undefined) return;
    this.startedAt = new Date();
    this.readiness.drain();
    void this.finish();
  }

  private async finish(): Promise<void> {
    await this.gate.drain(LONGEST_TIMER_MS);
    await this.service.finishStreams();
    this.isOver = true;
  }
}
