import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { portOf, reservePort } from './reserve-port.js';

const HOST = '127.0.0.1';

it('one of several that reserve a port at once gets it, and the next when it is given back', async () => {
  const { port } = await freePort();
  const attempts = await Promise.allSettled([1, 2, 3].map(() => reservePort({ host: HOST, port })));
  const [winner, ...others] = attempts.toSorted((a, b) => a.status.localeCompare(b.status));
  expect(others.map((other) => other.status === 'rejected' && other.reason.code)).toEqual([
    'PORT_IN_USE',
    'PORT_IN_USE',
  ]);
  if (winner?.status === 'fulfilled') winner.value[Symbol.dispose]();
  using next = await reservePort({ host: HOST, port });
  expect(next.port).toBe(port);
});

it('the port of another program is in use', async () => {
  const other = createServer();
  other.listen({ host: HOST, port: 0 });
  await once(other, 'listening');
  const port = portOf(other);
  await expect(reservePort({ host: HOST, port })).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: `port ${port} of ${HOST} is in use; set PAIRSTREAM_GRPC_PORT to a free port`,
  });
  other.close();
});

it('every reservation of port 0 is of another port', async () => {
  const reservations = await Promise.all(
    Array.from({ length: 20 }, () => reservePort({ host: HOST, port: 0 })),
  );
  expect(new Set(reservations.map(({ port }) => port)).size).toBe(20);
  for (const reservation of reservations) reservation[Symbol.dispose]();
});

async function freePort(): Promise<{ port: number }> {
  using reservation = await reservePort({ host: HOST, port: 0 });
  return { port: reservation.port };
}
