/** Names that every program imports, by package. */
const IMPORTS = {
  '@pairstream/client': ['PairstreamClient', 'ServerError'],
  '@pairstream/triton-client': ['TritonClient', 'TritonError', 'toFloat16'],
  '@pairstream/triton-testing': ['FakeTriton', 'identityModel'],
} as const;

/** Output of `run` in every environment: one reader scored by a gateway, and calls to a fake Triton. */
export const EXPECTED = {
  likeCount: 1,
  isProbability: true,
  refusal: 'users.follower_count',
  isServerError: true,
  echoed: [0x3c00],
  kind: 'unknown_model',
  isTritonError: true,
};

/** A function `run` of plain JavaScript that is TypeScript, too. */
const BODY = `
const REQUEST = {
  users: { idText: ['ada', 'grace'], followerCount: [21, 108465], followingCount: [747, 1818] },
  tweets: { authorIndex: [1], type: [3], language: ['en'], createdAtS: [1614124846], text: ['Who is coming?'] },
  pairs: { tweetIndex: [0], readerIndex: [0], authorFollowsReader: [true], asOfS: [1614125083] },
};
async function run() {
  const client = new PairstreamClient({ target: process.env['TARGET'] ?? '' });
  const { like } = await client.predict(REQUEST, { timeoutMs: 60_000 });
  const wrong = { ...REQUEST, users: { ...REQUEST.users, idText: ['ada'] } };
  const refusal = await client.predict(wrong).catch((error) => error);
  client.close();
  const triton = await FakeTriton.start({ models: [identityModel('echo', { h: 'FP16' })] });
  const tritonClient = new TritonClient({ target: triton.target });
  const { outputs } = await tritonClient.infer({
    modelName: 'echo',
    inputs: [{ name: 'h', datatype: 'FP16', shape: [1, 1], data: toFloat16([1]) }],
  });
  const failure = await tritonClient.model('missing').catch((error) => error);
  tritonClient.close();
  await triton.die();
  return {
    likeCount: like.length,
    isProbability: like.every((value) => value > 0 && value < 1),
    refusal: refusal.field,
    isServerError: refusal instanceof ServerError,
    echoed: Array.from(outputs.get('h_out')?.data ?? [], Number),
    kind: failure.kind,
    isTritonError: failure instanceof TritonError,
  };
}
`;

const PRINT = 'run().then((result) => console.log(JSON.stringify(result)));\n';
const COMPARE = `test('the packages', async () => expect(await run()).toEqual(${JSON.stringify(EXPECTED)}), 60000);\n`;

const imports = Object.entries(IMPORTS)
  .map(([name, exported]) => `import { ${exported.join(', ')} } from '${name}';\n`)
  .join('');
const requires = Object.entries(IMPORTS)
  .map(([name, exported]) => `const { ${exported.join(', ')} } = require('${name}');\n`)
  .join('');
/** Fails to compile if the types are missing, or are `any`. */
const TYPE_ERRORS = `
// @ts-expect-error a target is a string
export const wrongTarget = (): unknown => new PairstreamClient({ target: 1 });
// @ts-expect-error a target is a string
export const wrongServer = (): unknown => new TritonClient({ target: 1 });
// @ts-expect-error models are a list
export const wrongModels = (): unknown => FakeTriton.start({ models: 1 });
`;

/** Files of the project, by name. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  'esm.mjs': imports + BODY + PRINT,
  'commonjs.cjs': requires + BODY + PRINT,
  'typed.mts': imports + BODY + TYPE_ERRORS + PRINT,
  'typed.cts': imports + BODY + TYPE_ERRORS + PRINT,
  'bundled.ts': imports + BODY + TYPE_ERRORS + PRINT,
  'plain.test.js': requires + BODY + COMPARE,
  'typed.test.ts': imports + BODY + COMPARE,
  'vitest.spec.ts': "import { expect, test } from 'vitest';\n" + imports + BODY + COMPARE,
  'ts-jest.config.json': JSON.stringify({ preset: 'ts-jest', testMatch: ['**/typed.test.ts'] }),
  'vitest.config.mts': "export default { test: { include: ['vitest.spec.ts'] } };\n",
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      target: 'es2023',
      module: 'nodenext',
      strict: true,
      types: ['node', 'jest'],
      isolatedModules: true,
    },
  }),
};
