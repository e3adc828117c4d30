import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { StatisticsInspector, type TableReport } from '../../scoring/statistics-inspector.js';
import { nameSchema } from './request-schemas.js';
import { tableSchema, statisticsSchema, lookUpSchema, keySchema } from './statistics.schemas.js';

/** `/admin/v1/statistics`: the statistics tables, and the counters of single keys. */
@ApiTags('statistics')
@Controller('admin/v1/statistics')
export class StatisticsController {
  constructor(private readonly statistics: StatisticsInspector) {}

  @Get()
  @ApiOperation({ summary: 'Size, load factor and age of all tables' })
  @ApiOkResponse({ standardSchema: statisticsSchema })
  list(): z.input<typeof statisticsSchema> {
    const { asOfS, tables } = this.statistics;
    const sum = (valueOf: (table: TableReport) => number): number =>
      tables.reduce((total, table) => total + valueOf(table), 0);
    return {
      asOfS,
      ageS: Date.now() / 1_000 - asOfS,
      keyCount: sum(({ keyCount }) => keyCount),
      byteLength: sum(({ byteLength }) => byteLength),
      tables: tables.map(tableOf),
    };
  }

  @Get(':table')
  @ApiOperation({ summary: 'One table' })
  @ApiOkResponse({ standardSchema: tableSchema })
  one(@Param('table', { schema: nameSchema }) table: string): z.input<typeof tableSchema> {
    return tableOf(this.statistics.table(table));
  }

  @Post(':table/lookup')
  @HttpCode(200)
  @ApiOperation({ summary: 'Counters of one key, in every horizon of the table' })
  @ApiOkResponse({ standardSchema: keySchema })
  lookUp(
    @Param('table', { schema: nameSchema }) table: string,
    @Body({ schema: lookUpSchema }) { components, asOfS }: z.output<typeof lookUpSchema>,
  ): z.input<typeof keySchema> {
    const { counters, ...report } = this.statistics.lookUp(table, components, asOfS);
    return { ...report, counters: [...counters] };
  }
}

function tableOf({ components, horizons, ...table }: TableReport): z.input<typeof tableSchema> {
  return { ...table, components: [...components], horizons: [...horizons] };
}
