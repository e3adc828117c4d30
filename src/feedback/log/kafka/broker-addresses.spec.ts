import { expect, it } from 'vitest';
import { BrokerAddresses } from './broker-addresses.js';

it('moves a broker that failed to the end, once for all clients that asked it first', () => {
  const addresses = new BrokerAddresses(['a:1', 'b:1', 'c:1']);
  addresses.rotate('a:1');
  addresses.rotate('a:1');
  expect(addresses.inOrder).toEqual(['b:1', 'c:1', 'a:1']);
  addresses.rotate('b:1');
  addresses.rotate('c:1');
  expect(addresses.inOrder).toEqual(['a:1', 'b:1', 'c:1']);
});

it('learns the brokers of the cluster, keeps the order, and forgets brokers that have left', () => {
  const addresses = new BrokerAddresses(['a:1']);
  addresses.learn([
    { host: 'b', port: 1 },
    { host: 'a', port: 1 },
    { host: '::1', port: 2 },
  ]);
  expect(addresses.inOrder).toEqual(['a:1', 'b:1', '[::1]:2']);
  addresses.rotate('a:1');
  addresses.learn([{ host: '::1', port: 2 }]);
  expect(addresses.inOrder).toEqual(['[::1]:2', 'a:1']);
  addresses.learn([]);
  expect(addresses.inOrder).toEqual(['a:1']);
});
