import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.js';
import { Authenticator } from '../../security/authenticator.js';
import { readCallersFile } from '../../security/callers-file.js';
import { ReloadedFiles } from '../../security/reloaded-files.js';
import { readTlsMaterial, type TlsMaterial, tlsPaths } from '../../security/tls-material.js';
import { SecurityTelemetry } from '../../telemetry/security-telemetry.js';
import { CONFIG, type GatewayOverrides, OVERRIDES } from '../config/config.module.js';
import { LOGGER } from '../telemetry/telemetry.module.js';

/** Injection token of the ReloadedFiles of TLS; undefined without TLS. */
export const TLS = Symbol('TLS');

/** Injection token of the ReloadedFiles of callers (an Authenticator); undefined without authentication. */
export const CALLERS = Symbol('CALLERS');

/** Provides the files of TLS and of callers to both ports. Worker threads follow the files, and leave log lines and metrics to the main thread. */
@Global()
@Module({
  providers: [
    {
      provide: TLS,
      inject: [CONFIG, OVERRIDES, LOGGER, SecurityTelemetry],
      useFactory: (
        config: Config,
        { worker }: GatewayOverrides,
        logger: Logger,
        telemetry: SecurityTelemetry,
      ): ReloadedFiles<TlsMaterial> | undefined => {
        const paths = tlsPaths(config);
        if (paths.length === 0) return undefined;
        const isMain = worker === undefined;
        const tls = new ReloadedFiles(paths, () => readTlsMaterial(config), {
          reloaded: ({ expiresAtMs, warnings }) => {
            if (!isMain) return;
            for (const warning of warnings) logger.warn(warning);
            logger.info({ expires: new Date(expiresAtMs).toISOString() }, 'the files of TLS have changed');
          },
          failed: (error) => {
            if (!isMain) return;
            telemetry.reloadFailed();
            logger.error(`${error.message}; the former certificate stays in use`);
          },
        });
        if (!isMain) return tls;
        telemetry.watchCertificate(() => tls.current.expiresAtMs);
        for (const warning of tls.current.warnings) logger.warn(warning);
        return tls;
      },
    },
    {
      provide: CALLERS,
      inject: [CONFIG, OVERRIDES, LOGGER, SecurityTelemetry],
      useFactory: (
        { callersFile }: Config,
        { worker }: GatewayOverrides,
        logger: Logger,
        telemetry: SecurityTelemetry,
      ): ReloadedFiles<Authenticator> | undefined => {
        if (callersFile === '') return undefined;
        const isMain = worker === undefined;
        return new ReloadedFiles([callersFile], () => new Authenticator(readCallersFile(callersFile)), {
          reloaded: ({ size }) => {
            if (isMain) logger.info({ callers: size }, 'the callers file has changed');
          },
          failed: ({ message }) => {
            if (!isMain) return;
            telemetry.callersReloadFailed();
            logger.error(`${message}; the former callers stay in use`);
          },
        });
      },
    },
  ],
  exports: [TLS, CALLERS],
})
export class SecurityModule implements OnApplicationShutdown {
  constructor(
    @Inject(TLS) private readonly tls: ReloadedFiles<TlsMaterial> | undefined,
    @Inject(CALLERS) private readonly callers: ReloadedFiles<Authenticator> | undefined,
  ) {}

  onApplicationShutdown(): void {
    this.tls?.close();
    this.callers?.close();
  }
}
