import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import type { NullModel } from '../load/null-backend.js';
import { nullModels } from '../load/null-models.js';
import { preparePeers } from '../peer-environment.js';
import { type Spread, spreadOf } from '../measurement.js';
import type { Figure } from '../result.js';
import { type ClientLoad, measureClientLoad, zeroCall } from './triton-client-load.js';
import { TritonServer } from './triton-server.js';
import { makeFolder } from '../../../files/output-folder.js';

const MODEL = { name: 'xgb1', version: '1' };
const ROW_COUNTS = [1, 64, 1_024, 8_192];
const IN_FLIGHT = 4;
const MEASURED_MS = 3_000;
const ROUNDS = 5;
const TRANSPORTS = ['grpc', 'shared_memory'] as const;

type Transport = (typeof TRANSPORTS)[number];

const loadSchema = z.object({ rowsPerS: z.number(), cpuUsPerRow: z.number() });

/**
 * Our Triton client with ready-made tensors beside NVIDIA's: tritonclient (its asynchronous calls from Python) and
 * perf_analyzer, on one server, by turns in the same run. All share the machine with the server.
 * @param root of the repository
 * @returns undefined, with a word on stderr, on a machine that cannot run the server
 */
export async function benchTritonClient(
  root: string,
  pipelinePath: string,
  peers: string,
  work: string,
): Promise<Figure[] | undefined> {
  await using server = await TritonServer.start(root);
  if (server === undefined) {
    console.error('SKIPPED triton-client: it needs Linux and Python 3.11');
    return undefined;
  }
  makeFolder(work);
  const python = preparePeers(root, work);
  if (python === undefined) throw new Error('no Python for the peers, though there is one for the server');
  const found = spawnSync(join(peers, 'perf-analyzer.sh'), [work], { encoding: 'utf8' });
  const perfAnalyzer = found.status === 0 ? found.stdout.trim() : undefined;
  if (perfAnalyzer === undefined) console.error('SKIPPED perf_analyzer: it does not run on this machine');
  const model = nullModels(pipelinePath)[MODEL.name];
  if (model === undefined) throw new Error(`${pipelinePath}: no model ${MODEL.name}`);
  const widths = [model.inputs[0], model.outputs[0]].map((tensor) => Number(tensor?.shape[1]));
  const figures: Figure[] = [];
  for (const transport of TRANSPORTS)
    for (const rowCount of ROW_COUNTS) {
      const peer = (tool: string, ...rest: string[]): ClientLoad =>
        runPeer(python, join(peers, 'triton_peers.py'), [
          tool,
          server.target,
          MODEL.name,
          ...[...widths, rowCount, IN_FLIGHT, MEASURED_MS / 1_000].map(String),
          transport,
          ...rest,
        ]);
      const tools = new Map<string, () => ClientLoad | Promise<ClientLoad>>([
        ['our client', () => measureOurs(server.target, transport, rowCount, model)],
        ['tritonclient', () => peer('tritonclient')],
      ]);
      if (perfAnalyzer !== undefined) tools.set('perf_analyzer', () => peer('perf_analyzer', perfAnalyzer));
      figures.push(...figuresOf(transport, rowCount, await measureByTurns(tools)));
    }
  return figures;
}

async function measureByTurns(
  tools: ReadonlyMap<string, () => ClientLoad | Promise<ClientLoad>>,
): Promise<Map<string, ClientLoad[]>> {
  const loads = new Map<string, ClientLoad[]>([...tools.keys()].map((tool) => [tool, []]));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [tool, measure] of tools) loads.get(tool)?.push(await measure());
  return loads;
}

async function measureOurs(
  target: string,
  transport: Transport,
  rowCount: number,
  model: NullModel,
): Promise<ClientLoad> {
  return await measureClientLoad(target, transport === 'shared_memory', IN_FLIGHT, MEASURED_MS, () => {
    const call = zeroCall(model, rowCount);
    return async (send) => {
      await send(MODEL.name, call);
      return rowCount;
    };
  });
}

function figuresOf(
  transport: Transport,
  rowCount: number,
  loads: ReadonlyMap<string, readonly ClientLoad[]>,
): Figure[] {
  const where = transport === 'grpc' ? 'gRPC' : 'shared memory';
  const setting = `${where}, ${rowCount.toLocaleString('en-US')} row${rowCount === 1 ? '' : 's'}`;
  const tools = [...loads].map(([tool, measured]) => ({
    tool,
    rows: spreadOf(measured.map(({ rowsPerS }) => rowsPerS)),
    cpu: spreadOf(measured.map(({ cpuUsPerRow }) => cpuUsPerRow)),
  }));
  const figure = (name: string, unit: string, { median: value, p10, p90 }: Spread): Figure => ({
    name: `${setting}: ${name}`,
    unit,
    value,
    p10,
    p90,
  });
  const [ours, ...peers] = tools.map(({ rows }) => rows.median);
  return [
    ...tools.map(({ tool, rows }) => figure(tool, 'rows/s', rows)),
    {
      name: `${setting}: ours / the best of them`,
      unit: '',
      value: (ours ?? Number.NaN) / Math.max(...peers),
      target: '>= 1.0',
    },
    ...tools.map(({ tool, cpu }) => figure(`CPU of ${tool}`, 'us/row', cpu)),
  ];
}

function runPeer(python: string, program: string, args: readonly string[]): ClientLoad {
  return loadSchema.parse(JSON.parse(execFileSync(python, [program, ...args], { encoding: 'utf8' })));
}
