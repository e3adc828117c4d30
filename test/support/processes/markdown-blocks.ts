import { readFileSync } from 'node:fs';

/** A fenced code block of a Markdown file. */
export interface MarkdownBlock {
  /** Word after the fence, for instance bash. */
  readonly language: string;
  /** What stands after that word on the fence's line; empty when nothing does. */
  readonly info: string;
  /** Text of the heading above it. */
  readonly heading: string;
  readonly text: string;
  /** Line of its first line of text, from 1. */
  readonly line: number;
}

const FENCE = /^(`{3,})(\w*) *(.*)$/;

/** The fenced blocks of a Markdown file, in order. @throws Error for a block that never ends */
export function readMarkdownBlocks(path: string): MarkdownBlock[] {
  const blocks: MarkdownBlock[] = [];
  const lines = readFileSync(path, 'utf8').split('\n');
  let heading = '';
  for (let at = 0; at < lines.length; at += 1) {
    heading = /^#+ (.*)$/.exec(lines[at]!)?.[1] ?? heading;
    const [, fence, language = '', info = ''] = FENCE.exec(lines[at]!) ?? [];
    if (fence === undefined) continue;
    const end = lines.indexOf(fence, at + 1);
    if (end < 0) throw new Error(`${path}, line ${at + 1}: a block that never ends`);
    blocks.push({ language, info, heading, text: lines.slice(at + 1, end).join('\n'), line: at + 2 });
    at = end;
  }
  return blocks;
}
