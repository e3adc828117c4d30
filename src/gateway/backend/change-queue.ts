import { bulkhead, BulkheadRejectedError } from 'cockatiel';
import { PairstreamError } from '../../errors/pairstream-error.js';

/** Most changes that wait for the one in progress. */
const MOST_WAITING_CHANGES = 16;

/** Changes of models by operators. They run one after another. */
export class ChangeQueue {
  private readonly changes = bulkhead(1, MOST_WAITING_CHANGES);

  /** Runs a change when those before it have ended. @throws PairstreamError BUSY if too many wait; errors of the change */
  async run<T>(change: () => Promise<T>): Promise<T> {
    try {
      return await this.changes.execute(change);
    } catch (error) {
      if (!(error instanceof BulkheadRejectedError)) throw error;
      const message = `${MOST_WAITING_CHANGES} changes of models wait already, expected fewer`;
      throw new PairstreamError('BUSY', message, { cause: error });
    }
  }
}
