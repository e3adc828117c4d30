import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { LogLevel } from '../telemetry/log-level.js';
import { logLevelSchema, currentLogLevelSchema } from './log-level.schemas.js';

/** `/admin/v1/log-level`: the level of the log, until the gateway restarts. */
@ApiTags('server')
@Controller('admin/v1/log-level')
export class LogLevelController {
  constructor(private readonly logLevel: LogLevel) {}

  @Get()
  @ApiOperation({ summary: 'The level of the log' })
  @ApiOkResponse({ standardSchema: currentLogLevelSchema })
  get(): z.input<typeof currentLogLevelSchema> {
    return { level: this.logLevel.current };
  }

  @Put()
  @ApiOperation({ summary: 'Change the level of the log until the gateway restarts' })
  @ApiOkResponse({ standardSchema: currentLogLevelSchema })
  set(
    @Body({ schema: logLevelSchema }) { level }: z.output<typeof logLevelSchema>,
  ): z.input<typeof currentLogLevelSchema> {
    this.logLevel.change(level);
    return this.get();
  }
}
