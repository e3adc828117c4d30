import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataPlane } from '../data-plane/data-plane.js';
import type { z } from 'zod';
import { streamSchema, streamsSchema, pageSchema, idSchema } from './streams.schemas.js';

/** `/admin/v1/streams`: the open PredictStream calls. */
@ApiTags('streams')
@Controller('admin/v1/streams')
export class StreamsController {
  constructor(private readonly plane: DataPlane) {}

  @Get()
  @ApiOperation({ summary: 'Open streams, the oldest first' })
  @ApiOkResponse({ standardSchema: streamsSchema })
  async list(
    @Query({ schema: pageSchema }) { limit, after }: z.output<typeof pageSchema>,
  ): Promise<z.input<typeof streamsSchema>> {
    const { streamCount, streams: found } = await this.plane.listStreams(after, limit + 1);
    const streams = found.slice(0, limit);
    const nextAfter = found.length > limit ? (streams.at(-1)?.id ?? null) : null;
    return { streamCount, streams, nextAfter };
  }

  @Post(':stream/close')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Close a stream',
    description:
      'The gateway stops reading the stream, answers the requests that it has read, then ends the stream with UNAVAILABLE and the reason STREAM_CLOSED. Answers with the state of the stream before.',
  })
  @ApiOkResponse({ standardSchema: streamSchema })
  close(@Param('stream', { schema: idSchema }) id: number): Promise<z.input<typeof streamSchema>> {
    return this.plane.closeStream(id);
  }
}
