import type { FeedbackOutput } from '@pairstream/client';

/** Reason of events that are older than the attribution window. */
const TOO_OLD = 'EVENT_TOO_OLD';

/** Events or rows that the gateway refused for one reason. */
export interface Refusal {
  /** Stable code, for instance FEEDBACK_TOKEN_INVALID. */
  readonly reason: string;
  readonly count: number;
  /** Message of the first. */
  readonly message: string;
}

/** Counts of a run. */
export class FeedbackTally {
  rowCount = 0;
  /** Rows without a token: no event of the row was sent. */
  failedRowCount = 0;
  acceptedCount = 0;
  duplicateCount = 0;
  tooOldCount = 0;
  refusedCount = 0;
  private readonly byReason = new Map<string, { count: number; message: string }>();

  /** Events whose outcome is known. */
  get eventCount(): number {
    return this.acceptedCount + this.duplicateCount + this.tooOldCount + this.refusedCount;
  }

  /** Reasons of the refused rows and events. */
  get refusals(): Refusal[] {
    return [...this.byReason].map(([reason, rest]) => ({ reason, ...rest }));
  }

  /** Adds the outcomes of the events of a request. */
  add({ acceptedCount, duplicateCount, tooOldCount, eventStatus }: FeedbackOutput): void {
    this.acceptedCount += acceptedCount;
    this.duplicateCount += duplicateCount;
    this.tooOldCount += tooOldCount;
    for (const { reason, message } of eventStatus) {
      if (reason === TOO_OLD) continue;
      this.refusedCount += 1;
      this.note(reason, message);
    }
  }

  /** Adds a row that the gateway gave no token. @param row number from 1 */
  failRow(row: number, reason: string, message: string): void {
    this.failedRowCount += 1;
    this.note(reason, `row ${row}: ${message}`);
  }

  private note(reason: string, message: string): void {
    const known = this.byReason.get(reason);
    if (known === undefined) this.byReason.set(reason, { count: 1, message });
    else known.count += 1;
  }
}
