import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Lock on an address and port that gateways take before they share it among their threads. A socket of Linux's abstract namespace: it is
 * seen where the port is (in the network namespace), and the kernel frees it when the process ends. Elsewhere, no lock is taken: the
 * threads of a process cannot share a port there.
 */
export class PortLock implements Disposable {
  private constructor(private readonly socket: Server | undefined) {}

  /** @throws the error of `listen()`, EADDRINUSE if another gateway has the lock */
  static async take(address: string, port: number): Promise<PortLock> {
    if (process.platform !== 'linux') return new PortLock(undefined);
    const socket = createServer((caller) => caller.destroy());
    // The lock ends with the process, and does not keep it.
    socket.unref();
    socket.listen({ path: `\0pairstream-grpc-${address}-${port}` });
    await once(socket, 'listening');
    return new PortLock(socket);
  }

  [Symbol.dispose](): void {
    this.socket?.close();
  }
}
