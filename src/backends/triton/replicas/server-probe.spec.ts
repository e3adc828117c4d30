import { describe, expect, it } from 'vitest';
import { type TritonClient, TritonError } from '@pairstream/triton-client';
import { ServerProbe } from './server-probe.js';

/** A probe of a server that answers while `isFrozen` is false, with the time limits of its probes. */
function start() {
  const server = { isFrozen: false, timeouts: [] as number[], losses: 0 };
  const client = {
    isServerLive: ({ timeoutMs }: { timeoutMs: number }): Promise<boolean> => {
      server.timeouts.push(timeoutMs);
      return server.isFrozen ? Promise.reject(new TritonError('late', 'no answer')) : Promise.resolve(true);
    },
  };
  const steps = {
    connect: () => Promise.resolve(),
    inspect: () => Promise.resolve(),
    lose: () => {
      server.losses += 1;
      probe.lost();
    },
  };
  const probe = new ServerProbe(client as unknown as TritonClient, steps, new AbortController().signal);
  return { server, probe };
}

async function settled(probe: ServerProbe): Promise<void> {
  for (let i = 0; i < 5; i += 1) await probe.settle();
}

describe('ServerProbe', () => {
  it('loses a suspected server after two quick probes, one right after the other', async () => {
    const { server, probe } = start();
    await probe.probeSoon();
    server.isFrozen = true;
    probe.suspect();
    await settled(probe);
    expect(server.losses).toBe(1);
    expect(server.timeouts).toEqual([1_000, 400, 400]);
    expect(probe.isReachable).toBe(false);
  });

  it('keeps a suspected server that answers, and probes it as usual afterwards', async () => {
    const { server, probe } = start();
    await probe.probeSoon();
    probe.suspect();
    await settled(probe);
    await probe.probeSoon();
    expect(server.losses).toBe(0);
    expect(server.timeouts).toEqual([1_000, 400, 1_000]);
  });

  it('does not lose a server for one late probe if it is not suspected', async () => {
    const { server, probe } = start();
    await probe.probeSoon();
    server.isFrozen = true;
    await probe.probeSoon();
    await settled(probe);
    expect(server.losses).toBe(0);
    await probe.probeSoon();
    expect(server.losses).toBe(1);
  });
});
