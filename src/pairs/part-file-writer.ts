import { TextFileWriter } from './text-file-writer.js';
import type { PartRow, PartUser } from './part-row.js';

const FIELD = '\x01';
const ITEM = '\t';

/** One row as a line without its newline: 24 columns when the row has labels, else 20. */
export function formatPartRow(row: PartRow): string {
  let line =
    row.textTokens.join(ITEM) +
    FIELD +
    row.hashtags.join(ITEM) +
    FIELD +
    row.tweetId +
    FIELD +
    row.media.join(ITEM) +
    FIELD +
    row.links.join(ITEM) +
    FIELD +
    row.domains.join(ITEM) +
    FIELD +
    row.tweetType +
    FIELD +
    row.language +
    FIELD +
    row.tweetCreatedAtS +
    FIELD +
    formatUser(row.author) +
    FIELD +
    formatUser(row.reader) +
    FIELD +
    row.authorFollowsReader;
  if (row.engagementTimesS !== undefined)
    for (const timeS of row.engagementTimesS) line += FIELD + (timeS ?? '');
  return line;
}

function formatUser(user: PartUser): string {
  const { id, followerCount, followingCount, isVerified, accountCreatedAtS } = user;
  return `${id}${FIELD}${followerCount}${FIELD}${followingCount}${FIELD}${isVerified}${FIELD}${accountCreatedAtS}`;
}

/** Writes part files: rows to `<path>.partial`, gzipped when the path ends in .gz, renamed on close. */
export class PartFileWriter {
  private constructor(private readonly file: TextFileWriter) {}

  static async open(path: string): Promise<PartFileWriter> {
    return new PartFileWriter(await TextFileWriter.open(path));
  }

  async write(rows: readonly PartRow[]): Promise<void> {
    let text = '';
    for (const row of rows) text += `${formatPartRow(row)}\n`;
    await this.file.write(text);
  }

  /** Finishes the file and gives it its name. */
  async close(): Promise<void> {
    await this.file.close();
  }

  /** Takes the unfinished file away. */
  async abort(): Promise<void> {
    await this.file.abort();
  }
}
