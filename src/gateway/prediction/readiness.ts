import { Injectable } from '@nestjs/common';
import { ControlledBackend } from '../backend/controlled-backend.js';
import { LearningSource } from '../config/learning-source.js';
import { ServingGate } from '../../scoring/serving-gate.js';

/** Readiness of the gateway at one moment. */
export interface ReadinessState {
  readonly isReady: boolean;
  readonly releaseId?: string;
  /** Reason that the gateway is not ready. */
  readonly reason?: string;
  /**
   * If models are missing: the rung that requests are answered at, and the missing models. If feedback is refused: the reason, and
   * the statistics do not change. If a clock is far from the present: by how much.
   */
  readonly degraded?: string;
}

/** Readiness of the gateway, with the reason if it is not ready. */
@Injectable()
export class Readiness {
  private phase: 'starting' | 'listening' | 'draining' | 'stopping' = 'starting';
  private readonly listeners: (() => void)[] = [];

  constructor(
    private readonly gate: ServingGate,
    private readonly backend: ControlledBackend,
    private readonly state: LearningSource,
  ) {
    backend.subscribe(() => this.changed());
  }

  /** Calls back after every change that readiness depends on. */
  subscribe(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** The gRPC port is open. A gateway that drains already stays not ready. */
  startListening(): void {
    if (this.phase === 'starting') this.phase = 'listening';
    this.changed();
  }

  /** An operator drains the gateway; it never becomes ready again. */
  drain(): void {
    if (this.phase !== 'stopping') this.phase = 'draining';
    this.changed();
  }

  /** The gateway shuts down; it never becomes ready again. */
  stop(): void {
    this.phase = 'stopping';
    this.changed();
  }

  /** Notifies the subscribers of a change of the gate or the backend. */
  changed(): void {
    for (const listener of this.listeners) listener();
  }

  check(): ReadinessState {
    const { gate, phase } = this;
    if (phase === 'stopping') return { isReady: false, reason: 'shutting down' };
    if (phase === 'draining') return { isReady: false, reason: 'draining' };
    if (phase === 'starting') return { isReady: false, reason: 'starting' };
    if (gate.notReadyReason !== undefined) return { isReady: false, reason: gate.notReadyReason };
    const missing = this.missingModels();
    if (missing.reason !== undefined) return { isReady: false, reason: missing.reason };
    const { problem, timeProblem } = this.state;
    const parts = [missing.degraded, problem && `feedback is refused: ${problem}`, timeProblem];
    const degraded = parts.filter((part) => part !== undefined).join('; ');
    const { releaseId } = gate.info;
    return { isReady: true, releaseId, ...(degraded === '' ? {} : { degraded }) };
  }

  /** Effect of missing models: a lower rung, or a reason that the gateway is not ready. */
  private missingModels(): { readonly reason?: string; readonly degraded?: string } {
    const { outages } = this.backend;
    const [outage] = outages.values();
    if (outage === undefined) return {};
    const outcome = this.gate.outcomeWithout(new Set(outages.keys()));
    // Base rates need no model. Callers that have another gateway get better answers there.
    if (outcome === undefined || outcome.rung.baseRates !== undefined) return { reason: outage };
    if (outcome.missing.length === 0) return {};
    return { degraded: `rung ${outcome.rung.name}, missing ${outcome.missing.join(', ')}` };
  }
}
