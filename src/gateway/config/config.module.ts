import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { ServedEntry } from '../../feedback/tokens/served-pairs.js';
import type { LearningSource } from './learning-source.js';
import { allocateLevels, type LevelMemory, levelsOf } from '../../concurrency/process-levels.js';
import { ONLY_SEAT, type WorkerSeat } from '../../concurrency/worker-seat.js';
import type { Logger } from 'pino';
import type { Backend } from '../../backends/backend.js';
import type { Config } from '../../config/config.js';
import type { PipelineFile } from '../../releases/pipeline-file.js';
import type { FeedbackSink } from '../../feedback/feedback-sink.js';
import type { ReadStatistics } from '../../statistics/snapshot-file.js';

/** Injection token of the Config. */
export const CONFIG = Symbol('CONFIG');

/** Injection token of the GatewayOverrides. */
export const OVERRIDES = Symbol('OVERRIDES');

/** Injection token of the WorkerSeat. */
export const WORKER_SEAT = Symbol('WORKER_SEAT');

/** Injection token of the ProcessLevels. */
export const PROCESS_LEVELS = Symbol('PROCESS_LEVELS');

/** Files of a release whose reading has begun. */
export interface BegunFiles {
  readonly pipelineFile: PipelineFile;
  readonly snapshot: Promise<ReadStatistics>;
}

/** Parts of a gateway that a caller may replace when it starts one from code. */
export interface GatewayOverrides {
  /** Default: the backend that the settings name. The gateway closes it. */
  readonly backend?: Backend;
  /** Files of the release whose reading has begun. Default: they are read from the path of the settings. */
  readonly begun?: BegunFiles;
  /** Log of the gateway. Default: createLogger at the level of the settings. */
  readonly logger?: Logger;
  /** Environment that the settings were loaded from, to tell the source of each. Default: an empty one. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** See ReleaseOptions. Default true. */
  readonly checksGoldenRows?: boolean;
  /** Takes the events of feedback. Default: the gateway takes no feedback. */
  readonly feedback?: FeedbackOverride;
  /** Set in a worker thread. Default: the gateway serves on this thread alone. */
  readonly worker?: WorkerParts;
}

/** What a worker thread shares with the other threads of its gateway. */
export interface WorkerParts {
  readonly seat: WorkerSeat;
  readonly levels: LevelMemory;
  /** Follows the statistics that the main thread learns. */
  readonly learning: LearningSource;
  /** Finds the pairs of a prediction of another worker thread; undefined if none remembers it. */
  readonly findServed: (predictionId: Uint8Array) => Promise<ServedEntry | undefined>;
}

/** Feedback into a sink of the caller. */
export interface FeedbackOverride {
  readonly sink: FeedbackSink;
  /** Folder that the keys of tokens are kept in. */
  readonly stateDirectory: string;
  /** Memory of the served-pair log. Default: 64 MiB. */
  readonly maxServedPairsBytes?: number;
}

/** Provides the validated settings to every module. */
@Global()
@Module({})
export class ConfigModule {
  static forRoot(config: Config, overrides: GatewayOverrides = {}): DynamicModule {
    const { seat = ONLY_SEAT, levels } = overrides.worker ?? {};
    return {
      module: ConfigModule,
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: OVERRIDES, useValue: overrides },
        { provide: WORKER_SEAT, useValue: seat },
        { provide: PROCESS_LEVELS, useValue: levelsOf(levels ?? allocateLevels(1), seat.index) },
      ],
      exports: [CONFIG, OVERRIDES, WORKER_SEAT, PROCESS_LEVELS],
    };
  }
}
