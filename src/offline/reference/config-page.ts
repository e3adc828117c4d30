import { SETTINGS } from '../../config/settings.js';
import { markdownTable, referencePage } from './markdown.js';

/** docs/reference/config.md: every setting of a gateway. */
export function configPage(): string {
  return referencePage('Configuration', [
    'A gateway is configured by environment variables alone. What is not set has its default; a value out of range or an unknown `PAIRSTREAM_` variable stops the start with `INVALID_CONFIG`, which lists every problem.',
    markdownTable(
      ['Variable', 'Default', 'What it is'],
      Object.values(SETTINGS).map(({ variable, defaultText, meaning }) => [
        `\`${variable}\``,
        defaultText === '' ? 'none' : `\`${defaultText}\``,
        meaning,
      ]),
    ),
  ]);
}
