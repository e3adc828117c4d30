/** Receives events of replicas. */
export interface ReplicaObserver {
  /** A model was admitted on a server (`outage` undefined) or ejected with a reason. */
  replicaModelChanged(target: string, model: string, outage: string | undefined): void;
  /** A model was admitted with warnings about its configuration. */
  replicaModelDoubted(target: string, model: string, warnings: readonly string[]): void;
  /** A failing model was reloaded on a server, or could not be (`failure`). */
  replicaModelReloaded(target: string, model: string, failure: string | undefined): void;
  /** Transport of large tensors to a server from now on, with the reason if it is not shared memory. */
  replicaConnected(target: string, transport: 'shared_memory' | 'grpc', refusal: string | undefined): void;
  /** A call ended: `ok`, or the kind of its failure. */
  replicaCalled(target: string, model: string, outcome: string, elapsedMs: number): void;
  /** A server is no longer a replica, and its last call has ended. */
  replicaGone(target: string): void;
  /** Rows in flight on a server, after every change. */
  replicaPending(target: string, rowCount: number): void;
  /** Bytes of buffers kept for reuse, after every call. */
  replicaMemoryKept(target: string, byteLength: number): void;
}
