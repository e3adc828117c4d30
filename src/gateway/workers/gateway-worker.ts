// A worker thread of a gateway. WorkerThread starts it, with WorkerStart.
import { parentPort, workerData } from 'node:worker_threads';
import { Heartbeat } from '../../concurrency/heartbeat.js';
import { connectThread } from '../../concurrency/thread-calls.js';
import { sendError } from '../../errors/sent-error.js';
import { receiveSnapshot } from '../../statistics/posted-snapshot.js';
import { LearningFollower } from './learning-follower.js';
import type { MainFunctions, WorkerFunctions, WorkerStart } from './worker-calls.js';

const port = parentPort;
if (port === null) throw new Error('gateway-worker is a thread of a gateway');
const start: WorkerStart = workerData;
new Heartbeat(start.heartbeat).start(start.config.maxWorkerBlockMs);
const snapshot = receiveSnapshot(start.snapshot);
/** Grows when the application has started. The main thread calls the others only then. */
const functions: Partial<WorkerFunctions> = {};
const main = connectThread<MainFunctions, Partial<WorkerFunctions>>(port, functions);
const learning = new LearningFollower(snapshot.tables, main, start.learning);
functions.adoptTable = (name, buffer) => learning.adoptTable(name, buffer);
functions.followLearning = (progress) => learning.follow(progress);
learning.follow(start.progress);

try {
  const { startWorkerApplication } = await import('./worker-application.js');
  Object.assign(functions, await startWorkerApplication(start, { snapshot, learning, main }));
  await main.created();
} catch (error) {
  await main.failed(sendError(error));
}
