import { PairstreamError } from '../../errors/pairstream-error.js';
import { shownField } from '../../errors/shown-field.js';
import type { ReplicaControl, ReplicaState } from '../backend.js';
import type { Replica } from './replicas/replica.js';
import type { ReplicaSet } from './replicas/replica-set.js';

/** Drains and readmits the Triton servers of a deployment. */
export class TritonReplicaControl implements ReplicaControl {
  constructor(
    private readonly replicas: ReplicaSet,
    private readonly stateOf: (replica: Replica) => ReplicaState,
  ) {}

  async drain(target: string, timeoutMs: number): Promise<ReplicaState> {
    const replica = this.find(target);
    this.replicas.drain(replica);
    await replica.whenIdle(timeoutMs);
    return this.stateOf(replica);
  }

  async readmit(target: string): Promise<ReplicaState> {
    const replica = this.find(target);
    await replica.recheck();
    const { outages, modelCount } = replica;
    const [first] = outages.values();
    if (first !== undefined && outages.size === modelCount) throw first;
    this.replicas.readmit(replica);
    return this.stateOf(replica);
  }

  outagesWithout(target: string): ReadonlyMap<string, string> {
    return this.replicas.outagesWithout(this.find(target));
  }

  private find(target: string): Replica {
    const { all } = this.replicas;
    const replica = all.find((candidate) => candidate.target === target);
    if (replica !== undefined) return replica;
    const known = all.map((candidate) => candidate.target).join(', ');
    const expected = known === '' ? 'no server is known' : `expected one of ${known}`;
    throw new PairstreamError('NOT_FOUND', `replica: ${shownField(target)}, ${expected}`, {
      field: 'replica',
    });
  }
}
