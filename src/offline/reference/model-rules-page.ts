import { type Rule, RULES } from '../../backends/triton/repository/rules.js';
import { markdownTable, referencePage } from './markdown.js';

/** docs/reference/model-rules.md: every rule of `models check`. */
export function modelRulesPage(): string {
  const rules: readonly (readonly [string, Rule])[] = Object.entries(RULES);
  return referencePage('Rules for model repositories', [
    '`pairstream models check` checks a Triton model repository by these rules; their ids are stable. For errors marked *refused*, Triton does not load the model. For other errors Triton loads it, but a gateway cannot rely on it.',
    markdownTable(
      ['Rule', 'Severity', 'Why'],
      rules.map(([id, { severity, isRefused, meaning }]) => [
        `\`${id}\``,
        isRefused ? `${severity}, refused` : severity,
        meaning,
      ]),
    ),
  ]);
}
