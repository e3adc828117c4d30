import { Counter, Gauge, type Registry } from 'prom-client';

const MS_PER_DAY = 86_400_000;

/** Metrics of TLS: of the files in the thread that answers operators, of the handshakes in each thread. */
export class SecurityTelemetry {
  private readonly reloadFailures: Counter;
  private readonly callersReloadFailures: Counter;
  private readonly handshakeFailures: Counter;
  private readonly refusedCallers: Counter;
  private readonly refusedRequests: Counter;

  /** @param isMain false in a worker thread, which reads the same files as the main thread */
  constructor(
    private readonly registry: Registry,
    isMain: boolean,
  ) {
    const ofFiles = isMain ? [registry] : [];
    this.reloadFailures = new Counter({
      name: 'pairstream_tls_reload_failures_total',
      help: 'Changed TLS files that could not be used; the former ones stay in use',
      registers: ofFiles,
    });
    this.callersReloadFailures = new Counter({
      name: 'pairstream_callers_reload_failures_total',
      help: 'Changed callers files that could not be used; the former callers stay in use',
      registers: ofFiles,
    });
    this.refusedRequests = new Counter({
      name: 'pairstream_refused_admin_requests_total',
      help: 'Requests to the admin port that were refused, by reason: those of refused_callers_total, host (Host header), origin (page of another origin), handshake (TLS)',
      labelNames: ['reason'],
      registers: ofFiles,
    });
    this.refusedCallers = new Counter({
      name: 'pairstream_refused_callers_total',
      help: 'gRPC calls refused for their caller, by reason: missing, malformed, unknown (also revoked), expired, scope',
      labelNames: ['reason'],
      registers: [registry],
    });
    this.handshakeFailures = new Counter({
      name: 'pairstream_tls_handshake_failures_total',
      help: 'gRPC connections that ended before their TLS handshake, by reason: failed (no TLS, no accepted certificate), slow (PAIRSTREAM_TLS_HANDSHAKE_MS), dropped (too many unfinished handshakes)',
      labelNames: ['reason'],
      registers: [registry],
    });
  }

  /** Adds the gauge of the certificate. Call once, in the main thread. @param expiresAtMs milliseconds since 1970 */
  watchCertificate(expiresAtMs: () => number): void {
    const gauge = new Gauge({
      name: 'pairstream_tls_certificate_expiry_days',
      help: 'Days until the certificate in use expires; negative after that',
      registers: [],
      collect() {
        this.set((expiresAtMs() - Date.now()) / MS_PER_DAY);
      },
    });
    this.registry.registerMetric(gauge);
  }

  reloadFailed(): void {
    this.reloadFailures.inc();
  }

  callersReloadFailed(): void {
    this.callersReloadFailures.inc();
  }

  callerRefused(reason: string): void {
    this.refusedCallers.inc({ reason });
  }

  requestRefused(reason: string): void {
    this.refusedRequests.inc({ reason });
  }

  handshakeFailed(reason: 'failed' | 'slow' | 'dropped'): void {
    this.handshakeFailures.inc({ reason });
  }
}
