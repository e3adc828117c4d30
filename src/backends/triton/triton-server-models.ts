import { TritonError } from '@pairstream/triton-client';
import { PairstreamError } from '../../errors/pairstream-error.js';
import type { ServerModels } from '../backend.js';
import type { Replica } from './replicas/replica.js';
import type { ReplicaSet } from './replicas/replica-set.js';
import { toChangeError, toTritonError } from './triton-fault.js';

/** Loads and unloads models on every Triton server of a deployment, through the model repository API. */
export class TritonServerModels implements ServerModels {
  constructor(private readonly replicas: ReplicaSet) {}

  async load(model: string): Promise<void> {
    await this.onEvery(model, (replica) => replica.loadModel(model));
    const { all } = this.replicas;
    const outages = all.map((replica) => replica.outageOf(model));
    const [first] = outages;
    if (first !== undefined && !outages.includes(undefined)) throw first;
  }

  async unload(model: string): Promise<void> {
    await this.onEvery(model, (replica) => replica.unloadModel(model));
  }

  /**
   * Changes every server. A server that cannot be reached does not count, as long as another one can.
   * @throws PairstreamError the first refusal; BACKEND_UNAVAILABLE if no server answers
   */
  private async onEvery(model: string, change: (replica: Replica) => Promise<void>): Promise<void> {
    const { all } = this.replicas;
    const results = await Promise.allSettled(
      all.map(async (replica) => {
        try {
          // A server that hangs would hold up the change for minutes.
          if (!replica.isReachable) throw new TritonError('down', 'no server answers');
          await change(replica);
        } catch (error) {
          throw toChangeError(replica.target, model, toTritonError(error));
        }
        // Admits a loaded model after its golden rows, and notes why an unloaded one is out.
        await replica.recheck([model]);
      }),
    );
    const failures = results.flatMap((result) =>
      result.status === 'rejected' ? [PairstreamError.from(result.reason)] : [],
    );
    const refusal = failures.find(({ code }) => code !== 'BACKEND_UNAVAILABLE');
    if (refusal !== undefined) throw refusal;
    if (failures.length < results.length) return;
    throw failures[0] ?? new PairstreamError('BACKEND_UNAVAILABLE', 'no server is known');
  }
}
