import { ThreadLevel } from './thread-level.js';

const NAMES = ['inFlightPairs', 'messageBytes', 'unreadBytes', 'openCalls', 'connections'] as const;

/** A level whose bound holds for the whole process. */
export type LevelName = (typeof NAMES)[number];

/** Shared memory of all levels. */
export type LevelMemory = Readonly<Record<LevelName, SharedArrayBuffer>>;

/** All levels, as one thread sees them. */
export type ProcessLevels = Readonly<Record<LevelName, ThreadLevel>>;

/** Memory of all levels, 0. */
export function allocateLevels(threadCount: number): LevelMemory {
  return {
    inFlightPairs: ThreadLevel.allocate(threadCount),
    messageBytes: ThreadLevel.allocate(threadCount),
    unreadBytes: ThreadLevel.allocate(threadCount),
    openCalls: ThreadLevel.allocate(threadCount),
    connections: ThreadLevel.allocate(threadCount),
  };
}

/** The levels of one thread. */
export function levelsOf(memory: LevelMemory, thread: number): ProcessLevels {
  const of = (name: LevelName): ThreadLevel => new ThreadLevel(memory[name], thread);
  return {
    inFlightPairs: of('inFlightPairs'),
    messageBytes: of('messageBytes'),
    unreadBytes: of('unreadBytes'),
    openCalls: of('openCalls'),
    connections: of('connections'),
  };
}

/** Takes the part of a thread that has ended out of every level. */
export function clearLevels(memory: LevelMemory, thread: number): void {
  for (const name of NAMES) new ThreadLevel(memory[name], thread).own = 0;
}
