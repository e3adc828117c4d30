import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { guardHandshakes } from './handshakes.js';

class Peer extends Socket {
  constructor(override readonly remotePort: number) {
    super();
  }
  override readonly remoteAddress = '192.0.2.1';
}

describe('guardHandshakes', () => {
  it('closes the oldest unfinished handshake above the bound, and no finished one', () => {
    const server = new EventEmitter();
    const reasons: string[] = [];
    guardHandshakes(server, (reason) => reasons.push(reason), 2);
    const [done, oldest, second, third] = [1, 2, 3, 4].map((port) => new Peer(port)) as [
      Peer,
      Peer,
      Peer,
      Peer,
    ];
    server.emit('connection', done);
    server.emit('secureConnection', new Peer(1));
    for (const socket of [oldest, second]) server.emit('connection', socket);
    expect(reasons).toEqual([]);
    server.emit('connection', third);
    expect(reasons).toEqual(['dropped']);
    expect([done, oldest, second, third].map(({ destroyed }) => destroyed)).toEqual([
      false,
      true,
      false,
      false,
    ]);
  });
});
