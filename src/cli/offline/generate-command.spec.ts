import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerGenerateCommand } from './generate-command.js';

let folder: string;
let printed: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'generate-'));
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((text: string) => void printed.push(text));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe('generate', () => {
  it('writes the days and prints the calibration table', async () => {
    await generate('--pairs', '2000', '--days', '2', '--users', '300', '--seed', '9', '--first-day', '7');
    expect(readdirSync(folder)).toEqual(
      expect.arrayContaining(['part-00007.tsv', 'part-00008.tsv', 'vocab.txt']),
    );
    expect(printed[0]).toMatch(/^figure +published +world +tolerance\nrate of reply +0\.0285/);
    expect(printed.join('\n')).toMatch(/2000 rows of 2 days/);
  });

  it('prints one JSON object on demand', async () => {
    await generate('--pairs', '600', '--days', '1', '--users', '200', '--json');
    expect(printed).toHaveLength(1);
    expect(JSON.parse(printed[0]!)).toMatchObject({ rowCount: 600, dayCount: 1, folder });
  });

  it('refuses rows that cannot be shared out over the days', async () => {
    await expect(generate('--pairs', '100', '--days', '3')).rejects.toThrow(
      '--pairs is 100, expected a multiple of --days, which is 3',
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    [['--pairs', '0', '--days', '3'], '--pairs is 0, expected a multiple of --days, which is 3'],
    [['--pairs', '100', '--days', '0'], '--days is 0, expected 1 or more'],
    [['--pairs', '0', '--days', '0'], '--days is 0, expected 1 or more'],
  ])('refuses %j', async (options, message) => {
    await expect(generate(...options)).rejects.toThrow(message);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses a number that is none', async () => {
    await expect(generate('--pairs', 'many')).rejects.toThrow('expected a whole number');
  });
});

async function generate(...options: string[]): Promise<void> {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  registerGenerateCommand(program);
  program.commands[0]!.exitOverride().configureOutput({ writeErr: () => undefined });
  await program.parseAsync(['generate', ...options, '--out', folder], { from: 'user' });
}
