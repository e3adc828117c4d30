import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ControlledBackend } from '../backend/controlled-backend.js';
import type { ReplicaControl, ReplicaState } from '../../backends/backend.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { shownField } from '../../errors/shown-field.js';
import { AnswerGuard } from './answer-guard.js';
import { nameSchema, waitSchema } from './request-schemas.js';
import { replicaSchema, replicasSchema } from './replicas.schemas.js';

type Replica = z.input<typeof replicaSchema>;

/** `/admin/v1/replicas`: the Triton servers, drain and readmit. */
@ApiTags('replicas')
@Controller('admin/v1/replicas')
export class ReplicasController {
  constructor(
    private readonly backend: ControlledBackend,
    private readonly guard: AnswerGuard,
  ) {}

  @Get()
  @ApiOperation({ summary: 'All Triton servers; none with the embedded backend' })
  @ApiOkResponse({ standardSchema: replicasSchema })
  list(): z.input<typeof replicasSchema> {
    return { replicas: this.backend.describe().map(replicaOf) };
  }

  @Post(':target/drain')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Send no more calls to a server',
    description:
      'Answers when the calls in flight have ended, or after timeoutMs. The server stays drained until it is readmitted, also if it restarts. Draining a drained server changes nothing.',
  })
  @ApiOkResponse({ standardSchema: replicaSchema })
  async drain(
    @Param('target', { schema: nameSchema }) target: string,
    @Query({ schema: waitSchema }) { force, timeoutMs }: z.output<typeof waitSchema>,
  ): Promise<Replica> {
    const control = this.control(target);
    if (!force) this.guard.checkWithout(control.outagesWithout(target).keys(), `drain of ${target}`);
    return replicaOf(await control.drain(target, timeoutMs));
  }

  @Post(':target/readmit')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Send calls to a drained server again',
    description:
      'Every model of the server answers its golden rows first. A model that fails stays out, as `models` of the answer tells; if all fail, the server stays drained.',
  })
  @ApiOkResponse({ standardSchema: replicaSchema })
  async readmit(@Param('target', { schema: nameSchema }) target: string): Promise<Replica> {
    return replicaOf(await this.control(target).readmit(target));
  }

  private control(target: string): ReplicaControl {
    const { replicaControl } = this.backend;
    if (replicaControl !== undefined) return replicaControl;
    const message = `replica: ${shownField(target)}, the embedded backend has no replicas`;
    throw new PairstreamError('NOT_FOUND', message, { field: 'replica' });
  }
}

function replicaOf({ target, transport, pendingRows, isDrained, models }: ReplicaState): Replica {
  return { target, state: isDrained ? 'drained' : 'serving', transport, pendingRows, models: { ...models } };
}
