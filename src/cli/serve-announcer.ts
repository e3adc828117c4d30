import { existsSync } from 'node:fs';
import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import { callableHost, hostAndPort } from '../config/listen-host.js';
import { packagePath } from '../config/package-files.js';
import type { Gateway } from '../gateway/gateway.js';
import type { ServedRelease } from '../gateway/prediction/release-activator.js';

/** Reports start, readiness and stop of a gateway to the user. */
export interface ServeAnnouncer {
  /** The gateway listens, but is not ready. @param reason that it is not ready */
  waiting(config: Config, reason: string): void;
  serving(config: Config, gateway: Gateway, served: ServedRelease, elapsedMs: number): void;
  stopping(config: Config): void;
  stopped(): void;
}

/** For a person at a terminal: sentences on stdout. */
export const TERMINAL_ANNOUNCER: ServeAnnouncer = {
  waiting: (config, reason) =>
    console.log(`${waitingFor(config, reason)}; ${adminUrl(config, config.adminPort)}/readyz says why`),
  serving: (config, { grpcPort, adminPort }, served, elapsedMs) => {
    const { name, releaseId, statisticsKeyCount } = summaryOf(served);
    console.log(
      [
        `pairstream serves ${name} (release ${releaseId}; ${modelsByEngine(served)}; ${statisticsKeyCount} statistics keys), up in ${(elapsedMs / 1_000).toFixed(1)} s`,
        `  gRPC   ${hostAndPort(config.host, grpcPort)}   pairstream.v1.PairService, health, reflection`,
        `  admin  ${adminUrl(config, adminPort)}   /healthz /readyz /backend /metrics`,
        'Next, in another terminal:',
        `  ${scoreCommand(hostAndPort(callableHost(config.host), grpcPort))}`,
        'Ctrl-C stops.',
      ].join('\n'),
    );
  },
  stopping: ({ drainTimeoutMs }) =>
    console.log(`stopping: requests in flight are answered (at most ${drainTimeoutMs} ms)`),
  stopped: () => console.log('stopped'),
};

/** For everything else (a container, a service manager, a pipe): log lines, and nothing on stdout. */
export function logAnnouncer(logger: Logger): ServeAnnouncer {
  return {
    waiting: (config, reason) =>
      config.backend === 'triton'
        ? logger.info({ servers: serversOf(config) }, 'waiting for the models; /readyz says why')
        : logger.info({ reason }, 'not ready; /readyz says why'),
    serving: (config, { grpcPort, adminPort }, served, elapsedMs) =>
      logger.info(
        {
          ...summaryOf(served),
          grpc: hostAndPort(config.host, grpcPort),
          admin: adminUrl(config, adminPort),
          elapsedMs: Math.round(elapsedMs),
        },
        'serving',
      ),
    stopping: ({ drainTimeoutMs }) => logger.info({ drainTimeoutMs }, 'stopping'),
    stopped: () => logger.info('stopped'),
  };
}

/** The reason may change while Triton loads the models, so the line names the servers instead. */
function waitingFor(config: Config, reason: string): string {
  return config.backend === 'triton'
    ? `waiting for the models at ${serversOf(config)}`
    : `not ready: ${reason}`;
}

function summaryOf({ info, statisticsKeyCount }: ServedRelease) {
  const { pipelineName: name, releaseId, models, backendName: backend } = info;
  return {
    name,
    releaseId,
    models: namesOf(models),
    engines: Object.fromEntries(models.map((model) => [model.name, model.engine])),
    backend,
    statisticsKeyCount,
  };
}

/** Models with their versions, by the engine that runs them. */
function modelsByEngine({ info }: ServedRelease): string {
  const engines = Map.groupBy(info.models, ({ engine }) => engine);
  return [...engines].map(([engine, models]) => `${namesOf(models)} by ${engine}`).join('; ');
}

function namesOf(models: ServedRelease['info']['models']): string {
  return models.map(({ name, version }) => `${name} ${version}`).join(', ');
}

function serversOf({ tritonUrls }: Config): string {
  return tritonUrls.map(({ host, port }) => hostAndPort(host, port)).join(', ');
}

function adminUrl({ adminHost, tlsCertificate }: Config, port: number): string {
  return `${tlsCertificate === '' ? 'http' : 'https'}://${hostAndPort(callableHost(adminHost), port)}`;
}

/** The example file and the launcher are in the repository, not in the npm package. */
function scoreCommand(target: string): string {
  const example = 'examples/part-00020.tsv';
  return existsSync(packagePath(example))
    ? `./pairstream score --in ${example} --out p.csv --target ${target}`
    : `pairstream score --in part-00000.tsv --out p.csv --target ${target}`;
}
