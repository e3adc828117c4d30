import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataPlane } from '../data-plane/data-plane.js';
import type { z } from 'zod';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { parseUser } from '../../features/key-text.js';
import type { LiveStatistics } from '../../feedback/live-statistics.js';
import { learningLevelsOf } from '../feedback/learning-levels.js';
import { LiveState } from '../feedback/live-state.js';
import { forgetSchema, forgottenSchema, learningSchema, snapshotSchema } from './learning.schemas.js';

/** `/admin/v1/learning`: the statistics that learn from feedback. */
@ApiTags('statistics')
@Controller('admin/v1/learning')
export class LearningController {
  constructor(
    private readonly state: LiveState,
    private readonly plane: DataPlane,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Freshness, counts, sizes and bounds of statistics that learn from feedback' })
  @ApiOkResponse({ standardSchema: learningSchema })
  show(): z.input<typeof learningSchema> {
    const live = this.live();
    const { tables: _tables, isRefused: _isRefused, ...levels } = learningLevelsOf(live, []);
    return { ...levels, problem: live.problem ?? null };
  }

  @Post('snapshot')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Write a snapshot of the statistics now',
    description:
      'Does nothing if no event was applied since the newest snapshot. Waits until the snapshot is on disk.',
  })
  @ApiOkResponse({ standardSchema: snapshotSchema })
  async snapshot(): Promise<z.input<typeof snapshotSchema>> {
    const live = this.live();
    if (!(await live.snapshot()))
      throw new PairstreamError(
        'OUTPUT_FAILED',
        'the snapshot cannot be written; the log of the gateway has the reason',
      );
    const { eventsBehindCount, snapshotCount } = learningLevelsOf(live, []);
    return { eventsBehindCount, snapshotCount };
  }

  @Post('forget')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Remove what belongs to one user alone',
    description:
      'Removes the keys of the user from the statistics tables and from the snapshots, the events of the user from the embedded event log, and the rows of the user from the feature log. A second call finishes what a failed call began.',
  })
  @ApiOkResponse({ standardSchema: forgottenSchema })
  async forget(
    @Body({ schema: forgetSchema }) { user }: z.output<typeof forgetSchema>,
  ): Promise<z.input<typeof forgottenSchema>> {
    const id = parseUser(user, 'user');
    const { keyCount, eventCount } = await this.live().forget(id);
    const rowCount = await this.plane.forgetServedRows(id);
    return { keyCount, eventCount, rowCount };
  }

  /** @throws PairstreamError FEEDBACK_OFF without a state directory */
  private live(): LiveStatistics {
    if (this.state.live !== undefined) return this.state.live;
    throw new PairstreamError('FEEDBACK_OFF', 'the gateway takes no feedback: set PAIRSTREAM_STATE_DIR');
  }
}
