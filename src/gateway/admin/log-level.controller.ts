import { Body, Controller, Get, Inject, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { LOGGER } from '../telemetry/telemetry.module.js';
import { logLevelSchema, currentLogLevelSchema } from './log-level.schemas.js';

/** `/admin/v1/log-level`: the level of the log, until the gateway restarts. */
@ApiTags('server')
@Controller('admin/v1/log-level')
export class LogLevelController {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  @Get()
  @ApiOperation({ summary: 'The level of the log' })
  @ApiOkResponse({ standardSchema: currentLogLevelSchema })
  get(): z.input<typeof currentLogLevelSchema> {
    return { level: this.logger.level };
  }

  @Put()
  @ApiOperation({ summary: 'Change the level of the log until the gateway restarts' })
  @ApiOkResponse({ standardSchema: currentLogLevelSchema })
  set(
    @Body({ schema: logLevelSchema }) { level }: z.output<typeof logLevelSchema>,
  ): z.input<typeof currentLogLevelSchema> {
    this.logger.level = level;
    return this.get();
  }
}
