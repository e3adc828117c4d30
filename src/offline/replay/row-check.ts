import { validateBatch } from '../../features/batch-validation.js';
import { PairBatchBuilder } from '../../pairs/pair-batch-builder.js';
import type { PartRow } from '../../pairs/part-row.js';

/** Columns of a part file by the field of a batch that holds one row, in which the author is user 0. */
const COLUMN_OF_FIELD: Readonly<Record<string, string>> = {
  'tweets.created_at_s[0]': 'tweet_timestamp',
  'users.account_created_at_s[0]': 'engaged_with_user_account_creation',
  'users.account_created_at_s[1]': 'engaging_user_account_creation',
};

/** Checks single rows of part files for what their lines alone do not show: times that contradict each other, unknown tokens. */
export class RowCheck {
  private readonly builder = new PairBatchBuilder();

  /** @param vocabularySize number of token ids of the vocabulary that the tokens belong to */
  constructor(private readonly vocabularySize: number) {}

  /** The reason why a row cannot be scored, which names the column of the part file; undefined for a good row. */
  problemOf(row: PartRow): string | undefined {
    this.builder.clear();
    this.builder.addPartRow(row);
    const error = validateBatch(this.builder.toBatch(), this.vocabularySize)?.get(0);
    if (error === undefined) return undefined;
    const [field = '', ...rest] = error.message.split(': ');
    const column = COLUMN_OF_FIELD[field] ?? (field.startsWith('tweets.token[') ? 'text_tokens' : field);
    return `${column}: ${rest.join(': ')}`;
  }
}
