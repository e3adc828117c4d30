import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataPlane } from '../data-plane/data-plane.js';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** `/metrics` in the Prometheus text format. */
@ApiTags('probes')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly plane: DataPlane) {}

  @Get()
  @Header('content-type', CONTENT_TYPE)
  @ApiOperation({ summary: 'All metrics' })
  @ApiOkResponse({
    description: 'Prometheus text format',
    content: { [CONTENT_TYPE]: { schema: { type: 'string' } } },
  })
  metrics(): Promise<string> {
    return this.plane.metrics();
  }
}
