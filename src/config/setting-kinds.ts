import { z } from 'zod';
import { parseListenHost } from './listen-host.js';

/** One setting: its environment variable, default and meaning. docs/reference/config.md is generated from these. */
export interface Setting<T = unknown> {
  readonly variable: string;
  readonly schema: z.ZodType<T, string>;
  readonly defaultText: string;
  /** First what the setting is, then unit, accepted values and effect. */
  readonly meaning: string;
  /** The parsed value as operators see it. Default: the value as text. A setting that holds secrets masks them. */
  show?(value: T): string;
  /** True if errors must not repeat the text of the variable. Default: false. */
  readonly isSecret?: boolean;
}

/** A setting that is a whole number of a range. @param fallback the default */
export function integer(
  variable: string,
  fallback: number,
  [min, max]: readonly [number, number],
  meaning: string,
): Setting<number> {
  const expected = `expected a whole number from ${min} to ${max}`;
  const schema = z
    .string()
    .regex(/^\d+$/, expected)
    .transform(Number)
    .refine((value) => value >= min && value <= max, expected);
  return { variable, schema, defaultText: String(fallback), meaning: `${meaning} (${min} to ${max})` };
}

/** A setting that is a text of at least one character. @param fallback the default */
export function text(variable: string, fallback: string, meaning: string): Setting<string> {
  return { variable, schema: z.string().min(1, 'expected some text'), defaultText: fallback, meaning };
}

/** A setting that is a text, empty by default. */
export function optionalText(variable: string, meaning: string): Setting<string> {
  return { variable, schema: z.string(), defaultText: '', meaning };
}

/** Names of gRPC metadata whose values are text. */
const TEXT_HEADER = /^(?!grpc-|.*-bin$)[a-z0-9_.-]*$/;

/** A setting that is the name of a header with a text value, empty by default. */
export function headerName(variable: string, meaning: string): Setting<string> {
  const expected =
    'expected lower-case letters, digits, hyphens, underscores and dots, not beginning with "grpc-" and not ending with "-bin"';
  return { variable, schema: z.string().regex(TEXT_HEADER, expected), defaultText: '', meaning };
}

/** A setting that is a host to listen on, by default 127.0.0.1. */
export function listenHost(variable: string, meaning: string): Setting<string> {
  const schema = z.string().transform((value, context) => {
    const host = parseListenHost(value);
    if (host !== undefined) return host;
    context.addIssue('expected an IPv4 address, an IPv6 address or a host name, without scheme and port');
    return z.NEVER;
  });
  return { variable, schema, defaultText: '127.0.0.1', meaning };
}

/** A setting that is one of several words; the first is the default. */
export function choice<const T extends string>(
  variable: string,
  [fallback, ...others]: readonly [T, ...T[]],
  meaning: string,
): Setting<T> {
  const values = [fallback, ...others];
  return {
    variable,
    schema: z.enum(values, `expected one of ${values.join(', ')}`),
    defaultText: fallback,
    meaning: `${meaning}: ${values.join(', ')}`,
  };
}
