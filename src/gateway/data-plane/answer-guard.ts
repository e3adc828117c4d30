import { Injectable } from '@nestjs/common';
import { ControlledBackend } from '../backend/controlled-backend.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { ServingGate } from '../../scoring/serving-gate.js';

/** Protects callers from changes after which no model answers. */
@Injectable()
export class AnswerGuard {
  constructor(
    private readonly backend: ControlledBackend,
    private readonly gate: ServingGate,
  ) {}

  /**
   * Checks that requests can be answered by models after a change.
   * @param models that cannot run after the change
   * @param change in words
   * @throws PairstreamError CONFLICT if only base rates, or nothing, could answer
   */
  checkWithout(models: Iterable<string>, change: string): void {
    if (this.gate.notReadyReason !== undefined) return;
    const missing = new Set([...this.backend.outages.keys(), ...models]);
    const outcome = this.gate.outcomeWithout(missing);
    if (outcome !== undefined && outcome.rung.baseRates === undefined) return;
    const left = outcome === undefined ? 'no rung of the ladder' : `only rung ${outcome.rung.name}`;
    const message = `${change} would leave ${left} to answer requests: repeat with force to do it all the same`;
    throw new PairstreamError('CONFLICT', message, { field: 'force' });
  }
}
