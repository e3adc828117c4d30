import { MEDIA_CODE, type PartRow, TWEET_TYPE_CODE } from '../../../pairs/part-row.js';
import { ArrowFileWriter } from '../../../files/arrow-file.js';
import { PIECE_KIND, type Vocabulary } from '../../../features/text/vocabulary.js';

/** Writes rows as bench/peers/polars_features.py reads them: a column per field, and texts as strings. */
export async function writePolarsRows(
  path: string,
  rows: readonly PartRow[],
  vocabulary: Vocabulary,
): Promise<void> {
  const int32 = (valueOf: (row: PartRow) => number): Int32Array => Int32Array.from(rows, valueOf);
  const columns = {
    text: rows.map(({ textTokens }) => joinTokens(textTokens, vocabulary)),
    author: rows.map(({ author }) => author.id),
    reader: rows.map(({ reader }) => reader.id),
    tweet: rows.map(({ tweetId }) => tweetId),
    domain: rows.map(({ domains }) => domains[0] ?? ''),
    language: rows.map(({ language }) => language),
    tweet_type: int32(({ tweetType }) => TWEET_TYPE_CODE[tweetType]),
    media_list: rows.map(({ media }) => media.map((name) => MEDIA_CODE[name]).join(',')),
    token_count: int32(({ textTokens }) => textTokens.length),
    hashtag_count: int32(({ hashtags }) => hashtags.length),
    link_count: int32(({ links }) => links.length),
    domain_count: int32(({ domains }) => domains.length),
    follows: int32(({ authorFollowsReader }) => Number(authorFollowsReader)),
    created_at_s: Float64Array.from(rows, ({ tweetCreatedAtS }) => tweetCreatedAtS),
    a_followers: Float64Array.from(rows, ({ author }) => author.followerCount),
    a_following: Float64Array.from(rows, ({ author }) => author.followingCount),
    a_verified: int32(({ author }) => Number(author.isVerified)),
    a_created: Float64Array.from(rows, ({ author }) => author.accountCreatedAtS),
    b_followers: Float64Array.from(rows, ({ reader }) => reader.followerCount),
    b_following: Float64Array.from(rows, ({ reader }) => reader.followingCount),
    b_verified: int32(({ reader }) => Number(reader.isVerified)),
    b_created: Float64Array.from(rows, ({ reader }) => reader.accountCreatedAtS),
  };
  const typeOf = (values: readonly string[] | Int32Array | Float64Array): 'utf8' | 'int32' | 'float64' =>
    values instanceof Int32Array ? 'int32' : values instanceof Float64Array ? 'float64' : 'utf8';
  const described = Object.entries(columns).map(([name, values]) => ({ name, type: typeOf(values) }));
  const writer = await ArrowFileWriter.open(path, described);
  await writer.writeBatch(columns, rows.length);
  await writer.close();
}

function joinTokens(tokens: readonly number[], { bytes, offset, kind }: Vocabulary): string {
  let text = '';
  for (const id of tokens) {
    if (kind[id] === PIECE_KIND.silent) continue;
    const piece = Buffer.from(bytes.subarray(offset[id], offset[id + 1])).toString('utf8');
    text += text === '' || kind[id] === PIECE_KIND.continuation ? piece : ` ${piece}`;
  }
  return text;
}
