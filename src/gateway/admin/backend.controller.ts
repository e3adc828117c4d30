import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { DataPlane } from '../data-plane/data-plane.js';
import { backendSchema } from './backend.schemas.js';

/** `/backend`: the backend, and the state of each of its servers. */
@ApiTags('server')
@Controller('backend')
export class BackendController {
  constructor(private readonly plane: DataPlane) {}

  @Get()
  @ApiOperation({ summary: 'The backend, and the state of each of its servers' })
  @ApiOkResponse({ standardSchema: backendSchema })
  async report(): Promise<z.input<typeof backendSchema>> {
    const replicas = (await this.plane.listReplicas()).map(({ models, ...replica }) => ({
      ...replica,
      models: { ...models },
    }));
    return { backend: this.plane.backendName, replicas };
  }
}
