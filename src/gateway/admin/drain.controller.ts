import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { GatewayDrain } from '../grpc/gateway-drain.js';
import { drainSchema } from './drain.schemas.js';

/** `/admin/v1/drain`: takes the gateway out of service. */
@ApiTags('server')
@Controller('admin/v1/drain')
export class DrainController {
  constructor(private readonly drain: GatewayDrain) {}

  @Get()
  @ApiOperation({ summary: 'Progress of the drain' })
  @ApiOkResponse({ standardSchema: drainSchema })
  progress(): z.input<typeof drainSchema> {
    return this.drain.progress;
  }

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Start the drain of this gateway',
    description:
      '/readyz answers 503, the gRPC health service NOT_SERVING. New requests are refused with SHUTTING_DOWN, requests in flight are answered, and streams end. The process runs on until it is stopped. A second call changes nothing.',
  })
  @ApiAcceptedResponse({ standardSchema: drainSchema })
  start(): z.input<typeof drainSchema> {
    this.drain.start();
    return this.drain.progress;
  }
}
