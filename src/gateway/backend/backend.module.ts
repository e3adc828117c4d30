import { Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Backend } from '../../backends/backend.js';
import { ControlledBackend } from './controlled-backend.js';
import type { Config } from '../../config/config.js';
import { EmbeddedBackend } from '../../backends/embedded/embedded-backend.js';
import { registerForestMetrics } from '../../telemetry/forest-metrics.js';
import { registerModelMetrics } from '../../telemetry/model-metrics.js';
import { Telemetry } from '../../telemetry/telemetry.js';
import { CONFIG, type GatewayOverrides, OVERRIDES } from '../config/config.module.js';
import { LOGGER } from '../telemetry/telemetry.module.js';
import { createBackend } from './backend-choice.js';

/** Injection token of the Backend that runs the models; a test may override it. */
export const BACKEND = Symbol('BACKEND');

/**
 * Provides the backend with its switches for operators (ControlledBackend), and closes it last: when the gateway has drained and
 * no port is open.
 */
@Module({
  providers: [
    {
      provide: BACKEND,
      inject: [CONFIG, OVERRIDES, Telemetry, LOGGER],
      useFactory: (config: Config, { backend }: GatewayOverrides, telemetry: Telemetry, logger: Logger) =>
        backend ?? createBackend(config, telemetry, logger),
    },
    {
      provide: ControlledBackend,
      inject: [BACKEND, Telemetry],
      useFactory: (backend: Backend, { registry }: Telemetry) => {
        const controlled = new ControlledBackend(backend);
        registerModelMetrics(registry, () =>
          controlled.reports.flatMap(({ metadata, isLoaded }) => (isLoaded ? [metadata] : [])),
        );
        if (backend instanceof EmbeddedBackend)
          registerForestMetrics(registry, () => backend.waitingWalkCount);
        return controlled;
      },
    },
  ],
  exports: [ControlledBackend],
})
export class BackendModule implements OnApplicationShutdown {
  constructor(private readonly backend: ControlledBackend) {}

  async onApplicationShutdown(): Promise<void> {
    await this.backend.close();
  }
}
