import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Backend } from '../../backends/backend.js';
import type { Config } from '../../config/config.js';

/** Injection token of the Config. */
export const CONFIG = Symbol('CONFIG');

/** Injection token of the GatewayOverrides. */
export const OVERRIDES = Symbol('OVERRIDES');

/** Parts of a gateway that a caller may replace when it starts one from code. */
export interface GatewayOverrides {
  /** Default: the backend that the settings name. The gateway closes it. */
  readonly backend?: Backend;
  /** Log of the gateway. Default: createLogger at the level of the settings. */
  readonly logger?: Logger;
  /** Environment that the settings were loaded from, to tell the source of each. Default: an empty one. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** See ReleaseOptions. Default true. */
  readonly checksGoldenRows?: boolean;
}

/** Provides the validated settings to every module. */
@Global()
@Module({})
export class ConfigModule {
  static forRoot(config: Config, overrides: GatewayOverrides = {}): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: OVERRIDES, useValue: overrides },
      ],
      exports: [CONFIG, OVERRIDES],
    };
  }
}
