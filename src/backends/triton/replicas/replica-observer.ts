/** What a replica tells of itself. */
export interface ReplicaObserver {
  /** A model of a server takes calls, or does not and why. */
  replicaModelChanged(target: string, model: string, outage: string | undefined): void;
  /** A model of a server may be used, but its configuration is not as it should be. */
  replicaModelDoubted(target: string, model: string, warnings: readonly string[]): void;
  /** How large tensors travel to a server from now on, and why not through shared memory. */
  replicaConnected(target: string, transport: 'shared_memory' | 'grpc', obstacle: string | undefined): void;
  /** A call ended: `ok`, or the kind of its failure. */
  replicaCalled(target: string, model: string, outcome: string, elapsedMs: number): void;
  /** A server is none of the replicas any more, and its last call is over. */
  replicaGone(target: string): void;
  /** Rows that a server has not answered yet, after every change. */
  replicaPending(target: string, rowCount: number): void;
  /** Bytes of memory kept for the next messages, after every call. */
  replicaMemoryKept(target: string, byteLength: number): void;
}
