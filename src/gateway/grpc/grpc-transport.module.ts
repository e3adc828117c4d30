import { Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { bufferedMessageBytes, type Config } from '../../config/config.js';
import { packageVersion } from '../../config/package-files.js';
import { WordpieceTokenizer } from '../../features/text/wordpiece-tokenizer.js';
import type { ReleaseFiles } from '../../releases/release.js';
import { ServingGate } from '../../scoring/serving-gate.js';
import { IngressTelemetry } from '../../telemetry/ingress-telemetry.js';
import { Telemetry } from '../../telemetry/telemetry.js';
import { CONFIG } from '../config/config.module.js';
import { PredictionModule } from '../prediction/prediction.module.js';
import { RELEASE_FILES } from '../release/release-loader.js';
import { ReleaseModule } from '../release/release.module.js';
import { LOGGER } from '../telemetry/telemetry.module.js';
import { GatewayDrain } from './gateway-drain.js';
import { GrpcServer } from './server/grpc-server.js';
import { GrpcTransport } from './grpc-transport.js';
import { MessageBudget } from './limits/message-budget.js';
import { MessageLeases } from './limits/message-leases.js';
import { UnreadAnswers } from './limits/unread-answers.js';
import { RequestHandler } from './service/request-handler.js';
import { PairService } from './service/pair-service.js';

/** Provides the gRPC server with its services and limits, and the transport that ties it to the application. */
@Module({
  imports: [PredictionModule, ReleaseModule],
  providers: [
    {
      provide: MessageBudget,
      inject: [CONFIG],
      useFactory: (config: Config) => new MessageBudget(bufferedMessageBytes(config)),
    },
    {
      provide: MessageLeases,
      inject: [MessageBudget],
      useFactory: (budget: MessageBudget) => new MessageLeases(budget),
    },
    {
      provide: UnreadAnswers,
      inject: [MessageBudget, IngressTelemetry],
      useFactory: ({ limitBytes }: MessageBudget, ingress: IngressTelemetry) =>
        new UnreadAnswers(limitBytes, () => ingress.callRefused('unread')),
    },
    {
      provide: RequestHandler,
      inject: [CONFIG, LOGGER, RELEASE_FILES, ServingGate, Telemetry],
      useFactory: (
        { maxPairsPerMessage, maxMessageBytes }: Config,
        logger: Logger,
        { vocabulary, languages }: ReleaseFiles,
        scorer: ServingGate,
        telemetry: Telemetry,
      ) =>
        new RequestHandler({
          scorer,
          telemetry,
          maxPairsPerMessage,
          maxMessageBytes,
          tokenizer: new WordpieceTokenizer(vocabulary),
          languages,
          onFault: (error) => logger.error({ err: error.cause ?? error }, error.message),
        }),
    },
    {
      provide: PairService,
      inject: [CONFIG, RequestHandler, ServingGate, Telemetry, MessageLeases, UnreadAnswers],
      useFactory: (
        config: Config,
        handler: RequestHandler,
        gate: ServingGate,
        telemetry: Telemetry,
        leases: MessageLeases,
        unread: UnreadAnswers,
      ) =>
        new PairService({
          ...config,
          handler,
          telemetry,
          info: () => gate.info,
          serverVersion: packageVersion(),
          onAnswered: (request, answerBytes) => {
            const stream = leases.streamOf(request);
            leases.release(request);
            return stream === undefined ? () => undefined : unread.hold(stream, answerBytes);
          },
        }),
    },
    {
      provide: GrpcServer,
      inject: [CONFIG, PairService, IngressTelemetry, MessageBudget, MessageLeases, UnreadAnswers],
      useFactory: (
        config: Config,
        service: PairService,
        telemetry: IngressTelemetry,
        budget: MessageBudget,
        leases: MessageLeases,
        unread: UnreadAnswers,
      ) => new GrpcServer(service, { ...config, port: config.grpcPort, telemetry, budget, leases, unread }),
    },
    GrpcTransport,
    GatewayDrain,
  ],
  exports: [GrpcTransport, PairService, GatewayDrain],
})
export class GrpcTransportModule {}
