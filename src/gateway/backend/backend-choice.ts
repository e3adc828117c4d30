import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { createEmbeddedBackend } from '../../backends/embedded/create-embedded-backend.js';
import { TritonBackend } from '../../backends/triton/triton-backend.js';
import type { TlsOptions } from '@pairstream/grpc-channel';
import type { Config } from '../../config/config.js';
import { SETTINGS } from '../../config/settings.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { Backend } from '../../backends/backend.js';
import type { Telemetry } from '../../telemetry/telemetry.js';
import { TritonTelemetry } from '../../telemetry/triton-telemetry.js';
import { BYTES_PER_MIB } from '../../config/byte-units.js';

const MS_PER_S = 1_000;
const SLOT_COUNT = { embedded: 2, triton: 4 } as const;

/** The backend that the settings name. @throws PairstreamError INVALID_CONFIG for a certificate that cannot be read */
export function createBackend(config: Config, telemetry: Telemetry, logger: Logger): Backend {
  if (config.backend === 'embedded') return createEmbeddedBackend(config, (line) => logger.warn(line));
  const sharedMemoryBytes = config.tritonSharedMemoryMb * BYTES_PER_MIB;
  const { tritonUrls: addresses, maxBatchRows } = config;
  return new TritonBackend(
    {
      addresses,
      maxBatchRows,
      sharedMemoryBytes,
      headers: Object.fromEntries(config.tritonHeaders),
      tls: config.tritonTls === 'on' ? tlsOptions(config) : undefined,
      maxFailures: config.tritonMaxFailures,
      hedging: {
        share: config.tritonHedgePercent / 100,
        delayMs: config.tritonHedgeDelayMs === 0 ? undefined : config.tritonHedgeDelayMs,
      },
      ...(config.tritonReload === 'on' ? { reloadTimeoutMs: config.tritonReloadTimeoutS * MS_PER_S } : {}),
    },
    new TritonTelemetry(telemetry.registry, logger, sharedMemoryBytes),
  );
}

/** Number of batch slots. Default: 2 for the embedded backend, whose forests run on other threads than its nets; 4 for Triton, so that calls overlap. */
export function slotCountOf({ batchSlots, backend }: Config): number {
  return batchSlots === 0 ? SLOT_COUNT[backend] : batchSlots;
}

function tlsOptions(config: Config): TlsOptions {
  const rootCertificates = readPem(config, 'tritonTlsCa');
  const certificateChain = readPem(config, 'tritonTlsCertificate');
  const privateKey = readPem(config, 'tritonTlsKey');
  const { tritonTlsServerName: serverName } = config;
  return {
    ...(rootCertificates === undefined ? {} : { rootCertificates }),
    ...(certificateChain === undefined ? {} : { certificateChain }),
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(serverName === '' ? {} : { serverName }),
  };
}

function readPem(
  config: Config,
  setting: 'tritonTlsCa' | 'tritonTlsCertificate' | 'tritonTlsKey',
): Buffer | undefined {
  const path = config[setting];
  if (path === '') return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    const { variable } = SETTINGS[setting];
    throw new PairstreamError(
      'INVALID_CONFIG',
      `${variable}: "${path}" cannot be read, expected a PEM file`,
      {
        field: variable,
        cause: error,
      },
    );
  }
}
