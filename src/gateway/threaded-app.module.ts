import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { AdminModule } from './admin/admin.module.js';
import { ConfigModule, type GatewayOverrides } from './config/config.module.js';
import { SecurityModule } from './security/security.module.js';
import { TelemetryModule } from './telemetry/telemetry.module.js';
import { WorkersModule } from './workers/workers.module.js';

/** The main thread of a gateway with worker threads, as a Nest application: administration, learning, and the workers. */
@Module({})
export class ThreadedAppModule {
  static forRoot(config: Config, overrides: GatewayOverrides = {}): DynamicModule {
    return {
      module: ThreadedAppModule,
      imports: [
        ConfigModule.forRoot(config, overrides),
        TelemetryModule,
        SecurityModule,
        WorkersModule,
        AdminModule.forRoot(WorkersModule),
      ],
    };
  }
}
