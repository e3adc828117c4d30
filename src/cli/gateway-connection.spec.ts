import { describe, expect, it } from 'vitest';
import { connectGateway } from './gateway-connection.js';

describe('connectGateway', () => {
  it.each([
    '',
    '127.0.0.1',
    'localhost',
    ':50051',
    '127.0.0.1:',
    '127.0.0.1:0',
    '127.0.0.1:99999',
    '127.0.0.1:50051/',
    '127.0.0.1:port',
    '127.0.0.1:50051,127.0.0.1:50052',
    '::1',
    '[::1]',
    'http://127.0.0.1:50051',
    'https://localhost:443',
    'unix:',
    ' 127.0.0.1 :50051',
  ])('refuses the target %j at once', async (target) => {
    await expect(connectGateway(target)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      field: '--target',
      message: `--target is ${JSON.stringify(target)}, expected host:port, for instance 127.0.0.1:50051`,
    });
  });
});
