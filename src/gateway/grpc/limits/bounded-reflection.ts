import type { Server, ServerDuplexStream } from '@grpc/grpc-js';
import { PairstreamError } from '../../../errors/pairstream-error.js';
import { statusOf } from '../encode/call-status.js';

/** Most reflection calls at a time, of all callers. */
export const MAX_REFLECTION_CALLS = 64;

/** Delay before a refused caller tries again, milliseconds. */
const RETRY_AFTER_MS = 1_000;

type ReflectionStream = ServerDuplexStream<unknown, unknown>;

/**
 * Bounds the memory of reflection answers. @grpc/reflection 1.0 writes an answer for every request and ignores that the caller
 * does not read: 1.4 GB in a minute. Here a call is not read on while its answers wait, and MAX_REFLECTION_CALLS are open at most.
 * @param server that gets the bounded service
 * @returns what ReflectionService.addToServer takes for a server
 */
export function boundedReflection(server: Server): Pick<Server, 'addService'> {
  const openCalls = new Set<ReflectionStream>();
  return {
    addService: (definition, implementation) =>
      server.addService(
        definition,
        Object.fromEntries(
          Object.entries(implementation).map(([name, handler]) => [
            name,
            (call: ReflectionStream) => {
              if (openCalls.size >= MAX_REFLECTION_CALLS) {
                call.emit('error', statusOf(tooManyCalls()));
                return;
              }
              openCalls.add(call);
              call.once('close', () => openCalls.delete(call));
              call.once('cancelled', () => openCalls.delete(call));
              pauseWhileFull(call);
              Reflect.apply(handler, implementation, [call]);
            },
          ]),
        ),
      ),
  };
}

function pauseWhileFull(call: ReflectionStream): void {
  const write = call.write.bind(call);
  call.write = (answer: unknown): boolean => {
    const hasRoom = write(answer);
    if (!hasRoom) call.pause();
    return hasRoom;
  };
  call.on('drain', () => call.resume());
}

function tooManyCalls(): PairstreamError {
  const message = `${MAX_REFLECTION_CALLS} reflection calls are open, the most that are accepted; try again in ${RETRY_AFTER_MS} ms`;
  return new PairstreamError('BUSY', message, { retryAfterMs: RETRY_AFTER_MS });
}
