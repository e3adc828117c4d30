import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SETTINGS } from '../../src/config/settings.js';
import { backendSchema } from '../../src/gateway/admin/backend.schemas.js';
import { livenessSchema, readinessSchema } from '../../src/gateway/admin/health.schemas.js';
import { TARGETS } from '../../src/pairs/targets.js';
import type { PartRow } from '../../src/pairs/part-row.js';
import { AdminCalls } from '../support/gateway/admin-calls.js';
import { exampleRows, requestOf } from '../support/requests/example-rows.js';
import { ROOT, startTestGateway, type TestGateway } from '../support/gateway/test-gateway.js';

const HEX_ID = /^[0-9A-F]{32}$/;

const keySchema = z.object({
  key: z.string().regex(/^[0-9a-f]{16}$/),
  isFound: z.boolean(),
  counters: z.array(z.record(z.string(), z.union([z.string(), z.number()]))),
});

describe('admin routes of a gateway', () => {
  let gateway: TestGateway;
  let admin: AdminCalls;
  let rows: PartRow[];

  beforeAll(async () => {
    rows = await exampleRows(10);
    gateway = await startTestGateway({
      logLevel: 'silent',
      tritonHeaders: new Map([['authorization', 'Bearer 12345']]),
    });
    admin = new AdminCalls(gateway.adminUrl);
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  it('tell what runs', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    const { status, json } = await admin.get('/admin/v1/info');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      version,
      node: process.version,
      backend: 'embedded',
      release: { id: gateway.release.id, pipeline: 'recsys2021' },
      isReady: true,
      reason: null,
      degraded: null,
    });
    const info = z
      .object({ commit: z.string().nullable(), startedAt: z.iso.datetime(), uptimeS: z.number().positive() })
      .parse(json);
    expect(info.commit === null || /^[0-9a-f]{40}$/.test(info.commit)).toBe(true);
  });

  it('list no replicas', async () => {
    expect((await admin.get('/admin/v1/replicas')).json).toEqual({ replicas: [] });
    expect(await admin.post('/admin/v1/replicas/127.0.0.1%3A8001/drain')).toMatchObject({
      status: 404,
      json: { code: 'NOT_FOUND', detail: 'replica: "127.0.0.1:8001", the embedded backend has no replicas' },
    });
  });

  it('tell size, load factor and age of the statistics', async () => {
    const { tables, asOfS } = gateway.release.statistics;
    const { json } = await admin.get('/admin/v1/statistics');
    expect(json).toMatchObject({
      asOfS,
      keyCount: tables.reduce((sum, { keyCount }) => sum + keyCount, 0),
      byteLength: tables.reduce((sum, { byteLength }) => sum + byteLength, 0),
    });
    const shown = z
      .object({ tables: z.array(z.looseObject({ name: z.string(), loadFactor: z.number() })) })
      .parse(json).tables;
    expect(shown.map(({ name }) => name)).toEqual(tables.map(({ name }) => name).toSorted());
    expect(shown.every(({ loadFactor }) => loadFactor > 0 && loadFactor <= 0.6)).toBe(true);
    expect((await admin.get('/admin/v1/statistics/language')).json).toEqual(
      shown.find(({ name }) => name === 'language'),
    );
  });

  it('look a key up with the counters that features are made of', async () => {
    const request = { ...requestOf(rows), options: { explain: true } };
    const { explanation } = await gateway.client.predict(request);
    const values = new Map(explanation!.features.map((feature) => [feature.name, feature.values]));
    const countsOf = async (table: string, components: Record<string, string>, asOfS: number) => {
      const { status, json } = await admin.post(`/admin/v1/statistics/${table}/lookup`, {
        components,
        asOfS,
      });
      expect(status).toBe(200);
      return keySchema.parse(json);
    };
    let foundCount = 0;
    for (const [pair, { author, reader, language, tweetType, tweetCreatedAtS }] of rows.entries()) {
      expect(reader.id).toMatch(HEX_ID);
      const keys = {
        b_user_id: { reader: reader.id },
        a_user_id: { author: author.id.toLowerCase() },
        a_user_id_b_user_id: { author: author.id, reader: reader.id },
        a_user_id_language_tweet_type: { author: author.id, language, 'tweet type': tweetType },
      };
      for (const [table, components] of Object.entries(keys)) {
        const { isFound, counters } = await countsOf(table, components, tweetCreatedAtS);
        const recent = counters.find(({ horizon }) => horizon === 'recent');
        // The count feature of the recent horizon is single precision.
        expect(Math.fround(Number(recent!['impressions']))).toBeCloseTo(values.get(`ce_${table}`)![pair]!, 4);
        foundCount += isFound ? 1 : 0;
      }
      const long = (await countsOf('b_user_id', keys.b_user_id, tweetCreatedAtS)).counters[0]!;
      expect(Number(long['impressions'])).toBeCloseTo(values.get('count_b_user_id')![pair]!, 3);
      for (const target of TARGETS) expect(Number(long[target])).toBeGreaterThanOrEqual(0);
    }
    expect(foundCount).toBeGreaterThan(rows.length);
  });

  it('bound the components of a key', async () => {
    const path = '/admin/v1/statistics/a_user_id/lookup';
    expect(await admin.post(path, { components: { author: 'a'.repeat(257) } })).toMatchObject({
      status: 400,
      json: { detail: 'components.author: 257 bytes, expected at most 256', field: 'components.author' },
    });
    expect(await admin.post(path, { components: { author: 'a'.repeat(5_000) } })).toMatchObject({
      status: 400,
      json: { field: 'components.author' },
    });
    const many = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`c${i}`, 'x']));
    expect(await admin.post(path, { components: many })).toMatchObject({
      status: 400,
      json: { detail: expect.stringContaining('expected at most 16 components') },
    });
    expect(await admin.post(path, { components: { author: 'a' }, asOfS: 2 ** 40 })).toMatchObject({
      status: 400,
      json: { field: 'asOfS', detail: 'asOfS: "1099511627776", expected at most 4294967295' },
    });
  });

  it('tell every setting with value and source, and mask secrets', async () => {
    const { json, text } = await admin.get('/admin/v1/config');
    const { settings } = z
      .object({
        settings: z.array(z.object({ variable: z.string(), value: z.string(), source: z.string() })),
      })
      .parse(json);
    const known = Object.values(SETTINGS).map(({ variable }): string => variable);
    expect(settings.map(({ variable }) => variable)).toEqual(known);
    const settingOf = (variable: string) => settings.find((setting) => setting.variable === variable);
    expect(settingOf('PAIRSTREAM_GRPC_PORT')).toMatchObject({ value: '0', source: 'command' });
    expect(settingOf('PAIRSTREAM_MAX_BATCH_ROWS')).toMatchObject({ value: '1024', source: 'default' });
    expect(settingOf('PAIRSTREAM_TRITON_HEADERS')).toMatchObject({ value: 'authorization=***' });
    expect(text).not.toContain('12345');
  });

  it('change the level of the log', async () => {
    expect((await admin.get('/admin/v1/log-level')).json).toEqual({ level: 'silent' });
    expect(await admin.put('/admin/v1/log-level', { level: 'error' })).toMatchObject({
      status: 200,
      json: { level: 'error' },
    });
    expect((await admin.get('/admin/v1/log-level')).json).toEqual({ level: 'error' });
    expect((await admin.put('/admin/v1/log-level', { level: 'silent' })).json).toEqual({ level: 'silent' });
  });

  it.each([
    ['/healthz', livenessSchema],
    ['/readyz', readinessSchema],
    ['/backend', backendSchema],
  ])('answer %s as the OpenAPI document says', async (path, schema) => {
    const { status, json } = await admin.get(path);
    expect(status).toBe(200);
    expect(schema.parse(json)).toEqual(json);
  });

  it('serve the OpenAPI document that is kept in the repository', async () => {
    const { status, json } = await admin.get('/openapi.json');
    expect(status).toBe(200);
    expect(json).toEqual(JSON.parse(readFileSync(join(ROOT, 'docs/reference/openapi.json'), 'utf8')));
    expect(json).toMatchObject({ openapi: '3.1.0' });
  });

  it('serve a page of the routes that loads nothing from elsewhere', async () => {
    const page = await admin.get('/docs');
    expect(page).toMatchObject({ status: 200, contentType: expect.stringContaining('text/html') });
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      expect(link).toMatch(/^\.\/docs\//);
      expect((await admin.get(link.slice(1))).status).toBe(200);
    }
    expect((await admin.get('/docs/swagger-ui-init.js')).text).toContain('/admin/v1/models/{model}/unload');
  });
});
