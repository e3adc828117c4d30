import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A first run builds the image, or installs the environment, and downloads what goes into it. */
export const PREPARE_MS = 900_000;

/** Flags of a server that starts although some of its models cannot be loaded; models are loaded side by side. */
export const WITH_REFUSED_MODELS = ['--exit-on-error=false', '--model-load-thread-count=8'];

/** What a Triton for tests serves, and how. */
export interface TritonOptions {
  /** Folders of model repositories. */
  readonly repositories: readonly string[];
  /** `none` (default): all models, from the start; `explicit`: those that are loaded; `poll`: what the folder has. */
  readonly modelControl?: 'none' | 'explicit' | 'poll';
  /** Further flags of tritonserver, without blanks in them. */
  readonly flags?: readonly string[];
}

/** A running Triton. All its models have been loaded, unless it was told to start without those that cannot. */
export interface TritonServer extends AsyncDisposable {
  /** host:port of the inference protocol over gRPC. */
  readonly grpcTarget: string;
  readonly httpPort: number;
  readonly metricsPort: number;
  /** All that it has said so far. */
  readonly logs: () => Promise<string>;
  /** Number of the server's process on this machine. */
  readonly processId: () => Promise<number>;
  /** Ends it and removes what it leaves behind. */
  readonly stop: () => Promise<void>;
}

/** A way to run Triton, or why there is none on this machine. */
export interface TritonRunner<S extends TritonServer = TritonServer> {
  /** True where it is missing and may be: tests are then skipped, by name. */
  readonly isOptionalAndMissing: boolean;
  /** Why it is missing; empty where it is not. */
  readonly reason: string;
  /** @throws Error where it is missing or the server does not start */
  readonly start: (options: TritonOptions) => Promise<S>;
}

/** A runner that cannot run. It is optional unless the run must have all (PAIRSTREAM_REQUIRE_ALL=1). */
export function missingRunner(reason: string): TritonRunner<never> {
  return {
    isOptionalAndMissing: process.env['PAIRSTREAM_REQUIRE_ALL'] !== '1',
    reason,
    start: () => Promise.reject(new Error(reason)),
  };
}

/**
 * Files of a server's shared memory, as its own /dev/shm has them; who is killed does not remove them.
 * @param processId of the server; 0, for one that does not run, has none
 */
export function sharedMemoryFiles(processId: number): string[] {
  const path = `/proc/${processId}/maps`;
  if (processId === 0 || !existsSync(path)) return [];
  const maps = readFileSync(path, 'utf8');
  return [...new Set(maps.match(/\/dev\/shm\/triton_\S+/g) ?? [])];
}

/** The ports of a server on 127.0.0.1. */
export interface TritonPorts {
  readonly http: number;
  readonly grpc: number;
  readonly metrics: number;
}

/** Finds ports that nobody listens on. */
export async function freePorts(): Promise<TritonPorts> {
  const servers = [createServer(), createServer(), createServer()];
  const ports = await Promise.all(servers.map(listen));
  await Promise.all(servers.map(close));
  return { http: ports[0]!, grpc: ports[1]!, metrics: ports[2]! };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
