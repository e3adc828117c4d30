import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Backend } from '../../backends/backend.js';
import type { Config } from '../../config/config.js';
import { Telemetry } from '../../telemetry/telemetry.js';
import { CONFIG, type GatewayOverrides, OVERRIDES } from '../config/config.module.js';
import { LOGGER } from '../telemetry/telemetry.module.js';
import { createBackend } from './backend-choice.js';

/** Injection token of the Backend. */
export const BACKEND = Symbol('BACKEND');

/** Provides the backend, and closes it last: when the gateway has drained and no port is open. */
@Module({
  providers: [
    {
      provide: BACKEND,
      inject: [CONFIG, OVERRIDES, Telemetry, LOGGER],
      useFactory: (config: Config, { backend }: GatewayOverrides, telemetry: Telemetry, logger: Logger) =>
        backend ?? createBackend(config, telemetry, logger),
    },
  ],
  exports: [BACKEND],
})
export class BackendModule implements OnApplicationShutdown {
  constructor(@Inject(BACKEND) private readonly backend: Backend) {}

  async onApplicationShutdown(): Promise<void> {
    await this.backend.close();
  }
}
