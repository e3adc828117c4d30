import type { Logger } from 'pino';
import type { PairstreamError } from '../errors/pairstream-error.js';

/** Minimum time between two log lines about the same member; one line per batch would flood the log. */
const INTERVAL_MS = 10_000;

/** Logs missing members with their reasons: at once, then every ten seconds while they are missing. */
export class MissingMemberLog {
  private readonly saidAtMs = new Map<string, number>();

  constructor(private readonly logger: Pick<Logger, 'warn'>) {}

  /** A member gave no answer to a batch. */
  add(member: string, reason: PairstreamError): void {
    const nowMs = performance.now();
    if (nowMs - (this.saidAtMs.get(member) ?? -Infinity) < INTERVAL_MS) return;
    this.saidAtMs.set(member, nowMs);
    this.logger.warn({ member, code: reason.code, err: reason.cause ?? reason }, reason.message);
  }
}
