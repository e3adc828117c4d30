import type { MessagePort, Worker } from 'node:worker_threads';
import { type BirpcReturn, createBirpc } from 'birpc';
import { receiveError, sendError, type SentError } from '../errors/sent-error.js';

/** Port to another thread: of a Worker in the thread that started it, `parentPort` in the worker. */
export type ThreadPort = Pick<Worker | MessagePort, 'on' | 'off' | 'postMessage'>;

/** Calls from this thread to another one. Each method returns a promise. */
export type ThreadCalls<Remote extends object, Local extends object> = BirpcReturn<Remote, Local>;

/** A message of birpc, as far as this file reads it: `e` is the error of a call. */
interface Message {
  readonly e?: unknown;
}

/**
 * Connects two threads: each calls functions of the other. Arguments and results are structured clones; SharedArrayBuffers are
 * shared. A PairstreamError keeps its code, field and delay; any other error arrives as INTERNAL. Calls have no time limit:
 * `$close(error)` rejects those that are waiting, and whoever watches the other thread calls it when that thread ends.
 * @param port of the other thread
 * @param local functions that the other thread may call
 */
export function connectThread<Remote extends object, Local extends object>(
  port: ThreadPort,
  local: Local,
): ThreadCalls<Remote, Local> {
  return createBirpc<Remote, Local>(local, {
    post: (message: unknown) => port.postMessage(message, []),
    on: (listener: (message: unknown) => void) => void port.on('message', listener),
    off: (listener: (message: unknown) => void) => void port.off('message', listener),
    serialize: (message: Message) =>
      message.e === undefined ? message : { ...message, e: sendError(message.e) },
    deserialize: (message: Message & { readonly e?: SentError }) =>
      message.e === undefined ? message : { ...message, e: receiveError(message.e) },
    bind: 'functions',
    timeout: -1,
  });
}
