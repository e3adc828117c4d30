import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '../config/config.js';
import { checkExposure } from '../config/exposure.js';
import { ServingGate } from '../scoring/serving-gate.js';
import { AppModule } from './app.module.js';
import { createApplication, listenApplication } from './application.js';
import type { GatewayOverrides } from './config/config.module.js';
import { GrpcTransport } from './grpc/grpc-transport.js';
import { ReleaseActivator, type ActiveRelease, type ServedRelease } from './prediction/release-activator.js';

/** A gateway that listens. `S`: what is known of the release that it serves. */
export interface Gateway<S extends ServedRelease = ServedRelease> {
  readonly grpcPort: number;
  readonly adminPort: number;
  /**
   * Resolves when the models are loaded and checked: at once with the embedded backend, else when the servers have them.
   * Rejects if the gateway closes first, or on an error that no retry corrects.
   */
  readonly served: Promise<S>;
  /** Reason that no release is active yet; undefined if one is. */
  readonly notReadyReason: string | undefined;
  /** Drains and stops. May be called more than once. */
  close(): Promise<void>;
}

/**
 * Starts a gateway that serves on this thread. With the embedded backend the gateway listens when the models are loaded. With Triton it
 * listens at once, is NOT_SERVING, and waits for the models.
 * @throws PairstreamError INVALID_* for files that are damaged or do not fit together, INVALID_CONFIG for a host or port
 *   that cannot be listened on, PORT_IN_USE
 */
export async function startGateway(
  config: Config,
  overrides: GatewayOverrides = {},
): Promise<Gateway<ActiveRelease>> {
  let app: NestFastifyApplication;
  try {
    checkExposure(config);
    app = await createApplication(AppModule.forRoot(config, overrides), config);
  } catch (error) {
    await overrides.backend?.close();
    throw error;
  }
  return await startApplication(app);
}

/**
 * Starts an application of the AppModule, as startGateway does.
 * @param app made by createApplication, or in a test by Test.createTestingModule
 * @throws PairstreamError as startGateway
 */
export async function startApplication(app: NestFastifyApplication): Promise<Gateway<ActiveRelease>> {
  const transport = app.get(GrpcTransport);
  const gate = app.get(ServingGate);
  const activator = app.get(ReleaseActivator);
  const adminPort = await listenApplication(app, transport);
  let closed: Promise<void> | undefined;
  return {
    grpcPort: transport.port,
    adminPort,
    served: activator.served,
    get notReadyReason() {
      return gate.notReadyReason;
    },
    close: () => (closed ??= app.close()),
  };
}
