import { Logger as NestLogger } from '@nestjs/common';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { AdminCalls } from '../support/gateway/admin-calls.js';
import { adminAddress, logLines } from '../support/gateway/serve-log.js';
import { startTestGateway } from '../support/gateway/test-gateway.js';
import { SmallBackend, SmallPipeline } from '../support/pipelines/small-pipeline.js';
import { startCommand } from '../support/processes/cli-process.js';

const PATIENCE = { timeout: 150_000, interval: 20 };

describe('a change of the log level', () => {
  it('reaches the log, its children and the lines of Nest', async () => {
    using pipeline = new SmallPipeline();
    let written = '';
    const logger = pino({ level: 'error' }, { write: (line) => (written += line) });
    const child = logger.child({ part: 'child' });
    await using gateway = await startTestGateway(
      { pipeline: pipeline.path },
      { backend: new SmallBackend(), logger },
    );
    const admin = new AdminCalls(gateway.adminUrl);
    const nest = new NestLogger('probe');
    const linesAt = async (level: string): Promise<string[]> => {
      expect(await admin.put('/admin/v1/log-level', { level })).toMatchObject({
        status: 200,
        json: { level },
      });
      written = '';
      logger.info('log info');
      child.debug('child debug');
      nest.debug('nest debug');
      nest.log('nest info');
      nest.warn('nest warn');
      return logLines(written).map(({ msg }) => msg);
    };
    expect(await linesAt('error')).toEqual([]);
    expect(await linesAt('debug')).toEqual([
      'log info',
      'child debug',
      'nest debug',
      'nest info',
      'nest warn',
    ]);
    // Lines of Nest at level info are for developers.
    expect(await linesAt('info')).toEqual(['log info', 'nest warn']);
    expect(await linesAt('silent')).toEqual([]);
  });

  it('reaches the announcements of serve', async () => {
    const serving = startCommand(['serve'], {
      PAIRSTREAM_LOG_LEVEL: 'info',
      PAIRSTREAM_GRPC_PORT: '0',
      PAIRSTREAM_ADMIN_PORT: '0',
    });
    await expect.poll(() => adminAddress(serving.stderr()), PATIENCE).toBeDefined();
    const admin = new AdminCalls(`http://${adminAddress(serving.stderr())}`);
    expect((await admin.put('/admin/v1/log-level', { level: 'error' })).status).toBe(200);
    serving.process.kill('SIGTERM');
    const { exitCode, stderr } = await serving.finished;
    expect(exitCode).toBe(0);
    const messages = logLines(stderr).map(({ msg }) => msg);
    expect(messages).toContain('serving');
    expect(messages).not.toContain('stopping');
    expect(messages).not.toContain('stopped');
  });
});
