import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { PairstreamError } from '../../../src/errors/pairstream-error.js';
import { EmbeddedLog } from '../../../src/feedback/log/embedded-log.js';
import { readLog } from '../../../src/feedback/log/read-log.js';
import { salvage } from '../../../src/feedback/log/salvage.js';
import { SmallDisk } from '../../support/disks/small-disk.js';
import { linesOf, startLogProcess } from './log-process.js';
import { numberedEvents, range, storedNumbers } from './numbered-events.js';

const maxBytes = 64 * 2 ** 20;
const work = mkdtempSync(join(tmpdir(), 'event-log-'));
afterAll(() => rmSync(work, { recursive: true }));

const OTHER_USER = 65_534;

/** Runs something as a user that file permissions hold for: root can write everywhere. */
async function withoutPrivileges<T>(run: () => Promise<T>): Promise<T> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(OTHER_USER);
  try {
    return await run();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

it('creates its folder', async () => {
  const folder = join(work, 'a', 'b');
  const log = await EmbeddedLog.open({ folder, maxBytes });
  await log.append(numberedEvents(0, 3));
  expect(await storedNumbers(log)).toEqual([0, 1, 2]);
  await log.close();
});

it('refuses a path that is a file', async () => {
  const folder = join(work, 'file');
  writeFileSync(folder, '');
  await expect(EmbeddedLog.open({ folder, maxBytes })).rejects.toMatchObject({
    code: 'OUTPUT_FAILED',
    message: expect.stringContaining(`${folder} exists and is not a folder`),
  });
});

it('refuses a folder on a file system without folders of users', async () => {
  await expect(EmbeddedLog.open({ folder: '/proc/pairstream/log', maxBytes })).rejects.toMatchObject({
    code: 'OUTPUT_FAILED',
    message: expect.stringContaining('cannot be made (ENOENT)'),
  });
});

it('refuses a folder that cannot be written', async () => {
  chmodSync(work, 0o755);
  const folder = join(work, 'read-only');
  mkdirSync(folder);
  chmodSync(folder, 0o555);
  await withoutPrivileges(async () => {
    await expect(EmbeddedLog.open({ folder, maxBytes })).rejects.toMatchObject({
      code: 'EVENT_LOG_UNAVAILABLE',
      message: expect.stringContaining('owner.lock cannot be written'),
    });
    await expect(EmbeddedLog.open({ folder: join(folder, 'log'), maxBytes })).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: expect.stringContaining('cannot be made (EACCES)'),
    });
  });
});

it.each<[string, string, string]>([
  ['a newer version', 'pairstream event log 9\n', 'EVENT_LOG_UNAVAILABLE'],
  ['another text', 'something else', 'EVENT_LOG_DAMAGED'],
  ['zeros after a power failure', '\0\0\0', 'EVENT_LOG_DAMAGED'],
])('refuses a log whose file of the version holds %s', async (name, text, code) => {
  const folder = join(work, name);
  await (await EmbeddedLog.open({ folder, maxBytes })).close();
  writeFileSync(join(folder, 'format'), text);
  const error = { code, message: expect.stringMatching(/format is ".*", expected "pairstream event log 1"/) };
  await expect(EmbeddedLog.open({ folder, maxBytes })).rejects.toMatchObject(error);
  await expect(readLog(folder).next()).rejects.toMatchObject(error);
  // Salvage replaces a damaged file, and refuses a log that it cannot read.
  const salvaged = salvage(folder).then(
    () => 'OK',
    (problem: unknown) => PairstreamError.from(problem).code,
  );
  expect(await salvaged).toBe(code === 'EVENT_LOG_DAMAGED' ? 'OK' : code);
});

it.each(['', 'pairstream ev'])(
  'opens a log whose file of the version holds %j: its writing was interrupted',
  async (text) => {
    const folder = join(work, `interrupted-${text.length}`);
    const log = await EmbeddedLog.open({ folder, maxBytes });
    await log.append(numberedEvents(0, 3));
    await log.close();
    writeFileSync(join(folder, 'format'), text);
    const again = await EmbeddedLog.open({ folder, maxBytes });
    expect(await storedNumbers(again)).toEqual([0, 1, 2]);
    await again.close();
    expect(readFileSync(join(folder, 'format'), 'utf8')).toBe('pairstream event log 1\n');
  },
);

