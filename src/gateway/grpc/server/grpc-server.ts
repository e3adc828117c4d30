import { setTimeout as sleep } from 'node:timers/promises';
import type { Server, ServerOptions } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { LONGEST_TIMER_MS } from '@pairstream/grpc-channel';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation, protoPath as healthProtoPath } from 'grpc-health-check';
import type { PairstreamError } from '../../../errors/pairstream-error.js';
import { listenError } from '../../../config/listen-error.js';
import { hostAndPort } from '../../../config/listen-host.js';
import { PROTO_DIRECTORY, PROTO_FILES } from './proto-files.js';
import { widenWindows } from '../limits/flow-control.js';
import { completeDescriptors } from './reflection-descriptors.js';
import type { IngressTelemetry } from '../../../telemetry/ingress-telemetry.js';
import { boundedReflection } from '../limits/bounded-reflection.js';
import type { CallAuthentication } from '../limits/call-identity.js';
import { connectionLimit, Connections } from '../limits/connections.js';
import { createGuardedServer, type ServerTls } from '../limits/guarded-server.js';
import type { MessageBudget } from '../limits/message-budget.js';
import type { MessageLeases } from '../limits/message-leases.js';
import type { IdentifiedCalls } from '../limits/identified-calls.js';
import { meterCalls } from '../limits/metered-call.js';
import type { ProcessLevels } from '../../../concurrency/process-levels.js';
import { UnfinishedMessages } from '../limits/unfinished-messages.js';
import { MAX_OPEN_CALLS, OpenCalls } from '../limits/open-calls.js';
import type { UnreadAnswers } from '../limits/unread-answers.js';
import { credentialsOf } from './server-credentials.js';
import { SharedPort } from './shared-port.js';
import { PAIR_SERVICE, type PairService } from '../service/pair-service.js';

/** Names that the health service answers for: the server as a whole, and the pair service. */
const HEALTH_NAMES = ['', 'pairstream.v1.PairService'];

const MS_PER_S = 1_000;
/** Largest factor of grpc-js on the age of a connection. */
const AGE_JITTER = 1.1;

/** Time between two checks for streams of expired tokens, milliseconds. */
const REVALIDATE_MS = 5_000;

/** Time for the last answers to leave the process, milliseconds. */
const FLUSH_MS = 100;

/** Address, limits and budgets of the gRPC server. */
export interface GrpcServerOptions {
  /** Host name or IP address; an IPv6 address has no brackets. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly maxMessageBytes: number;
  /** Longest time from the first byte of a message to its last, milliseconds. */
  readonly maxReceiveMs: number;
  /** Maximum number of open calls of one connection, announced by HTTP/2. */
  readonly maxStreamsPerConnection: number;
  /** Age of a connection at which its caller is asked to open another, seconds; 0: no maximum. */
  readonly maxConnectionAgeS: number;
  /** Time without an open call after which a connection is closed, seconds; 0: no maximum. */
  readonly maxConnectionIdleS: number;
  /** Longest duration of `close`, milliseconds. */
  readonly drainTimeoutMs: number;
  readonly telemetry: IngressTelemetry;
  /** Bound on the bytes of received messages. */
  readonly budget: MessageBudget;
  /** Bytes of the budget held by whole messages. The pair service releases them after the answer. */
  readonly leases: MessageLeases;
  /** Accounts of the calls of the pair service. */
  readonly calls: IdentifiedCalls;
  /** Bound on the bytes of answers that callers have not read. The pair service counts them. */
  readonly unread: UnreadAnswers;
  /** Levels that the bounds of the process are compared with. */
  readonly levels: ProcessLevels;
  /** True if other threads listen on the same port. */
  readonly sharesPort: boolean;
  /** Undefined: every caller may call every method. */
  readonly authentication: CallAuthentication | undefined;
  readonly reflection: 'on' | 'off';
  /** Undefined: the port has no TLS. */
  readonly tls: ServerTls | undefined;
}

/** The gRPC server: pair service, health, reflection. */
export class GrpcServer {
  private readonly server: Server;
  private readonly health: HealthImplementation;
  private readonly connections: Connections;
  private sharedPort: SharedPort | undefined;
  private isServing: boolean | undefined;
  private endRevalidation: () => void = () => undefined;

  constructor(
    private readonly service: PairService,
    private readonly options: GrpcServerOptions,
  ) {
    this.connections = new Connections(options.levels.connections);
    this.server = this.createServer();
    const { predict, predictStream, feedback, getServerInfo } = service;
    this.server.addService(PAIR_SERVICE, { predict, predictStream, feedback, getServerInfo });
    this.health = new HealthImplementation();
    this.setServing(false);
    this.health.addToServer(this.server);
    if (options.reflection === 'on') this.addReflection();
  }

  private addReflection(): void {
    const protos = [...PROTO_FILES, healthProtoPath];
    const definition = loadSync(protos, { keepCase: true, includeDirs: [PROTO_DIRECTORY] });
    new ReflectionService(completeDescriptors(definition)).addToServer(boundedReflection(this.server));
  }

  /**
   * Starts to listen. The health status is NOT_SERVING until it is set.
   * @returns the port
   * @throws PairstreamError PORT_IN_USE; INVALID_CONFIG for a host or a port that cannot be listened on
   */
  async listen(): Promise<number> {
    const bound = this.options.sharesPort ? await this.listenShared() : await this.bind();
    widenWindows(this.server);
    this.revalidate();
    return bound;
  }

