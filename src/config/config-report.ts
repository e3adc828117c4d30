import { isDeepStrictEqual } from 'node:util';
import type { Config } from './config.js';
import { isServiceLink } from './service-links.js';
import type { Setting } from './setting-kinds.js';
import { SETTINGS } from './settings.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Source of the value of a setting. `command` is the command or program that started the gateway. */
export type SettingSource = 'default' | 'environment' | 'command';

/** One setting of a running gateway. */
export interface SettingReport {
  /** Name of the setting in Config. */
  readonly name: string;
  readonly variable: string;
  /** Value in use, written as in the variable; secrets are masked. */
  readonly value: string;
  readonly defaultValue: string;
  readonly source: SettingSource;
  readonly meaning: string;
}

/**
 * Lists every setting of a running gateway with its source.
 * @param environment of the process, as loadConfig read it
 */
export function reportConfig(config: Config, environment: Environment): SettingReport[] {
  const values = new Map<string, unknown>(Object.entries(config));
  return Object.entries(SETTINGS).map(([name, setting]) =>
    reportSetting(name, setting, values.get(name), environment),
  );
}

function reportSetting(
  name: string,
  setting: Setting,
  value: unknown,
  environment: Environment,
): SettingReport {
  const { variable, schema, defaultText, meaning } = setting;
  const text = environment[variable];
  const isSet = text !== undefined && !isServiceLink(variable, text);
  const parsed = schema.safeParse(isSet ? text : defaultText);
  const isFromCommand = !parsed.success || !isDeepStrictEqual(parsed.data, value);
  const source = isSet ? 'environment' : 'default';
  return {
    name,
    variable,
    value: setting.show?.(value) ?? String(value),
    defaultValue: defaultText,
    source: isFromCommand ? 'command' : source,
    meaning,
  };
}
