import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { OpenAPIObject } from '@nestjs/swagger';
import { loadConfig } from '../config/config.js';
import { createHttpAdapter } from './admin/http-adapter.js';
import { createOpenApiDocument } from './admin/openapi.js';
import { AppModule } from './app.module.js';

/** The OpenAPI document of the admin routes, made without a backend, a release or a port: no provider is created. */
export async function previewOpenApiDocument(): Promise<OpenAPIObject> {
  const app = await NestFactory.create(AppModule.forRoot(loadConfig({})), createHttpAdapter(), {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  await app.init();
  const document = createOpenApiDocument(app);
  await app.close();
  return document;
}
