import { join } from 'node:path';
import { PairstreamClient } from '@pairstream/client';
import { type Config, loadConfig } from '../../../src/config/config.js';
import type { GatewayOverrides } from '../../../src/gateway/config/config.module.js';
import { type Gateway, startGateway } from '../../../src/gateway/gateway.js';
import type { ActiveRelease } from '../../../src/gateway/prediction/release-activator.js';

/** The root of the repository. */
export const ROOT = join(import.meta.dirname, '../../..');

/** The pipeline file that a gateway serves when nobody says another. */
export const SHIPPED_PIPELINE = join(ROOT, 'pipelines/recsys2021.yaml');

/** Held-out rows with labels that are in the repository. */
export const EXAMPLE_FILE = join(ROOT, 'examples/part-00020.tsv');

/** A gateway with the shipped release on free ports, and a client of it. */
export interface TestGateway extends AsyncDisposable, ActiveRelease {
  readonly gateway: Gateway<ActiveRelease>;
  readonly client: PairstreamClient;
  readonly target: string;
  readonly adminUrl: string;
}

/** Starts a gateway in this process, and waits until it serves. */
export async function startTestGateway(
  config: Partial<Config> = {},
  overrides: GatewayOverrides = {},
): Promise<TestGateway> {
  const settings: Config = { ...loadConfig({}), grpcPort: 0, adminPort: 0, logLevel: 'silent', ...config };
  const gateway = await startGateway(settings, overrides);
  const served = await gateway.served.catch(async (error: unknown) => {
    await gateway.close();
    throw error;
  });
  const target = `127.0.0.1:${gateway.grpcPort}`;
  const client = new PairstreamClient({ target });
  return {
    ...served,
    gateway,
    client,
    target,
    adminUrl: `http://127.0.0.1:${gateway.adminPort}`,
    [Symbol.asyncDispose]: async () => {
      client.close();
      await gateway.close();
    },
  };
}
