import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataPlane } from '../data-plane/data-plane.js';
import type { z } from 'zod';
import { type ModelReport } from '../backend/controlled-backend.js';
import { PairstreamError } from '../../errors/pairstream-error.js';
import { shownField } from '../../errors/shown-field.js';
import { forceSchema, nameSchema } from './request-schemas.js';
import { modelSchema, modelsSchema } from './models.schemas.js';

type Model = z.input<typeof modelSchema>;

/** `/admin/v1/models`: the models of the release, load and unload. */
@ApiTags('models')
@Controller('admin/v1/models')
export class ModelsController {
  constructor(private readonly plane: DataPlane) {}

  @Get()
  @ApiOperation({ summary: 'All models of the release' })
  @ApiOkResponse({ standardSchema: modelsSchema })
  async list(): Promise<z.input<typeof modelsSchema>> {
    return { models: (await this.plane.listModels()).map(modelOf) };
  }

  @Get(':model')
  @ApiOperation({ summary: 'One model' })
  @ApiOkResponse({ standardSchema: modelSchema })
  async one(@Param('model', { schema: nameSchema }) name: string): Promise<Model> {
    const reports = await this.plane.listModels();
    const report = reports.find(({ metadata }) => metadata.name === name);
    if (report !== undefined) return modelOf(report);
    const known = reports.map(({ metadata }) => metadata.name).join(', ');
    const expected = known === '' ? 'no model is loaded yet' : `expected one of ${known}`;
    throw new PairstreamError('NOT_FOUND', `model: ${shownField(name)}, ${expected}`, { field: 'model' });
  }

  @Post(':model/load')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Load a model, or load it anew',
    description:
      'The model runs calls after its golden rows are right. Embedded backend: reads the file again, which must be the one of the release. Triton: loads the model on every server through the model repository API, which needs explicit model control.',
  })
  @ApiOkResponse({ standardSchema: modelSchema })
  async load(@Param('model', { schema: nameSchema }) name: string): Promise<Model> {
    await this.plane.loadModel(name);
    return await this.one(name);
  }

  @Post(':model/unload')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Unload a model',
    description:
      'Requests are answered without the model, as the degrade ladder allows; runs in flight end first. The model stays unloaded until it is loaded again or the gateway restarts. Embedded backend: its memory is freed. Triton: every server unloads it, for all gateways.',
  })
  @ApiOkResponse({ standardSchema: modelSchema })
  async unload(
    @Param('model', { schema: nameSchema }) name: string,
    @Query({ schema: forceSchema }) { force }: z.output<typeof forceSchema>,
  ): Promise<Model> {
    await this.one(name);
    await this.plane.unloadModel(name, force);
    return await this.one(name);
  }
}

function modelOf({ metadata, isLoaded, outage }: ModelReport): Model {
  const { name, version, contentSha256, engine, loadMs, memoryBytes, inputs, outputs } = metadata;
  const tensors = (specs: typeof inputs): Model['inputs'] =>
    specs.map((spec) => ({ name: spec.name, datatype: spec.datatype, shape: [...spec.shape] }));
  return {
    name,
    version,
    contentSha256,
    engine,
    loadMs: loadMs ?? null,
    memoryBytes: isLoaded ? (memoryBytes ?? null) : null,
    state: isLoaded ? 'loaded' : 'unloaded',
    outage: outage ?? null,
    inputs: tensors(inputs),
    outputs: tensors(outputs),
  };
}
