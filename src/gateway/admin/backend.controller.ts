import { Controller, Get, Inject } from '@nestjs/common';
import type { Backend, ReplicaState } from '../../backends/backend.js';
import { BACKEND } from '../backend/backend.module.js';

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
  constructor(@Inject(BACKEND) private readonly backend: Backend) {}

  @Get()
  report(): BackendReport {
    return { backend: this.backend.name, replicas: this.backend.health?.describe() ?? [] };
  }
}
