import { Injectable } from '@nestjs/common';
import type { ReplicaControl, ReplicaState } from '../../backends/backend.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { shownField } from '../../errors/shown-field.js';
import type { Hash64 } from '../../pairs/murmur3.js';
import type { PredictorInfo } from '../../scoring/predictor.js';
import { ServingGate } from '../../scoring/serving-gate.js';
import { Telemetry } from '../../telemetry/telemetry.js';
import { ControlledBackend, type ModelReport } from '../backend/controlled-backend.js';
import { ServedFeatures } from '../feedback/served-features.js';
import { type DrainProgress, GatewayDrain } from '../grpc/gateway-drain.js';
import { type OpenStream, PairService } from '../grpc/service/pair-service.js';
import { Readiness, type ReadinessState } from '../prediction/readiness.js';
import { LogLevel } from '../telemetry/log-level.js';
import { AnswerGuard } from './answer-guard.js';
import { DataPlane, type ReplicaDrainOptions, type StreamPage } from './data-plane.js';

/** The data plane of this thread. */
@Injectable()
export class LocalDataPlane extends DataPlane {
  constructor(
    private readonly backend: ControlledBackend,
    private readonly gate: ServingGate,
    private readonly guard: AnswerGuard,
    private readonly ready: Readiness,
    private readonly service: PairService,
    private readonly gatewayDrain: GatewayDrain,
    private readonly logLevel: LogLevel,
    private readonly telemetry: Telemetry,
    private readonly features: ServedFeatures,
  ) {
    super();
  }

  get backendName(): string {
    return this.backend.name;
  }

  get readiness(): ReadinessState {
    return this.ready.check();
  }

  get release(): PredictorInfo | undefined {
    return this.gate.notReadyReason === undefined ? this.gate.info : undefined;
  }

  async metrics(): Promise<string> {
    return await this.telemetry.registry.metrics();
  }

  listModels(): Promise<readonly ModelReport[]> {
    return Promise.resolve(this.backend.reports);
  }

  async loadModel(name: string): Promise<void> {
    await this.backend.loadModel(name);
  }

  async unloadModel(name: string, force: boolean): Promise<void> {
    if (!force) this.guard.checkWithout([name], `unload of ${name}`);
    await this.backend.unloadModel(name);
  }

  listReplicas(): Promise<readonly ReplicaState[]> {
    return Promise.resolve(this.backend.describe());
  }

  async drainReplica(target: string, { force, timeoutMs }: ReplicaDrainOptions): Promise<ReplicaState> {
    const control = this.control(target);
    if (!force) this.guard.checkWithout(control.outagesWithout(target).keys(), `drain of ${target}`);
    return await control.drain(target, timeoutMs);
  }

  async readmitReplica(target: string): Promise<ReplicaState> {
    return await this.control(target).readmit(target);
  }

  drainProgress(): Promise<DrainProgress> {
    return Promise.resolve(this.gatewayDrain.progress);
  }

  startDrain(): Promise<DrainProgress> {
    this.gatewayDrain.start();
    return this.drainProgress();
  }

  listStreams(afterId: number, limit: number): Promise<StreamPage> {
    const { service } = this;
    return Promise.resolve({
      streamCount: service.streamCount,
      streams: service.listStreams(afterId, limit),
    });
  }

  async closeStream(id: number): Promise<OpenStream> {
    return await Promise.resolve(this.service.closeStream(id));
  }

  setLogLevel(level: string): Promise<void> {
    this.logLevel.change(level);
    return Promise.resolve();
  }

  async forgetServedRows(user: Hash64): Promise<number> {
    return await this.features.forget(user);
  }

  private control(target: string): ReplicaControl {
    const { replicaControl } = this.backend;
    if (replicaControl !== undefined) return replicaControl;
    const message = `replica: ${shownField(target)}, the embedded backend has no replicas`;
    throw new PairstreamError('NOT_FOUND', message, { field: 'replica' });
  }
}
