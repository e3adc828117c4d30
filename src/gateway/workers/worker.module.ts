import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { ConfigModule, type GatewayOverrides } from '../config/config.module.js';
import { DataPlaneModule } from '../data-plane/data-plane.module.js';
import { SecurityModule } from '../security/security.module.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';

/** A worker thread as a Nest application: prediction over gRPC, without administration. */
@Module({})
export class WorkerModule {
  static forRoot(config: Config, overrides: GatewayOverrides): DynamicModule {
    return {
      module: WorkerModule,
      imports: [ConfigModule.forRoot(config, overrides), TelemetryModule, SecurityModule, DataPlaneModule],
    };
  }
}
