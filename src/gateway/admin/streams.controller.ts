import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { PairService } from '../grpc/service/pair-service.js';
import { streamSchema, streamsSchema, pageSchema, idSchema } from './streams.schemas.js';

/** `/admin/v1/streams`: the open PredictStream calls. */
@ApiTags('streams')
@Controller('admin/v1/streams')
export class StreamsController {
  constructor(private readonly service: PairService) {}

  @Get()
  @ApiOperation({ summary: 'Open streams, the oldest first' })
  @ApiOkResponse({ standardSchema: streamsSchema })
  list(
    @Query({ schema: pageSchema }) { limit, after }: z.output<typeof pageSchema>,
  ): z.input<typeof streamsSchema> {
    const found = this.service.listStreams(after, limit + 1);
    const streams = found.slice(0, limit);
    const nextAfter = found.length > limit ? (streams.at(-1)?.id ?? null) : null;
    return { streamCount: this.service.streamCount, streams, nextAfter };
  }

  @Post(':stream/close')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Close a stream',
    description:
      'The gateway stops reading the stream, answers the requests that it has read, then ends the stream with UNAVAILABLE and the reason STREAM_CLOSED. Answers with the state of the stream before.',
  })
  @ApiOkResponse({ standardSchema: streamSchema })
  close(@Param('stream', { schema: idSchema }) id: number): z.input<typeof streamSchema> {
    return this.service.closeStream(id);
  }
}
