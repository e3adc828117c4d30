import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

/** Interval at which a process renews its regions (sets their file times), milliseconds. */
export const RENEWAL_INTERVAL_MS = 60_000;
/** Time without renewal after which the owner of a region has ended, a process in any container or a thread, in milliseconds. */
const ABANDONED_MS = 5 * RENEWAL_INTERVAL_MS;
const PREFIX = 'pairstream-';
/** Index of the start time (clock ticks) among the fields after the command's name in /proc/<pid>/stat. */
const START_TIME_FIELD = 19;

let namedCount = 0;

/**
 * A new unique name of a region. It contains the process namespace (processes of two containers may have the same number), the
 * process id, the start time of the process, and the id of the thread (each thread counts its own regions).
 */
export function regionName(): string {
  namedCount += 1;
  const number = namedCount;
  return `${PREFIX}${processNamespace()}-${process.pid}-${startTimeOf(process.pid) ?? 0}-${threadId}-${number}`;
}

/** True if `regionName` made the name. */
export function isRegionName(name: string): boolean {
  return name.startsWith(PREFIX);
}

/**
 * Removes regions of crashed processes and threads: files of this namespace whose process has ended, files of other namespaces
 * without renewal for five minutes, and such files of other threads of this process.
 * @returns names of the removed files
 */
export function sweepRegions(folder: string, nowMs: number = Date.now()): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => {
    if (!isRegionName(name) || !isAbandoned(name, join(folder, name), nowMs)) return false;
    // Another process may have removed it already.
    try {
      unlinkSync(join(folder, name));
    } catch {
      return false;
    }
    return true;
  });
}

function isAbandoned(name: string, path: string, nowMs: number): boolean {
  const [, namespace, pid, startTime, thread] = name.split('-');
  if (namespace === processNamespace()) {
    if (startTimeOf(Number(pid)) !== startTime) return true;
    if (Number(pid) !== process.pid || Number(thread) === threadId) return false;
  }
  const touchedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs;
  return nowMs - touchedMs > ABANDONED_MS;
}

/** Number of the process namespace; 0 if the system has none. */
function processNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

/** Start time of a process; undefined if it does not exist. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name, in brackets, may contain any character.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TIME_FIELD];
  } catch {
    return undefined;
  }
}
