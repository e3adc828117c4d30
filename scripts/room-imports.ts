// Rewrites the section `## Imports` of src/<room>/README.md from the layer rules of .layers.cjs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';

const rulesSchema = z.object({
  forbidden: z.array(z.object({ name: z.string(), comment: z.string().default('') })),
});

const ROOT = join(import.meta.dirname, '..');
const LAYER = 'layer:';
const SECTION = /## Imports\n[^#]*/;

/** Line of a README per rule, by room. */
const linesByRoom = new Map<string, string[]>();
const { forbidden } = rulesSchema.parse(createRequire(import.meta.url)('../.dependency-cruiser.cjs'));
for (const { name, comment } of forbidden) {
  if (!name.startsWith(LAYER)) continue;
  const folder = name.slice(LAYER.length);
  const [room = folder] = folder.split('/');
  const imports = comment
    .slice(comment.indexOf(':') + 2)
    .replaceAll(/[\w/-]+/g, (word) => (word === 'nothing' ? word : `\`${word}\``));
  linesByRoom.set(room, [...(linesByRoom.get(room) ?? []), `- \`${folder}\`: ${imports}`]);
}

for (const [room, lines] of linesByRoom) {
  const path = join(ROOT, 'src', room, 'README.md');
  if (!existsSync(path)) throw new Error(`${path}: missing, expected a README with a section "## Imports"`);
  const text = readFileSync(path, 'utf8');
  if (!SECTION.test(text)) throw new Error(`${path}: no section "## Imports", expected one`);
  const note = 'From `.layers.cjs`, by `make docs`. Packages and files of the same folder are not listed.';
  const written = text.replace(SECTION, `## Imports\n\n${note}\n\n${lines.join('\n')}\n\n`);
  writeFileSync(path, `${written.trimEnd()}\n`);
}
