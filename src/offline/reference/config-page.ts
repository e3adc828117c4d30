import { SETTINGS } from '../../config/settings.js';
import { markdownTable, referencePage } from './markdown.js';

/** docs/reference/config.md: every setting of a gateway. */
export function configPage(): string {
  return referencePage('Configuration', [
    'All settings of a gateway are environment variables. Variables that are not set have their default. If a value is out of range or a `PAIRSTREAM_` variable is unknown, the gateway does not start; the error `INVALID_CONFIG` lists all problems.',
    markdownTable(
      ['Variable', 'Default', 'Meaning'],
      Object.values(SETTINGS).map(({ variable, defaultText, meaning }) => [
        `\`${variable}\``,
        defaultText === '' ? 'none' : `\`${defaultText}\``,
        meaning,
      ]),
    ),
  ]);
}
