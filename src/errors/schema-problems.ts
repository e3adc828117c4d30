import { z } from 'zod';

const MOST_SHOWN = 3;

/**
 * The problems of a value that is not as its schema says, in one line: path and problem of each, the first three in full.
 * A problem of the whole value has no path.
 */
export function schemaProblems({ issues }: z.ZodError): string {
  const shown = issues.slice(0, MOST_SHOWN).map(({ path, message }) => {
    const text = message.replace('Invalid input: expected', 'expected').replaceAll(/\s*\n\s*/g, ' ');
    return path.length === 0 ? text : `${z.core.toDotPath(path)}: ${text}`;
  });
  const others = issues.length - shown.length;
  return others === 0 ? shown.join('; ') : `${shown.join('; ')}; and ${others} more`;
}
