import { promises as dns } from 'node:dns';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseServerAddresses } from '../../../config/server-address.js';
import { ReplicaAddresses } from './replica-addresses.js';

/** What names stand for; a name that is not there has no address. */
let names: Record<string, string[]>;

function addressesOf(text: string): ReplicaAddresses {
  vi.spyOn(dns, 'lookup').mockImplementation((async (host: string) => {
    const found = names[host];
    if (found === undefined) throw new Error(`getaddrinfo ENOTFOUND ${host}`);
    return found.map((address) => ({ address, family: 4 }));
  }) as unknown as typeof dns.lookup);
  return new ReplicaAddresses(parseServerAddresses(text)!);
}

describe('ReplicaAddresses', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('are those of all servers and names, each once', async () => {
    names = { a: ['10.0.0.1', '10.0.0.2'], b: ['10.0.0.2', '::1'] };
    const addresses = addressesOf('dns:///a:1,dns:///b:1,c:2,[::2]:3');
    expect(await addresses.resolve()).toEqual(['c:2', '[::2]:3', '10.0.0.1:1', '10.0.0.2:1', '[::1]:1']);
  });

  it('a name that has no address keeps its replicas, and holds up no other', async () => {
    names = { a: ['10.0.0.1'], b: ['10.0.0.2'] };
    const addresses = addressesOf('dns:///a:1,dns:///b:1');
    await addresses.resolve();
    names = { a: ['10.0.0.9'] };
    expect((await addresses.resolve()).toSorted()).toEqual(['10.0.0.2:1', '10.0.0.9:1']);
  });

  it('servers are there while a name is not', async () => {
    names = {};
    expect(await addressesOf('dns:///a:1,b:2').resolve()).toEqual(['b:2']);
    await expect(addressesOf('dns:///a:1').resolve()).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      message: 'a: the name has no address',
    });
  });
});
