import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PairstreamClient } from '@pairstream/client';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';

/** The discard port: nothing listens there. */
const NO_PROXY_HERE = 'http://127.0.0.1:9';

describe('a proxy in the environment', () => {
  let served: TestGateway;
  beforeAll(async () => {
    served = await startTestGateway();
  });
  afterAll(() => served[Symbol.asyncDispose]());
  afterEach(() => void vi.unstubAllEnvs());

  it.each(['grpc_proxy', 'https_proxy', 'http_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'])(
    'named by %s is used neither by unary calls nor by streams',
    async (variable) => {
      for (const name of ['no_proxy', 'NO_PROXY', 'no_grpc_proxy']) vi.stubEnv(name, '');
      vi.stubEnv(variable, NO_PROXY_HERE);
      const client = new PairstreamClient({ target: served.target });
      const request = requestOf(await exampleRows(3));
      const { like } = await client.predict(request);
      const [streamed] = await Array.fromAsync(client.predictStream([request]));
      client.close();
      expect(streamed?.output).toMatchObject({ like });
    },
  );
});
