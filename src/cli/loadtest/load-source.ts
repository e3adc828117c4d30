import { existsSync } from 'node:fs';
import { PairstreamClient, type ServerInfo, ServerError } from '@pairstream/client';
import { packagePath } from '../../config/package-files.js';
import type { PartRow } from '../../pairs/part-row.js';
import type { ClientSecurity } from '../client-security.js';
import { listPartFiles, readPartFiles } from '../part-file-list.js';
import { EXAMPLE, type LoadtestOptions, wrong } from './loadtest-options.js';

const READY_MS = 10_000;

/** Rows that messages are made of. @throws PairstreamError INVALID_CONFIG without rows, and as readPartFiles */
export async function readRows({ in: paths, rows: count }: LoadtestOptions): Promise<PartRow[]> {
  const example = packagePath(EXAMPLE);
  if (paths === undefined && !existsSync(example))
    throw wrong('--in', `--in is missing and ${EXAMPLE} is not installed, expected part files`);
  const rows: PartRow[] = [];
  for await (const batch of readPartFiles(listPartFiles(paths ?? [example]), { labels: 'ignored' })) {
    rows.push(...batch);
    if (rows.length >= count) break;
  }
  if (rows.length === 0)
    throw wrong('--in', `--in ${(paths ?? []).join(' ')} has no rows, expected at least one`);
  return rows.slice(0, count);
}

/**
 * Waits for the gateway and asks for its release.
 * @returns undefined if the gateway has no GetServerInfo
 * @throws ServerError UNAVAILABLE; PairstreamError INVALID_CONFIG for messages that the gateway does not accept
 */
export async function describeGateway(
  { target, pairs }: LoadtestOptions,
  security: ClientSecurity,
): Promise<ServerInfo | undefined> {
  const client = new PairstreamClient({ target, ...security });
  try {
    await client.waitForReady(READY_MS);
    const info = await client.getServerInfo();
    const most = Math.max(...pairs.map(({ pairCount }) => pairCount));
    if (info.maxPairsPerMessage > 0 && most > info.maxPairsPerMessage)
      throw wrong(
        '--pairs',
        `--pairs has messages of ${most} pairs, expected at most ${info.maxPairsPerMessage}, the limit of the gateway`,
      );
    return info;
  } catch (error) {
    if (error instanceof ServerError && error.codeName === 'UNIMPLEMENTED') return undefined;
    throw error;
  } finally {
    client.close();
  }
}
