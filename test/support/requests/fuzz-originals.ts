import { encodeRequest } from '@pairstream/client/wire';
import { exampleRows, requestOf } from './example-rows.js';

/** Encoded messages that mutations start from: small ones, one of 100 pairs at index LARGE_ORIGINAL, and one without a byte. */
export async function fuzzOriginals(): Promise<Buffer[]> {
  const rows = await exampleRows(140);
  const natural = encodeRequest(
    {
      users: { idText: ['a', 'b'], followerCount: [1, 2], followingCount: [3, 4], isVerified: [true, false] },
      tweets: {
        authorIndex: [1],
        type: [1],
        language: ['en'],
        createdAtS: [1_614_556_800],
        text: ['Hello @you, what a day! 你好 🌅'],
        mediaCount: [0],
        media: [],
        hashtagCount: [0],
        linkCount: [0],
        domainCount: [0],
        idNumber: [2n ** 63n],
        firstHashtag: ['day'],
      },
      pairs: { tweetIndex: [0], readerIndex: [0], authorFollowsReader: [true], asOfS: [1_614_557_000] },
      options: { scoreWeights: { like: 1 }, topK: 1, explain: true, ordered: true, minRung: 'full' },
    },
    5,
  );
  const derived = encodeRequest(
    {
      users: { idNumber: [1, 2], followerCount: [1, 2], followingCount: [3, 4] },
      tweets: {
        authorIndex: [1, 0],
        type: ['QUOTE', 'TOP_LEVEL'],
        language: ['en', 'ja'],
        createdAtS: [1_614_556_800, 1_614_556_801],
        text: ['#One https://www.example.com/a?b=c. #two', '＃東京 https://t.co/abcを見て'],
      },
      pairs: { tweetIndex: [0, 1], readerIndex: [0, 1], authorFollowsReader: [true, false] },
      options: {
        scoreWeights: { reply: 2 },
        topK: 1,
        explain: true,
        keepProbabilities: true,
        rankPerReader: true,
      },
    },
    6,
  );
  return [
    encodeRequest(requestOf(rows.slice(0, 1)), 1),
    encodeRequest(requestOf(rows.slice(0, 5)), 2),
    encodeRequest({ ...requestOf(rows.slice(5, 8)), timeoutMs: 60_000 }, 2 ** 40),
    encodeRequest(requestOf(rows.slice(8, 108)), 4),
    natural,
    derived,
    Buffer.alloc(0),
  ];
}

/** Index of the large message. */
export const LARGE_ORIGINAL = 3;
