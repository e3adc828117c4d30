import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FinishedProgram, runProgram } from '../support/processes/run-program.js';
import { ROOT, startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';

/** Building grpcurl takes a minute on a small machine. */
const INSTALL_MS = 900_000;
const NOT_HERE = 3;

interface RankedAnswer {
  readonly like: number[] | undefined;
  readonly ranked_pair_index: number[];
  readonly ranked_score: number[];
  readonly explanation: {
    readonly pair_index: number[];
    readonly feature: readonly { readonly name: string; readonly value: number[] }[];
    readonly member: readonly ({
      readonly model: string;
      readonly weight: Partial<Record<Target, number>>;
    } & Record<Target, number[]>)[];
  };
}
type Target = 'reply' | 'retweet' | 'quote' | 'like';

describe('grpcurl', () => {
  let installed: FinishedProgram;
  let served: TestGateway;
  const call = (args: readonly string[], input?: string): Promise<FinishedProgram> =>
    runProgram(installed.stdout.trim(), ['-plaintext', ...args], {}, input);

  beforeAll(async () => {
    installed = await runProgram(join(ROOT, 'scripts/install-grpcurl.sh'), [join(ROOT, '.work/bin')]);
    served = await startTestGateway();
  }, INSTALL_MS);
  afterAll(() => served[Symbol.asyncDispose]());

  it('lists services and describes them by reflection', async (context) => {
    if (installed.status === NOT_HERE) context.skip(installed.stderr);
    const listed = await call([served.target, 'list']);
    expect(listed).toMatchObject({ status: 0 });
    const names = ['grpc.health.v1.Health', 'pairstream.v1.PairService'];
    for (const name of names) expect(listed.stdout).toContain(name);
    const described = await call([served.target, 'describe', 'pairstream.v1.PredictRequest']);
    expect(described.stdout).toContain('uint32 timeout_ms = 2');
    const rung = await call([served.target, 'describe', 'pairstream.v1.RungInfo']);
    expect(rung.stdout).toContain('optional double rce = 2');
  });

  it('checks health', async (context) => {
    if (installed.status === NOT_HERE) context.skip(installed.stderr);
    const request = '{"service":"pairstream.v1.PairService"}';
    const checked = await call(['-d', request, served.target, 'grpc.health.v1.Health/Check']);
    expect(JSON.parse(checked.stdout)).toEqual({ status: 'SERVING' });
  });

  it("calls Predict with the README's JSON", async (context) => {
    if (installed.status === NOT_HERE) context.skip(installed.stderr);
    const json = readFileSync(join(ROOT, 'examples/predict.json'), 'utf8');
    const predicted = await call(['-d', '@', served.target, 'pairstream.v1.PairService/Predict'], json);
    expect(predicted).toMatchObject({ status: 0, stderr: '' });
    const answer = JSON.parse(predicted.stdout) as { sequence: string; like: number[]; release_id: string };
    expect(answer).toMatchObject({ sequence: '1', release_id: served.release.id });
    expect(answer.like).toHaveLength(3);
    expect(answer.like.every((value) => value > 0 && value < 1)).toBe(true);
  });

  it('ranks and explains text, names and languages', async (context) => {
    if (installed.status === NOT_HERE) context.skip(installed.stderr);
    const json = readFileSync(join(ROOT, 'examples/predict-text.json'), 'utf8');
    const predicted = await call(['-d', '@', served.target, 'pairstream.v1.PairService/Predict'], json);
    expect(predicted).toMatchObject({ status: 0, stderr: '' });
    const answer = JSON.parse(predicted.stdout) as RankedAnswer;
    expect(answer.like).toBeUndefined();
    const { ranked_pair_index: ranked, ranked_score: scores, explanation } = answer;
    expect(ranked).toHaveLength(2);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(explanation.pair_index).toEqual(ranked);
    const column = (name: string): number[] =>
      explanation.feature.find((feature) => feature.name === name)?.value ?? [];
    const expected = {
      a_follower_count: [108_465, 1_615, 1_323],
      b_following_count: [747, 747, 747],
      a_follows_b: [1, 0, 0],
      tw_len_photo: [1, 0, 0],
      tw_len_quest: [1, 0, 0],
      tw_count_excl_quest_marks: [1, 2, 0],
    };
    for (const [name, values] of Object.entries(expected))
      expect(column(name)).toEqual(ranked.map((pair) => values[pair]));
    const models = served.release.models.map(({ name }) => name);
    for (const { model, like } of explanation.member) {
      expect(models).toContain(model);
      expect(like).toHaveLength(2);
    }
    // The score is the weighted sum of what the models say, each by its weight.
    const worth = { reply: 10, retweet: 2, quote: 2, like: 1 } as const;
    explanation.pair_index.forEach((pair, i) => {
      let score = 0;
      for (const target of ['reply', 'retweet', 'quote', 'like'] as const)
        for (const opinion of explanation.member)
          score += worth[target] * (opinion.weight[target] ?? 0) * opinion[target][i]!;
      expect(score).toBeCloseTo(scores[ranked.indexOf(pair)]!, 4);
    });
  });
});
