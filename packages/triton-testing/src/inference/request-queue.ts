import type { ModelConfig, QueuePolicy } from '@pairstream/triton-client';
import { FakeTritonError } from '../fake-triton-error.js';
import { requestPrefix } from './request-checks.js';

/** A request that waits for an instance of its model. */
export interface WaitingRequest {
  readonly id: string;
  /** 1 is the highest; one that the model does not have means its default. */
  readonly priority: number;
  /** Timeout in the queue, microseconds. Used only if the model allows it, and it is shorter than the model's own. */
  readonly timeoutUs: number;
  /** Fires when the caller cancelled or its deadline passed. */
  readonly signal: AbortSignal;
  /** Runs it; the instance is taken until it resolves. Never rejects. */
  readonly run: () => Promise<void>;
  /** Ends it without a run. */
  readonly reject: (error: FakeTritonError) => void;
}

interface Entry {
  readonly request: WaitingRequest;
  readonly expiresAtMs: number;
}

/** Requests of one priority. Those that are late and may be so wait behind the others. */
interface Level {
  readonly policy: QueuePolicy | undefined;
  readonly waiting: Entry[];
  readonly delayed: Entry[];
}

const US_PER_MS = 1_000;

/**
 * Queue of a model, and the instances that run its requests. As in Triton, late and cancelled requests are detected when an instance
 * is free, and keep their places until then. Without dynamic batching there are no bounds and no timeouts.
 */
export class RequestQueue {
  private readonly levels: readonly Level[];
  private readonly defaultLevel: Level;
  private runningCount = 0;

  constructor(
    config: ModelConfig,
    private readonly instanceCount: number,
  ) {
    const levelCount = Math.max(1, config.dynamicBatching?.priorityLevels ?? 0);
    const defaultNumber = Math.max(1, config.dynamicBatching?.defaultPriorityLevel ?? 0);
    this.defaultLevel = emptyLevel(config, defaultNumber);
    this.levels = Array.from({ length: levelCount }, (_, i) =>
      i + 1 === defaultNumber ? this.defaultLevel : emptyLevel(config, i + 1),
    );
  }

  /** Requests that wait or run. */
  get size(): number {
    return this.levels.reduce((sum, level) => sum + sizeOf(level), this.runningCount);
  }

  /** Runs a request at once or lets it wait. @throws FakeTritonError UNAVAILABLE when as many wait as may */
  add(request: WaitingRequest): void {
    const level = this.levels[request.priority - 1] ?? this.defaultLevel;
    const isIdle = this.runningCount < this.instanceCount && this.size === this.runningCount;
    const { policy } = level;
    if (!isIdle && policy !== undefined && policy.maxQueueSize > 0 && sizeOf(level) >= policy.maxQueueSize)
      throw queueFull(request.id);
    level.waiting.push({ request, expiresAtMs: expiryOf(request, policy) });
    this.startNext();
  }

  private startNext(): void {
    while (this.runningCount < this.instanceCount) {
      const request = this.takeNext();
      if (request === undefined) return;
      this.runningCount += 1;
      void request.run().finally(() => {
        this.runningCount -= 1;
        this.startNext();
      });
    }
  }

  private takeNext(): WaitingRequest | undefined {
    for (const level of this.levels) {
      const request = nextOf(level);
      if (request !== undefined) return request;
    }
    return undefined;
  }
}

/** Error of a request that finds the queue full. */
export function queueFull(id: string): FakeTritonError {
  return new FakeTritonError('UNAVAILABLE', `${requestPrefix(id)}Exceeds maximum queue size`);
}

function emptyLevel({ dynamicBatching }: ModelConfig, number: number): Level {
  const own = dynamicBatching?.priorityQueuePolicy[String(number)];
  return { policy: own ?? dynamicBatching?.defaultQueuePolicy ?? undefined, waiting: [], delayed: [] };
}

function nextOf({ waiting, delayed, policy }: Level): WaitingRequest | undefined {
  for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) {
    const { request, expiresAtMs } = entry;
    if (request.signal.aborted) request.reject(new FakeTritonError('CANCELLED', 'Request cancelled'));
    else if (performance.now() <= expiresAtMs) return request;
    else if (policy?.timeoutAction === 'DELAY') delayed.push(entry);
    else request.reject(new FakeTritonError('UNAVAILABLE', 'Request timeout expired'));
  }
  return delayed.shift()?.request;
}

function expiryOf({ timeoutUs }: WaitingRequest, policy: QueuePolicy | undefined): number {
  if (policy === undefined || policy.defaultTimeoutMicroseconds === 0) return Infinity;
  const own = policy.defaultTimeoutMicroseconds;
  const isOverridden = policy.allowTimeoutOverride && timeoutUs > 0 && timeoutUs < own;
  return performance.now() + (isOverridden ? timeoutUs : own) / US_PER_MS;
}

function sizeOf({ waiting, delayed }: Level): number {
  return waiting.length + delayed.length;
}