  /** Ends the streams of callers whose entry is revoked or expired. */
  private revalidate(): void {
    const { authentication } = this.options;
    if (authentication === undefined) return;
    const check = (): void => this.service.endStreamsOfInvalid();
    const timer = setInterval(check, REVALIDATE_MS).unref();
    const unsubscribe = authentication.callers.subscribe(check);
    this.endRevalidation = () => {
      clearInterval(timer);
      unsubscribe();
    };
  }

  private async listenShared(): Promise<number> {
    this.sharedPort = await SharedPort.listen(
      this.server,
      this.options,
      credentialsOf(this.options.tls?.files.current),
    );
    return this.sharedPort.port;
  }

  private async bind(): Promise<number> {
    const { host, port, tls } = this.options;
    return await new Promise<number>((resolve, reject) => {
      this.server.bindAsync(
        hostAndPort(host, port),
        credentialsOf(tls?.files.current),
        (error, boundPort) => {
          if (error === null) resolve(boundPort);
          else reject(listenError({ host, port, setting: 'grpcPort' }, error));
        },
      );
    });
  }

  /**
   * Sets the health status to NOT_SERVING, waits until the requests in flight are answered, ends the streams, and closes the server.
   * Health/Watch and reflection calls, which never end by themselves, are ended. When the drain timeout has passed, all calls are.
   * @param drained settles when every admitted request is answered
   */
  async close(drained: Promise<unknown>): Promise<void> {
    const deadlineMs = performance.now() + this.options.drainTimeoutMs;
    this.setServing(false);
    this.endRevalidation();
    await drained;
    this.sharedPort?.close();
    const closed = new Promise<void>((resolve) => this.server.tryShutdown(() => resolve()));
    const timeout = new AbortController();
    const answered = this.service.finishStreams().then(() => sleep(FLUSH_MS));
    const leftMs = Math.max(0, deadlineMs - performance.now());
    await Promise.race([closed, answered, sleep(leftMs, undefined, timeout)]).finally(() => timeout.abort());
    this.server.forceShutdown();
    await Promise.race([closed, sleep(FLUSH_MS)]);
    // An HTTP/2 session closes after its peer has read everything. A frozen peer never reads.
    this.connections.destroyAll();
  }

  private createServer(): Server {
    const { telemetry, budget, leases, calls, unread, maxMessageBytes, levels, tls, authentication } =
      this.options;
    const limit = connectionLimit();
    telemetry.watch({
      bufferedBytes: () => budget.heldBytes,
      bufferedBytesLimit: budget.limitBytes,
      unreadBytes: () => unread.heldBytes,
      connectionCount: () => this.connections.count,
      connectionLimit: limit,
      callerCount: () => calls.accounts.count,
      callerLimit: calls.accounts.limit,
    });
    const metering = {
      budget,
      leases,
      calls,
      unfinished: new UnfinishedMessages(this.options.maxReceiveMs),
      maxMessageBytes,
      onRefused: ({ code }: PairstreamError) =>
        telemetry.callRefused(code === 'BUSY' ? 'memory' : 'messages'),
    };
    return createGuardedServer({
      grpc: { ...serverOptions(this.options), interceptors: [meterCalls(metering, isPairMethod)] },
      tls,
      authentication,
      connections: this.connections,
      connectionLimit: limit,
      maxStreamsPerConnection: this.options.maxStreamsPerConnection,
      openCalls: new OpenCalls(MAX_OPEN_CALLS, levels.openCalls),
      onCall: (stream, headers) => {
        if (isPairMethod(headers[':path'] ?? '')) calls.open(stream, headers);
      },
      onRefused: ({ code }) => {
        // Refused callers have a metric of their own.
        if (code === 'UNAUTHENTICATED' || code === 'PERMISSION_DENIED') return;
        telemetry.callRefused(code === 'BUSY' ? 'calls' : 'headers');
      },
      onDroppedConnection: () => telemetry.connectionDropped(),
    });
  }

  /** Sets the health status of the server and of the pair service. Watchers are notified only of changes. */
  setServing(isServing: boolean): void {
    if (isServing === this.isServing) return;
    this.isServing = isServing;
    for (const name of HEALTH_NAMES) this.health.setStatus(name, isServing ? 'SERVING' : 'NOT_SERVING');
  }
}

function isPairMethod(path: string): boolean {
  return path.startsWith('/pairstream.v1.PairService/');
}

function serverOptions(options: GrpcServerOptions): ServerOptions {
  const { maxMessageBytes, maxStreamsPerConnection, maxConnectionAgeS, maxConnectionIdleS } = options;
  return {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.max_concurrent_streams': maxStreamsPerConnection,
    // Detects a dead peer within a minute, and lets clients ping every ten seconds.
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 20_000,
    ...(maxConnectionAgeS === 0 ? {} : { 'grpc.max_connection_age_ms': timerMs(maxConnectionAgeS) }),
    ...(maxConnectionIdleS === 0 ? {} : { 'grpc.max_connection_idle_ms': timerMs(maxConnectionIdleS) }),
    // The gateway never reads channelz, which records every call and socket.
    'grpc.enable_channelz': 0,
  };
}

/** A time for a timer of Node, which fires at once above its longest. grpc-js adds up to a tenth to the age. */
function timerMs(seconds: number): number {
  return Math.min(seconds * MS_PER_S, Math.floor(LONGEST_TIMER_MS / AGE_JITTER));
}
