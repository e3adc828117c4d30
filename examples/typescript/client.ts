// Ranks candidates for one reader. Usage: node client.ts [HOST:PORT]; Node 24 runs the file as it is.
import { Media, PairstreamClient, type PredictInput, ServerError, TweetType } from '@pairstream/client';

const READER = 'ada';
const CANDIDATES = [
  {
    author: 'grace',
    followers: 108_465,
    following: 1_818,
    type: TweetType.TOP_LEVEL,
    language: 'en',
    createdAtS: 1_614_124_846,
    text: 'Who is coming tonight? #compilers',
  },
  {
    author: 'alan',
    followers: 1_615,
    following: 1_974,
    type: TweetType.QUOTE,
    language: 'pt-BR',
    createdAtS: 1_614_124_891,
    text: 'Que legal!!',
  },
  {
    author: 'edsger',
    followers: 1_323,
    following: 656,
    type: TweetType.TOP_LEVEL,
    language: 'ja',
    createdAtS: 1_614_125_083,
    text: '今日はいい天気ですね',
  },
];

/** Asks for every candidate and the reader, who is row 0 of the users. */
const request: PredictInput = {
  timeoutMs: 1_000,
  users: {
    idText: [READER, ...CANDIDATES.map(({ author }) => author)],
    followerCount: [21, ...CANDIDATES.map(({ followers }) => followers)],
    followingCount: [747, ...CANDIDATES.map(({ following }) => following)],
  },
  tweets: {
    authorIndex: CANDIDATES.map((_, row) => row + 1),
    type: CANDIDATES.map(({ type }) => type),
    language: CANDIDATES.map(({ language }) => language),
    createdAtS: CANDIDATES.map(({ createdAtS }) => createdAtS),
    text: CANDIDATES.map(({ text }) => text),
    // The first tweet has a photo. The server counts hashtags and links in the text.
    mediaCount: [1, 0, 0],
    media: [Media.PHOTO],
  },
  pairs: {
    tweetIndex: CANDIDATES.map((_, row) => row),
    readerIndex: CANDIDATES.map(() => 0),
    authorFollowsReader: [true, false, false],
    // A fixed time gives the same answer every day. Leave it out to score for now.
    asOfS: [1_614_125_083],
  },
  options: { scoreWeights: { reply: 10, retweet: 2, quote: 2, like: 1 }, topK: 2, explain: true },
};

async function rank(target: string): Promise<void> {
  const client = new PairstreamClient({ target });
  try {
    const { ranking, explanation } = await client.predict(request, { timeoutMs: 5_000 });
    // The explanation has the pairs in the order of the ranking.
    ranking?.pairIndexes.forEach((pair, place) => {
      const likes = explanation?.members.map(({ model, like }) => `${model} ${like[place]?.toFixed(4)}`);
      console.log(
        `${ranking.scores[place]?.toFixed(4)}  ${CANDIDATES[pair]?.author}  like: ${likes?.join(', ')}`,
      );
    });
  } finally {
    client.close();
  }
}

try {
  await rank(process.argv[2] ?? '127.0.0.1:50051');
} catch (error) {
  if (!(error instanceof ServerError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
