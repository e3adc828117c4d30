import 'reflect-metadata';
import { promisify } from 'node:util';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Logger as NestLogger } from 'nestjs-pino';
import { packagePath } from '../../config/package-files.js';
import { sendError } from '../../errors/sent-error.js';
import type { Feedback } from '../../feedback/feedback.js';
import { readPipelineFile } from '../../releases/pipeline-file.js';
import type { ReadStatistics } from '../../statistics/snapshot-file.js';
import { metricValues } from '../../telemetry/merged-metrics.js';
import { Telemetry } from '../../telemetry/telemetry.js';
import type { GatewayOverrides } from '../config/config.module.js';
import type { LearningSource } from '../config/learning-source.js';
import { DataPlane } from '../data-plane/data-plane.js';
import { beginModels } from '../early-loads.js';
import { FEEDBACK } from '../feedback/feedback.module.js';
import { GrpcTransport } from '../grpc/grpc-transport.js';
import { Readiness } from '../prediction/readiness.js';
import { ReleaseActivator } from '../prediction/release-activator.js';
import { WorkerModule } from './worker.module.js';
import type { MainFunctions, WorkerFunctions, WorkerStart } from './worker-calls.js';

/** Functions of the application of a worker thread. */
export type ApplicationFunctions = Omit<WorkerFunctions, 'adoptTable' | 'followLearning'>;

/** What the thread has before the modules of the application are loaded. */
export interface WorkerConnections {
  readonly snapshot: ReadStatistics;
  readonly learning: LearningSource;
  readonly main: MainFunctions;
}

/**
 * Starts the application of a worker thread: everything but administration. It accepts connections when `listen` of the result is called.
 * @throws PairstreamError as startGateway
 */
export async function startWorkerApplication(
  start: WorkerStart,
  connections: WorkerConnections,
): Promise<ApplicationFunctions> {
  const { main } = connections;
  const app = await NestFactory.createApplicationContext(
    WorkerModule.forRoot(start.config, overridesOf(start, connections)),
    { logger: false, abortOnError: false },
  );
  app.useLogger(app.get(NestLogger));
  const readiness = app.get(Readiness);
  readiness.subscribe(() => main.readinessChanged(readiness.check()));
  app.get(ReleaseActivator).served.then(
    ({ info, statisticsKeyCount }) => main.serving({ info, statisticsKeyCount }),
    (error: unknown) => main.failed(sendError(error)),
  );
  return functionsOf(app);
}

function overridesOf(
  { config, seat, levels, learning: sink }: WorkerStart,
  { snapshot, learning, main }: WorkerConnections,
): GatewayOverrides {
  const pipelineFile = readPipelineFile(packagePath(config.pipeline));
  const backend = beginModels(config, pipelineFile, (line) => process.emitWarning(line));
  return {
    ...(backend === undefined ? {} : { backend }),
    begun: { pipelineFile, snapshot: Promise.resolve(snapshot) },
    ...(learning.sink === undefined || sink === undefined
      ? {}
      : { feedback: { sink: learning.sink, stateDirectory: sink.stateDirectory } }),
    worker: { seat, levels, learning, findServed: (predictionId) => main.findServed(predictionId) },
  };
}

function functionsOf(app: INestApplicationContext): ApplicationFunctions {
  const plane = app.get(DataPlane);
  const transport = app.get(GrpcTransport);
  const { registry } = app.get(Telemetry);
  const feedback = app.get<Feedback | undefined>(FEEDBACK);
  return {
    listen: promisify((callback: (error?: unknown) => void) => void transport.listen(callback)),
    listModels: () => plane.listModels(),
    loadModel: (name) => plane.loadModel(name),
    unloadModel: (name, force) => plane.unloadModel(name, force),
    listReplicas: () => plane.listReplicas(),
    drainReplica: (target, options) => plane.drainReplica(target, options),
    readmitReplica: (target) => plane.readmitReplica(target),
    drainProgress: () => plane.drainProgress(),
    startDrain: () => plane.startDrain(),
    listStreams: (afterId, limit) => plane.listStreams(afterId, limit),
    closeStream: (id) => plane.closeStream(id),
    setLogLevel: (level) => plane.setLogLevel(level),
    forgetServedRows: (user) => plane.forgetServedRows(user),
    metrics: () => metricValues(registry),
    findServed: (predictionId) => feedback?.served.find(predictionId),
    close: () => app.close(),
  };
}
