import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { packageVersion } from '../../config/package-files.js';
import { CATALOGUE } from '../../errors/catalogue.js';
import { PROBLEM_MEDIA_TYPE } from './problem-details.js';

const DOCUMENT_PATH = 'openapi.json';
const PAGE_PATH = 'docs';
const TITLE = 'Pairstream administration';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

const PROBLEM_SCHEMA = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  properties: {
    type: { type: 'string', description: '`urn:pairstream:error:` and the code.' },
    title: { type: 'string', description: 'Meaning of the code.' },
    status: { type: 'integer', description: 'HTTP status.' },
    detail: { type: 'string', description: 'One line: field, value, what is accepted.' },
    instance: { type: 'string', description: 'Path and query of the request.' },
    code: { type: 'string', enum: Object.keys(CATALOGUE) },
    field: { type: 'string', description: 'Field to correct.' },
  },
} satisfies Schemas[string];

/** The OpenAPI 3.1 document of the admin routes. @param app initialized; preview mode is enough */
export function createOpenApiDocument(app: INestApplication): OpenAPIObject {
  const problem = { schema: { $ref: '#/components/schemas/Problem' } };
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(TITLE)
    .setDescription('Probes, metrics and operation of one gateway.')
    .setVersion(packageVersion())
    .addGlobalResponse({
      status: 'default',
      description: 'Problem details (RFC 9457)',
      content: { [PROBLEM_MEDIA_TYPE]: problem },
    })
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) =>
      `${controller.replace('Controller', '').toLowerCase()}_${method}`,
  });
  const schemas = { Problem: PROBLEM_SCHEMA, ...document.components?.schemas };
  return { ...document, components: { ...document.components, schemas } };
}

/** Serves the document at /openapi.json, and a page that shows it at /docs, which loads nothing from other servers. */
export function serveOpenApi(app: INestApplication): void {
  let document: OpenAPIObject | undefined;
  SwaggerModule.setup(PAGE_PATH, app, () => (document ??= createOpenApiDocument(app)), {
    jsonDocumentUrl: DOCUMENT_PATH,
    raw: ['json'],
    customSiteTitle: TITLE,
  });
}
