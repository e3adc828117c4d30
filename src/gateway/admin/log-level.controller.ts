import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataPlane } from '../data-plane/data-plane.js';
import type { z } from 'zod';
import { LogLevel } from '../telemetry/log-level.js';
import { logLevelSchema, currentLogLevelSchema } from './log-level.schemas.js';

/** `/admin/v1/log-level`: the level of the log, until the gateway restarts. */
@ApiTags('server')
@Controller('admin/v1/log-level')
export class LogLevelController {
  constructor(
    private readonly logLevel: LogLevel,
    private readonly plane: DataPlane,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The level of the log' })
  @ApiOkResponse({ standardSchema: currentLogLevelSchema })
  get(): z.input<typeof currentLogLevelSchema> {
    return { level: this.logLevel.current };
  }

  @Put()
  @ApiOperation({ summary: 'Change the level of the log until the gateway restarts' })
  @ApiOkResponse({ standardSchema: currentLogLevelSchema })
  async set(
    @Body({ schema: logLevelSchema }) { level }: z.output<typeof logLevelSchema>,
  ): Promise<z.input<typeof currentLogLevelSchema>> {
    await this.plane.setLogLevel(level);
    return this.get();
  }
}
