import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { preparePeers } from './peer-environment.js';
import type { Figure } from './result.js';
import { type BareLoad, runBare, zeroCall } from './triton-bare-load.js';
import { TritonServer } from './triton-server.js';

const MODEL = { name: 'xgb1', version: '1' };
const INPUT_WIDTH = 70;
const OUTPUT_WIDTH = 12;
const ROW_COUNTS = [1, 64, 1_024, 8_192];
const IN_FLIGHT = 4;
const MEASURED_MS = 4_000;
const TRANSPORTS = ['grpc', 'shared_memory'] as const;

type Transport = (typeof TRANSPORTS)[number];

const loadSchema = z.object({ rowsPerS: z.number(), cpuUsPerRow: z.number() });

/**
 * Our Triton client with ready-made tensors beside NVIDIA's: tritonclient (its asynchronous calls from Python) and
 * perf_analyzer, on one server, one after another in the same run. All share the machine with the server.
 * @param root of the repository
 * @returns undefined, with a word on stderr, on a machine that cannot run the server
 */
export async function benchTritonClient(
  root: string,
  peers: string,
  work: string,
): Promise<Figure[] | undefined> {
  await using server = await TritonServer.start(root);
  if (server === undefined) {
    console.error('SKIPPED triton-client: it needs Linux and Python 3.11');
    return undefined;
  }
  mkdirSync(work, { recursive: true });
  const python = preparePeers(root, work);
  if (python === undefined) throw new Error('no Python for the peers, though there is one for the server');
  const found = spawnSync(join(peers, 'perf-analyzer.sh'), [work], { encoding: 'utf8' });
  const perfAnalyzer = found.status === 0 ? found.stdout.trim() : undefined;
  if (perfAnalyzer === undefined) console.error('SKIPPED perf_analyzer: it does not run on this machine');
  const figures: Figure[] = [];
  for (const transport of TRANSPORTS)
    for (const rowCount of ROW_COUNTS) {
      const peer = (tool: string, rest: readonly string[] = []): BareLoad =>
        runPeer(python, join(peers, 'triton_peers.py'), [
          tool,
          server.target,
          MODEL.name,
          String(INPUT_WIDTH),
          String(OUTPUT_WIDTH),
          String(rowCount),
          String(IN_FLIGHT),
          String(MEASURED_MS / 1_000),
          transport,
          ...rest,
        ]);
      const ours = await runBare(server.target, transport === 'shared_memory', IN_FLIGHT, MEASURED_MS, () => {
        const call = zeroCall(MODEL.name, rowCount);
        return async (send) => {
          await send(MODEL.name, call);
          return rowCount;
        };
      });
      const loads = new Map([['tritonclient', peer('tritonclient')]]);
      if (perfAnalyzer !== undefined) loads.set('perf_analyzer', peer('perf_analyzer', [perfAnalyzer]));
      figures.push(...figuresOf(transport, rowCount, ours, loads));
    }
  return figures;
}

function figuresOf(
  transport: Transport,
  rowCount: number,
  ours: BareLoad,
  peers: ReadonlyMap<string, BareLoad>,
): Figure[] {
  const where = transport === 'grpc' ? 'gRPC' : 'shared memory';
  const setting = `${where}, ${rowCount.toLocaleString('en-US')} rows`;
  const best = Math.max(...[...peers.values()].map(({ rowsPerS }) => rowsPerS));
  const figure = (name: string, unit: string, value: number): Figure => ({
    name: `${setting}: ${name}`,
    unit,
    value,
  });
  return [
    figure('ours', 'rows/s', ours.rowsPerS),
    ...[...peers].map(([peer, { rowsPerS }]) => figure(peer, 'rows/s', rowsPerS)),
    { ...figure('ours / the best of them', '', ours.rowsPerS / best), target: '>= 1.0' },
    figure('CPU of our client', 'us/row', ours.cpuUsPerRow),
    ...[...peers].map(([peer, { cpuUsPerRow }]) => figure(`CPU of ${peer}`, 'us/row', cpuUsPerRow)),
  ];
}

function runPeer(python: string, program: string, args: readonly string[]): BareLoad {
  return loadSchema.parse(JSON.parse(execFileSync(python, [program, ...args], { encoding: 'utf8' })));
}