it('is open in one place at a time, and tells the owner', async () => {
  const folder = join(work, 'two');
  const log = await EmbeddedLog.open({ folder, maxBytes });
  const message = `process ${process.pid} on `;
  await expect(EmbeddedLog.open({ folder, maxBytes })).rejects.toMatchObject({
    code: 'EVENT_LOG_UNAVAILABLE',
    message: expect.stringContaining(`already open in ${message}`),
  });
  const [line] = await linesOf(startLogProcess(folder, ''));
  expect(line).toContain(`EVENT_LOG_UNAVAILABLE folder ${folder}: already open in ${message}`);
  await log.append(numberedEvents(0, 1));
  await log.close();
  await (await EmbeddedLog.open({ folder, maxBytes })).close();
});

it('can be opened when its owner was killed', async () => {
  const folder = join(work, 'killed');
  const child = startLogProcess(
    folder,
    `await log.append(events(0, 5)); say('open'); setInterval(() => {}, 1000);`,
  );
  await linesOf(child, () => child.kill('SIGKILL'));
  const log = await EmbeddedLog.open({ folder, maxBytes });
  expect(await storedNumbers(log)).toEqual(range(0, 5));
  await log.close();
});

it('works in a thread, and can be opened again when the thread was ended', async () => {
  const folder = join(work, 'thread');
  const program = `
    import { Worker } from 'node:worker_threads';
    await log.close();
    const code = ${JSON.stringify(`
      const { parentPort, workerData } = require('node:worker_threads');
      import(workerData.module).then(async ({ EmbeddedLog }) => {
        const log = await EmbeddedLog.open({ folder: workerData.folder, maxBytes: 2 ** 26 });
        await log.append(new Uint8Array(100));
        parentPort.postMessage(log.position);
      });
    `)};
    for (let i = 0; i < 3; i += 1) {
      const worker = new Worker(code, { eval: true, execArgv: [], workerData: { folder: process.argv[1], module: MODULE } });
      say(String(await new Promise((resolve) => worker.once('message', resolve))));
      await worker.terminate();
    }`;
  expect(await linesOf(startLogProcess(folder, program))).toEqual(['1', '2', '3']);
});

it('refuses events when its file cannot grow, keeps the events before, and takes events again when it was opened anew', async () => {
  const folder = join(work, 'limit');
  // Files of 2 MiB at most; without the trap, the signal of the limit would end the process.
  const shell = `trap '' XFSZ; ulimit -f 2048`;
  const program = `
    let next = 0;
    try { for (;;) { await log.append(events(next, 1000)); next += 1000; } } catch (error) { say(error.code + ' ' + error.message); }
    await log.failure.catch(() => log.append(events(next, 1))).catch((error) => say(error.code));
    await log.close();
    const again = await EmbeddedLog.open({ folder: process.argv[1], maxBytes: 64 * 2 ** 20 });
    await again.trim(next - 1000);
    await again.append(events(next, 1000));
    say(String(next + 1000));
    await again.close();`;
  const lines = await linesOf(startLogProcess(folder, program, shell));
  expect(lines[0]).toMatch(
    /^EVENT_LOG_UNAVAILABLE event log \S+: events could not be written \((File too large|Input\/output error)\)$/,
  );
  expect(lines[1]).toBe('EVENT_LOG_UNAVAILABLE');
  const end = Number(lines.at(-1));
  expect(end).toBeGreaterThan(10_000);
  const log = await EmbeddedLog.open({ folder, maxBytes });
  const numbers = await storedNumbers(log);
  expect(numbers.slice(-1_000)).toEqual(range(end - 1_000, end));
  await log.close();
});

it('refuses events with a delay when its disk is full, and takes them when there is space', async (context) => {
  const disk = SmallDisk.mount(context, 4);
  const log = await EmbeddedLog.open({ folder: join(disk.path, 'log'), maxBytes });
  disk.fill(1.4);
  await expect(
    Promise.all(range(0, 100).map((i) => log.append(numberedEvents(i * 100, 100)))),
  ).rejects.toMatchObject({
    code: 'EVENT_LOG_UNAVAILABLE',
    message: expect.stringMatching(/the disk is full: \d+ bytes are free/),
    retryAfterMs: 1_000,
  });
  disk.clear();
  await log.append(numberedEvents(0, 1_000));
  expect(await storedNumbers(log)).toEqual(range(0, 1_000));
  await log.close();
});
