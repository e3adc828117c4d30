import { type ChildProcess, spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { ROOT } from '../../support/gateway/test-gateway.js';

const MODULE = pathToFileURL(join(ROOT, 'dist/feedback/log/embedded-log.js')).href;

/**
 * Start of the program of a process: `log` is the log in the folder that is its first argument, MODULE the module of the class. Uses the
 * built sources.
 */
const OPENING = `
import { writeSync } from 'node:fs';
const MODULE = ${JSON.stringify(MODULE)};
const { EmbeddedLog } = await import(MODULE);
const say = (text) => writeSync(1, text + '\\n');
const events = (first, count) => {
  const bytes = new Uint8Array(100 * count);
  for (let i = 0; i < count; i += 1) new DataView(bytes.buffer).setUint32(100 * i, first + i, true);
  return bytes;
};
const log = await EmbeddedLog.open({ folder: process.argv[1], maxBytes: 64 * 2 ** 20 }).catch((error) => {
  say(error.code + ' ' + error.message);
  process.exit(1);
});
`;

/** Starts a process that opens the log of a folder and runs a program. @param shell commands before it, for instance a limit */
export function startLogProcess(folder: string, program: string, shell = ''): ChildProcess {
  const code = `${OPENING}${program}`;
  const node = `exec "$0" --input-type=module -e "$1" "$2"`;
  return spawn('bash', ['-c', `${shell}\n${node}`, process.execPath, code, folder], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Lines of stdout of a process until it ends. */
export async function linesOf(child: ChildProcess, onLine?: (count: number) => void): Promise<string[]> {
  let text = '';
  let count = 0;
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    count += part.split('\n').length - 1;
    onLine?.(count);
  });
  await new Promise((resolve) => {
    child.once('close', resolve);
  });
  return text.split('\n').slice(0, -1);
}
