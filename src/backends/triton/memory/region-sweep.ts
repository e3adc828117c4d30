import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/** A region is touched so often while its process lives. */
export const TOUCH_INTERVAL_MS = 60_000;
/** Nobody has touched the file for so long: its process is gone, wherever it ran. */
const ABANDONED_MS = 5 * TOUCH_INTERVAL_MS;
const PREFIX = 'pairstream-';
/** Start time in clock ticks, of the fields after the command's name in /proc/<pid>/stat. */
const START_TIME_FIELD = 19;

let namedCount = 0;

/**
 * A name that was never used before. It tells whose the region is: the process namespace (processes of two containers may have
 * the same number), the process, and when it was started.
 */
export function regionName(): string {
  namedCount += 1;
  const number = namedCount;
  return `${PREFIX}${processNamespace()}-${process.pid}-${startTimeOf(process.pid) ?? 0}-${number}`;
}

/** Whether a name is one that `regionName` makes. */
export function isRegionName(name: string): boolean {
  return name.startsWith(PREFIX);
}

/**
 * Removes the files of processes that ended without removing them: those of this namespace whose process is gone, and those
 * of others that nobody has touched for five minutes.
 * @returns names of what was removed
 */
export function sweepRegions(folder: string, nowMs: number = Date.now()): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => {
    if (!isRegionName(name) || !isAbandoned(name, join(folder, name), nowMs)) return false;
    // Another process may have been faster.
    try {
      unlinkSync(join(folder, name));
    } catch {
      return false;
    }
    return true;
  });
}

function isAbandoned(name: string, path: string, nowMs: number): boolean {
  const [, namespace, pid, startTime] = name.split('-');
  const isOfThisNamespace = namespace === processNamespace();
  if (isOfThisNamespace) return startTimeOf(Number(pid)) !== startTime;
  const touchedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs;
  return nowMs - touchedMs > ABANDONED_MS;
}

/** Number of the process namespace; 0 where there is no such thing. */
function processNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

/** Undefined when there is no such process. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the command, in brackets, may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TIME_FIELD];
  } catch {
    return undefined;
  }
}
