// Scores one reader with three candidates, in a project that has `npm install`ed the package. Node runs it as it is:
//   node client.ts 127.0.0.1:50051
import { PairstreamClient, type PredictInput } from 'pairstream/client';

const [target = '127.0.0.1:50051'] = process.argv.slice(2);
const nowS = Math.floor(Date.now() / 1_000);

// Row 0 is the reader, the others are authors.
const request: PredictInput = {
  timeoutMs: 1_000,
  users: {
    id: [1, 2, 3, 4].map((number) => new Uint8Array(16).fill(number)),
    followerCount: [21, 1_323, 1_615, 108_465],
    followingCount: [747, 656, 1_974, 1_818],
  },
  tweets: {
    authorIndex: [1, 2, 3],
    type: [1, 2, 3],
    language: ['en', 'en', 'pt-BR'],
    createdAtS: [nowS - 600, nowS - 60, nowS - 5],
    tokenCount: [5, 4, 3],
    token: [101, 289, 125, 1_629, 102, 101, 289, 125, 102, 101, 1_148, 102],
    mediaCount: [1, 0, 0],
    media: [1],
    hashtagCount: [0, 2, 0],
    linkCount: [0, 0, 1],
    domainCount: [0, 0, 1],
  },
  pairs: {
    tweetIndex: [0, 1, 2],
    readerIndex: [0, 0, 0],
    authorFollowsReader: [true, false, false],
    asOfS: [],
  },
};

const client = new PairstreamClient({ target });
try {
  const { like, releaseId } = await client.predict(request);
  const ranked = [...like].map((chance, tweet) => ({ tweet, chance })).sort((a, b) => b.chance - a.chance);
  for (const { tweet, chance } of ranked) console.log(`tweet ${tweet}  like ${chance.toFixed(4)}`);
  for await (const { index, output } of client.predictStream([request, request])) {
    console.log(
      `message ${index}  ${output instanceof Error ? output.message : output.releaseId === releaseId}`,
    );
  }
} finally {
  client.close();
}
