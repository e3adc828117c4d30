import { type Rule, RULES } from '../backends/triton/repository/rules.js';
import { markdownTable, referencePage } from './markdown.js';

/** docs/reference/model-rules.md: every rule of `models check`. */
export function modelRulesPage(): string {
  const rules: readonly (readonly [string, Rule])[] = Object.entries(RULES);
  return referencePage('Rules for model repositories', [
    '`pairstream models check` holds a Triton model repository against these rules; their ids are stable. An error is what a server refuses, or what a gateway could not rely on.',
    markdownTable(
      ['Rule', 'Severity', 'Why'],
      rules.map(([id, { severity, meaning }]) => [`\`${id}\``, severity, meaning]),
    ),
  ]);
}
