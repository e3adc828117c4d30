import type { Socket } from 'node:net';
import { z } from 'zod';
import { ThreadLevel } from '../../../concurrency/thread-level.js';

/** Most descriptors that are kept free for the admin application, Triton, files and shared memory. */
const MAX_RESERVED_DESCRIPTORS = 256;

/** Bound when the limit of descriptors is not known or there is none. */
const DEFAULT_CONNECTIONS = 65_536;

const reportSchema = z.object({
  userLimits: z.object({ open_files: z.object({ soft: z.union([z.number(), z.string()]) }) }),
});

/**
 * Most gRPC connections of this process: the limit of open files less a reserve of a half, 256 at most, so that `/readyz` and
 * Triton stay reachable when callers open as many connections as they can.
 */
export function connectionLimit(): number {
  const report = reportSchema.safeParse(process.report.getReport());
  const descriptors = Number(report.data?.userLimits.open_files.soft);
  if (!Number.isInteger(descriptors)) return DEFAULT_CONNECTIONS;
  const reserved = Math.min(MAX_RESERVED_DESCRIPTORS, Math.floor(descriptors / 2));
  return Math.min(DEFAULT_CONNECTIONS, Math.max(1, descriptors - reserved));
}

/** The open sockets of a server. */
export class Connections {
  private readonly sockets = new Set<Socket>();

  /** @param level open sockets of all threads together. Default: of this object alone */
  constructor(private readonly level = ThreadLevel.alone()) {}

  /** Sockets open now in all threads. */
  get totalCount(): number {
    return this.level.total;
  }

  /** Sockets open now in this thread. */
  get count(): number {
    return this.sockets.size;
  }

  add(socket: Socket): void {
    this.sockets.add(socket);
    this.level.own = this.sockets.size;
    socket.once('close', () => {
      this.sockets.delete(socket);
      this.level.own = this.sockets.size;
    });
  }

  /** Closes every socket without waiting for its peer. */
  destroyAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}
