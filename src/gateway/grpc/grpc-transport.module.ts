import { Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { bufferedMessageBytes, type Config } from '../../config/config.js';
import { packageVersion } from '../../config/package-files.js';
import { WordpieceTokenizer } from '../../features/text/wordpiece-tokenizer.js';
import type { PairstreamError } from '../../errors/pairstream-error.js';
import type { Feedback } from '../../feedback/feedback.js';
import { ServerClock } from '../../pairs/server-clock.js';
import type { ReleaseFiles } from '../../releases/release.js';
import type { Authenticator } from '../../security/authenticator.js';
import type { ReloadedFiles } from '../../security/reloaded-files.js';
import type { TlsMaterial } from '../../security/tls-material.js';
import { ServingGate } from '../../scoring/serving-gate.js';
import { BlockTelemetry } from '../../telemetry/block-telemetry.js';
import { FeedbackTelemetry } from '../../telemetry/feedback-telemetry.js';
import { IngressTelemetry } from '../../telemetry/ingress-telemetry.js';
import { SecurityTelemetry } from '../../telemetry/security-telemetry.js';
import { Telemetry } from '../../telemetry/telemetry.js';
import { CONFIG, PROCESS_LEVELS, WORKER_SEAT } from '../config/config.module.js';
import type { ProcessLevels } from '../../concurrency/process-levels.js';
import type { WorkerSeat } from '../../concurrency/worker-seat.js';
import { FEEDBACK, FeedbackModule } from '../feedback/feedback.module.js';
import { PredictionModule } from '../prediction/prediction.module.js';
import { RELEASE_FILES } from '../release/release-loader.js';
import { ReleaseModule } from '../release/release.module.js';
import { CALLERS, TLS } from '../security/security.module.js';
import { LOGGER } from '../telemetry/telemetry.module.js';
import { GatewayDrain } from './gateway-drain.js';
import { GrpcServer } from './server/grpc-server.js';
import { GrpcTransport } from './grpc-transport.js';
import { CALLER_HEADER } from './limits/call-identity.js';
import { CallerAccounts } from '../../concurrency/caller-accounts.js';
import { AuthenticatedIdentity, HeaderIdentity, PeerIdentity } from './limits/caller-identity.js';
import { IdentifiedCalls } from './limits/identified-calls.js';
import { MessageBudget } from './limits/message-budget.js';
import { MessageLeases } from './limits/message-leases.js';
import { UnreadAnswers } from './limits/unread-answers.js';
import { RequestHandler } from './service/request-handler.js';
import { FeedbackHandler } from './service/feedback-handler.js';
import { type FeedbackService, PairService } from './service/pair-service.js';

/** Injection token of the FeedbackService; undefined if the gateway takes no feedback. */
const FEEDBACK_SERVICE = Symbol('FEEDBACK_SERVICE');

/** Provides the gRPC server with its services and limits, and the transport that ties it to the application. */
@Module({
  imports: [PredictionModule, ReleaseModule, FeedbackModule],
  providers: [
    {
      provide: MessageBudget,
      inject: [CONFIG, PROCESS_LEVELS],
      useFactory: (config: Config, { messageBytes }: ProcessLevels) =>
        new MessageBudget(bufferedMessageBytes(config), messageBytes),
    },
    {
      provide: MessageLeases,
      inject: [MessageBudget],
      useFactory: (budget: MessageBudget) => new MessageLeases(budget),
    },
    {
      provide: IdentifiedCalls,
      inject: [CONFIG, { token: CALLERS, optional: true }],
      useFactory: ({ callerHeader }: Config, callers: ReloadedFiles<Authenticator> | undefined) => {
        const byCall = callerHeader === '' ? new PeerIdentity() : new HeaderIdentity(callerHeader);
        const identity = callers === undefined ? byCall : new AuthenticatedIdentity(callers);
        return new IdentifiedCalls(identity, new CallerAccounts());
      },
    },
    {
      provide: UnreadAnswers,
      inject: [MessageBudget, IngressTelemetry, PROCESS_LEVELS],
      useFactory: (
        { limitBytes }: MessageBudget,
        ingress: IngressTelemetry,
        { unreadBytes }: ProcessLevels,
      ) => new UnreadAnswers(limitBytes, () => ingress.callRefused('unread'), unreadBytes),
    },
    {
      provide: RequestHandler,
      inject: [
        CONFIG,
        LOGGER,
        RELEASE_FILES,
        ServingGate,
        Telemetry,
        ServerClock,
        { token: FEEDBACK, optional: true },
      ],
      useFactory: (
        { maxPairsPerMessage, maxMessageBytes }: Config,
        logger: Logger,
        { vocabulary, languages }: ReleaseFiles,
        scorer: ServingGate,
        telemetry: Telemetry,
        clock: ServerClock,
        feedback: Feedback | undefined,
      ) =>
        new RequestHandler({
          scorer,
          telemetry,
          clock,
          feedback,
          maxPairsPerMessage,
          maxMessageBytes,
          tokenizer: new WordpieceTokenizer(vocabulary),
          languages,
          onFault: (error) => logger.error({ err: error.cause ?? error }, error.message),
        }),
    },
    {
      provide: FEEDBACK_SERVICE,
      inject: [LOGGER, FeedbackTelemetry, ServerClock, { token: FEEDBACK, optional: true }],
      useFactory: (
        logger: Logger,
        telemetry: FeedbackTelemetry,
        clock: ServerClock,
        feedback: Feedback | undefined,
      ): FeedbackService | undefined => {
        const onFault = (error: PairstreamError): void =>
          logger.error({ err: error.cause ?? error }, error.message);
        return (
          feedback && { feedback, handler: new FeedbackHandler({ feedback, telemetry, clock, onFault }) }
        );
      },
    },
    {
      provide: PairService,
      inject: [
        CONFIG,
        RequestHandler,
        ServingGate,
        Telemetry,
        MessageLeases,
        IdentifiedCalls,
        UnreadAnswers,
        WORKER_SEAT,
        { token: FEEDBACK_SERVICE, optional: true },
        { token: CALLERS, optional: true },
      ],
      useFactory: (
        config: Config,
        handler: RequestHandler,
        gate: ServingGate,
        telemetry: Telemetry,
        leases: MessageLeases,
        calls: IdentifiedCalls,
        unread: UnreadAnswers,
        seat: WorkerSeat,
        feedback: FeedbackService | undefined,
        callers: ReloadedFiles<Authenticator> | undefined,
      ) =>
        new PairService({
          ...config,
          handler,
          feedback,
          telemetry,
          seat,
          callers: callers && { header: CALLER_HEADER, entries: () => callers.current },
          info: () => gate.info,
          serverVersion: packageVersion(),
          accountOf: (request) => {
            const stream = leases.streamOf(request);
            return stream === undefined ? undefined : calls.accountOf(stream);
          },
          onAnswered: (request, answerBytes) => {
            const stream = leases.streamOf(request);
            leases.release(request);
            return stream === undefined ? () => undefined : unread.hold(stream, answerBytes);
          },
        }),
    },
    {
      provide: GrpcServer,
      inject: [
        CONFIG,
        PairService,
        IngressTelemetry,
        MessageBudget,
        MessageLeases,
        IdentifiedCalls,
        UnreadAnswers,
        PROCESS_LEVELS,
        WORKER_SEAT,
        SecurityTelemetry,
        { token: TLS, optional: true },
        { token: CALLERS, optional: true },
      ],
      useFactory: (
        config: Config,
        service: PairService,
        telemetry: IngressTelemetry,
        budget: MessageBudget,
        leases: MessageLeases,
        calls: IdentifiedCalls,
        unread: UnreadAnswers,
        levels: ProcessLevels,
        seat: WorkerSeat,
        security: SecurityTelemetry,
        files: ReloadedFiles<TlsMaterial> | undefined,
        callers: ReloadedFiles<Authenticator> | undefined,
      ) =>
        new GrpcServer(service, {
          ...config,
          authentication: callers && { callers, onRefused: (reason) => security.callerRefused(reason) },
          tls: files && {
            files,
            handshakeMs: config.tlsHandshakeMs,
            onFailed: (reason) => security.handshakeFailed(reason),
          },
          port: config.grpcPort,
          sharesPort: seat.count > 1,
          telemetry,
          budget,
          leases,
          calls,
          unread,
          levels,
        }),
    },
    {
      provide: BlockTelemetry,
      inject: [Telemetry, WORKER_SEAT],
      useFactory: ({ registry }: Telemetry, { index }: WorkerSeat) => new BlockTelemetry(registry, index),
    },
    GrpcTransport,
    GatewayDrain,
  ],
  exports: [GrpcTransport, PairService, GatewayDrain],
})
export class GrpcTransportModule implements OnApplicationShutdown {
  constructor(private readonly blocks: BlockTelemetry) {}

  onApplicationShutdown(): void {
    this.blocks.close();
  }
}
