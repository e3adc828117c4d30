import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataPlane } from '../data-plane/data-plane.js';
import type { z } from 'zod';
import { drainSchema } from './drain.schemas.js';

/** `/admin/v1/drain`: takes the gateway out of service. */
@ApiTags('server')
@Controller('admin/v1/drain')
export class DrainController {
  constructor(private readonly plane: DataPlane) {}

  @Get()
  @ApiOperation({ summary: 'Progress of the drain' })
  @ApiOkResponse({ standardSchema: drainSchema })
  progress(): Promise<z.input<typeof drainSchema>> {
    return this.plane.drainProgress();
  }

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Start the drain of this gateway',
    description:
      '/readyz answers 503, the gRPC health service NOT_SERVING. New requests are refused with SHUTTING_DOWN, requests in flight are answered, and streams end. The process runs on until it is stopped. A second call changes nothing.',
  })
  @ApiAcceptedResponse({ standardSchema: drainSchema })
  start(): Promise<z.input<typeof drainSchema>> {
    return this.plane.startDrain();
  }
}
