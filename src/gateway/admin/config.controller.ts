import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Config } from '../../config/config.js';
import { reportConfig } from '../../config/config-report.js';
import { CONFIG, type GatewayOverrides, OVERRIDES } from '../config/config.module.js';
import { configSchema } from './config.schemas.js';

/** `/admin/v1/config`: the settings in use. */
@ApiTags('server')
@Controller('admin/v1/config')
export class ConfigController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(OVERRIDES) private readonly overrides: GatewayOverrides,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Every setting, its value and its source' })
  @ApiOkResponse({ standardSchema: configSchema })
  settings(): z.input<typeof configSchema> {
    const { environment = {} } = this.overrides;
    return { settings: reportConfig(this.config, environment) };
  }
}
