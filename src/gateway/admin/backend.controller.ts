import { Controller, Get } from '@nestjs/common';
import { ControlledBackend } from '../backend/controlled-backend.js';
import type { ReplicaState } from '../../backends/backend.js';

/** The backend and its servers. */
export interface BackendReport {
  /** `embedded` or `triton`. */
  readonly backend: string;
  /** Servers outside this process; empty for the embedded backend. */
  readonly replicas: readonly ReplicaState[];
}

/** `/backend`: the backend, and the state of each of its servers. */
@Controller('backend')
export class BackendController {
  constructor(private readonly backend: ControlledBackend) {}

  @Get()
  report(): BackendReport {
    return { backend: this.backend.name, replicas: this.backend.describe() };
  }
}
