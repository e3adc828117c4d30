// The thread of the feature log. FeatureLog starts it, with FeatureLogThreadData.
import { parentPort, workerData } from 'node:worker_threads';
import { Turns } from '../../concurrency/turns.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { Hash64 } from '../../pairs/murmur3.js';
import type { FeatureLogReply, FeatureLogRequest, FeatureLogThreadData } from './log-messages.js';
import { LogWriter } from './log-writer.js';
import { SharedRows } from './shared-rows.js';

/** Time between checks of the age of the open file, milliseconds. */
const CHECK_INTERVAL_MS = 250;
const NO_ROWS = new Uint32Array(0);

const port = parentPort!;
const { settings, rows: buffer }: FeatureLogThreadData = workerData;
const rows = new SharedRows(buffer);
const turns = new Turns();
const writer = new LogWriter(settings, (line) => post({ kind: 'warning', line }));

function post(reply: FeatureLogReply): void {
  port.postMessage(reply);
}

function copied(indexes: Uint32Array): void {
  post({ kind: 'copied', indexes, counts: writer.counts });
}

const timer = setInterval(() => {
  void turns.take(async () => {
    await writer.completeIfDue();
    copied(NO_ROWS);
  });
}, CHECK_INTERVAL_MS);

async function forget(user: Hash64): Promise<FeatureLogReply> {
  try {
    return { kind: 'forgotten', rowCount: await writer.forget(user) };
  } catch (error) {
    return { kind: 'forgotten', rowCount: 0, problem: PairstreamError.from(error).message };
  }
}

async function answer(request: FeatureLogRequest): Promise<void> {
  if (request.kind === 'rows') {
    await writer.append(rows, request.indexes, request.releaseId);
    return copied(request.indexes);
  }
  if (request.kind === 'forget') return post(await forget(request.user));
  clearInterval(timer);
  await writer.complete();
  copied(NO_ROWS);
  port.close();
}

port.on('message', (request: FeatureLogRequest) => void turns.take(() => answer(request)));
