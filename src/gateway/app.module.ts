import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { AdminModule } from './admin/admin.module.js';
import { ConfigModule, type GatewayOverrides } from './config/config.module.js';
import { DataPlaneModule } from './data-plane/data-plane.module.js';
import { SecurityModule } from './security/security.module.js';
import { TelemetryModule } from './telemetry/telemetry.module.js';

/** The gateway as a Nest application: prediction over gRPC, and administration over HTTP. */
@Module({})
export class AppModule {
  static forRoot(config: Config, overrides: GatewayOverrides = {}): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config, overrides),
        TelemetryModule,
        SecurityModule,
        DataPlaneModule,
        AdminModule.forRoot(DataPlaneModule),
      ],
    };
  }
}
