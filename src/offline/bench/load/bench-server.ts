// A gateway in a process of its own, so that its CPU time is its own: forked by the gateway benchmarks, which tell it the
// backend, ask for its CPU time and end it.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { NullBackend } from './null-backend.js';
import { type Config, loadConfig } from '../../../config/config.js';
import { packagePath } from '../../../config/package-files.js';
import type { GatewayOverrides } from '../../../gateway/config/config.module.js';
import { beginLoads } from '../../../gateway/early-loads.js';
import type { Gateway } from '../../../gateway/gateway.js';
import { letHeapGrow } from '../../../gateway/heap-growth.js';
import { workerCountOf } from '../../../gateway/workers/worker-config.js';
import { nullModels } from './null-models.js';

/** Requests of the parent process. */
export type BenchServerRequest = 'cpu' | 'memory' | 'towers' | 'rungs' | 'block' | 'stop';
/** Reports of the server process. */
export type BenchServerReply =
  | { readonly port: number; readonly adminPort: number }
  | { readonly cpuUs: number; readonly loopUs: number }
  | { readonly heapBytes: number; readonly residentBytes: number }
  | { readonly hitCount: number; readonly missCount: number }
  | { readonly pairsByRung: Readonly<Record<string, number>> }
  | { readonly longestBlockMs: number };

/** Period of the timer whose delay shows how long the event loop is blocked. */
const RESOLUTION_MS = 1;
const NS_PER_MS = 1e6;

letHeapGrow();
const settings = loadConfig();
const { towerCacheMb = settings.towerCacheMb } =
  process.argv[3] === undefined ? {} : { towerCacheMb: Number(process.argv[3]) };
const config: Config = { ...settings, towerCacheMb, grpcPort: 0, adminPort: 0, logLevel: 'error' };
const gateway = await (workerCountOf(config) === 1 ? startHere() : startThreaded());
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

/** As `pairstream serve` with one thread does: forests load while the modules do. */
async function startHere(): Promise<Gateway> {
  const overrides: GatewayOverrides =
    process.argv[2] === 'null'
      ? { backend: new NullBackend(nullModels(packagePath(config.pipeline))), checksGoldenRows: false }
      : beginLoads(config, () => undefined);
  const { startGateway } = await import('../../../gateway/gateway.js');
  return await startGateway(config, overrides);
}

async function startThreaded(): Promise<Gateway> {
  const { startThreadedGateway } = await import('../../../gateway/threaded-gateway.js');
  return await startThreadedGateway(config);
}

function reply(message: BenchServerReply): void {
  process.send?.(message);
}

async function metricsText(): Promise<string> {
  return (await fetch(`http://127.0.0.1:${gateway.adminPort}/metrics`)).text();
}

/** Pairs answered so far, by rung. */
async function pairsByRung(): Promise<Record<string, number>> {
  const counts = (await metricsText()).matchAll(
    /^pairstream_answered_pairs_total\{rung="([^"]+)"\} (\d+)$/gm,
  );
  return Object.fromEntries([...counts].map(([, rung, count]) => [rung!, Number(count)]));
}

/** Tweets that the towers found in their caches, and did not, so far. */
async function towerCounts(): Promise<{ hitCount: number; missCount: number }> {
  const text = await metricsText();
  const count = (cache: string): number =>
    Number(
      new RegExp(`^pairstream_tower_tweets_total\\{.*cache="${cache}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
    );
  return { hitCount: count('hit'), missCount: count('miss') };
}

/** Longest block of the event loop since the last call, milliseconds. The first call starts the measurement. */
function longestBlockMs(): number {
  const longestMs = Math.max(0, delay.max / NS_PER_MS - RESOLUTION_MS);
  delay.enable();
  delay.reset();
  return longestMs;
}

process.on('message', (request: BenchServerRequest) => {
  if (request === 'stop') void gateway.close().then(() => process.disconnect());
  else if (request === 'towers') void towerCounts().then(reply);
  else if (request === 'rungs') void pairsByRung().then((counts) => reply({ pairsByRung: counts }));
  else if (request === 'block') {
    reply({ longestBlockMs: longestBlockMs() });
  } else if (request === 'memory') {
    // There with --expose-gc, which the parent starts this process with.
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    reply({ heapBytes: heapUsed + external, residentBytes: rss });
  } else {
    const { user, system } = process.cpuUsage();
    const loop = process.threadCpuUsage();
    reply({ cpuUs: user + system, loopUs: loop.user + loop.system });
  }
});
await gateway.served;
reply({ port: gateway.grpcPort, adminPort: gateway.adminPort });
