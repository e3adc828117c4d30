import { Test } from '@nestjs/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { PairstreamClient } from '@pairstream/client';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { AppModule } from '../../src/gateway/app.module.js';
import { BACKEND } from '../../src/gateway/backend/backend.module.js';
import { createHttpAdapter } from '../../src/gateway/admin/http-adapter.js';
import { startApplication } from '../../src/gateway/gateway.js';
import { SmallBackend, SmallPipeline } from '../support/pipelines/small-pipeline.js';

/** Counts how often the gateway closes it. */
class ClosableBackend extends SmallBackend {
  closedCount = 0;

  override close(): Promise<void> {
    this.closedCount += 1;
    return super.close();
  }
}

async function createApplication(pipeline: string, backend: SmallBackend): Promise<NestFastifyApplication> {
  const config = { ...loadConfig({}), grpcPort: 0, adminPort: 0, logLevel: 'silent' as const, pipeline };
  const module = await Test.createTestingModule({ imports: [AppModule.forRoot(config)] })
    .overrideProvider(BACKEND)
    .useValue(backend)
    .compile();
  return module.createNestApplication<NestFastifyApplication>(createHttpAdapter(), { logger: false });
}

describe('the application in a testing module', () => {
  it('serves on the backend that the test provides, and closes it once', async () => {
    using pipeline = new SmallPipeline();
    const backend = new ClosableBackend();
    const gateway = await startApplication(await createApplication(pipeline.path, backend));
    const { predictor } = await gateway.served;
    expect(predictor.info.backendName).toBe(backend.name);
    const client = new PairstreamClient({ target: `127.0.0.1:${gateway.grpcPort}` });
    expect((await client.getServerInfo()).backend).toBe(backend.name);
    client.close();
    await Promise.all([gateway.close(), gateway.close()]);
    expect(backend.closedCount).toBe(1);
  });
});
