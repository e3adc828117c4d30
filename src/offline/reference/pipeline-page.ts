import { z } from 'zod';
import { pipelineSchema } from '../../releases/pipeline-schema.js';
import { markdownTable, referencePage } from './markdown.js';

type Schema = z.core.JSONSchema.BaseSchema;
type AnySchema = z.core.JSONSchema._JSONSchema;

/** docs/reference/pipeline.md: every field of a pipeline file, from the schema that checks it. */
export function pipelinePage(): string {
  return referencePage('Pipeline file', [
    'A pipeline file is a YAML file that lists the models of a gateway, the inputs of each model, and the ways to combine their answers. Paths are relative to the file. `pipelines/recsys2021.yaml` is the shipped one. If a field is unknown, missing or of another type, the gateway does not start; the error `INVALID_PIPELINE` names file, line and field.',
    markdownTable(
      ['Field', 'Type', 'Default', 'Meaning'],
      rowsOf(z.toJSONSchema(pipelineSchema, { io: 'input' })),
    ),
  ]);
}

/** A row for each field below an object, depth first. */
function rowsOf(schema: Schema, path = ''): string[][] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const field = asObject(property);
    const fieldPath = path === '' ? name : `${path}.${name}`;
    if (field.description === undefined) throw new Error(`${fieldPath} has no description`);
    const fallback = required.has(name) ? 'required' : defaultOf(field);
    const row = [`\`${fieldPath}\``, typeOf(field), fallback, field.description];
    return [row, ...rowsBelow(field, fieldPath)];
  });
}

function rowsBelow(field: Schema, path: string): string[][] {
  const items = field.items;
  if (items !== undefined && !Array.isArray(items) && typeof items !== 'boolean')
    return rowsOf(items, `${path}[]`);
  const values = field.additionalProperties;
  return typeof values === 'object' ? rowsOf(values, `${path}.<name>`) : rowsOf(field, path);
}

/** A JSON schema may also be `true` or `false`, which no field of ours is. */
function asObject(schema: AnySchema | AnySchema[] | undefined): Schema {
  if (typeof schema === 'object' && !Array.isArray(schema)) return schema;
  throw new Error(`the schema ${JSON.stringify(schema)} says nothing of its type`);
}

function defaultOf({ default: value }: Schema): string {
  return value === undefined ? 'none' : `\`${JSON.stringify(value)}\``;
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(' or ');
  if (schema.anyOf !== undefined)
    return [...new Set(schema.anyOf.map((option) => typeOf(asObject(option))))].join(' or ');
  const { items, prefixItems, additionalProperties: values } = schema;
  if (prefixItems !== undefined) return `list of ${prefixItems.length} numbers`;
  if (schema.type === 'array') return `list of ${plural(asObject(items))}`;
  if (schema.type === 'object')
    return typeof values === 'object' ? `map of names to ${plural(values)}` : 'object';
  return schema.type === 'integer' ? wholeNumber(schema) : [schema.type].flat().join(' or ');
}

function plural(schema: Schema): string {
  const type = typeOf(schema);
  return type.includes(' ') || type.includes('`') ? type : `${type}s`;
}

function wholeNumber({ minimum, exclusiveMinimum, maximum }: Schema): string {
  const least = typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : (minimum ?? 0);
  const most = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? ' or more' : ` to ${maximum}`;
  return `whole number, ${least}${most}`;
}
