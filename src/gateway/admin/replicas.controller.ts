import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataPlane } from '../data-plane/data-plane.js';
import type { z } from 'zod';
import type { ReplicaState } from '../../backends/backend.js';
import { nameSchema, waitSchema } from './request-schemas.js';
import { replicaSchema, replicasSchema } from './replicas.schemas.js';

type Replica = z.input<typeof replicaSchema>;

/** `/admin/v1/replicas`: the Triton servers, drain and readmit. */
@ApiTags('replicas')
@Controller('admin/v1/replicas')
export class ReplicasController {
  constructor(private readonly plane: DataPlane) {}

  @Get()
  @ApiOperation({ summary: 'All Triton servers; none with the embedded backend' })
  @ApiOkResponse({ standardSchema: replicasSchema })
  async list(): Promise<z.input<typeof replicasSchema>> {
    return { replicas: (await this.plane.listReplicas()).map(replicaOf) };
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
    @Query({ schema: waitSchema }) options: z.output<typeof waitSchema>,
  ): Promise<Replica> {
    return replicaOf(await this.plane.drainReplica(target, options));
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
    return replicaOf(await this.plane.readmitReplica(target));
  }
}

function replicaOf({ target, transport, pendingRows, isDrained, models }: ReplicaState): Replica {
  return { target, state: isDrained ? 'drained' : 'serving', transport, pendingRows, models: { ...models } };
}
