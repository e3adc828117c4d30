import type { Config } from '../config/config.js';
import { checkExposure } from '../config/exposure.js';
import { createApplication, listenApplication } from './application.js';
import type { GatewayOverrides } from './config/config.module.js';
import type { Gateway } from './gateway.js';
import { ThreadedAppModule } from './threaded-app.module.js';
import { WorkerTransport } from './workers/worker-transport.js';

/**
 * Starts a gateway whose calls are served by worker threads on one port (PAIRSTREAM_WORKERS). This thread answers operators, and learns
 * from feedback.
 * @param overrides log, environment and begun files
 * @throws PairstreamError as startGateway
 */
export async function startThreadedGateway(
  config: Config,
  overrides: Pick<GatewayOverrides, 'logger' | 'environment' | 'begun'> = {},
): Promise<Gateway> {
  checkExposure(config);
  const app = await createApplication(ThreadedAppModule.forRoot(config, overrides), config);
  const transport = app.get(WorkerTransport);
  const adminPort = await listenApplication(app, transport);
  let closed: Promise<void> | undefined;
  return {
    grpcPort: transport.port,
    adminPort,
    served: transport.served,
    get notReadyReason() {
      return transport.release === undefined
        ? (transport.readiness.reason ?? 'the models are being loaded')
        : undefined;
    },
    close: () => (closed ??= app.close()),
  };
}
