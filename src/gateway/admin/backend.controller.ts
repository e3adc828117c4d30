import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ControlledBackend } from '../backend/controlled-backend.js';
import { backendSchema } from './backend.schemas.js';

/** `/backend`: the backend, and the state of each of its servers. */
@ApiTags('server')
@Controller('backend')
export class BackendController {
  constructor(private readonly backend: ControlledBackend) {}

  @Get()
  @ApiOperation({ summary: 'The backend, and the state of each of its servers' })
  @ApiOkResponse({ standardSchema: backendSchema })
  report(): z.input<typeof backendSchema> {
    const replicas = this.backend
      .describe()
      .map(({ models, ...replica }) => ({ ...replica, models: { ...models } }));
    return { backend: this.backend.name, replicas };
  }
}
