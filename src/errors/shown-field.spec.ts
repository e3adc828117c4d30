import { describe, expect, it } from 'vitest';
import { shownField } from './shown-field.js';

describe('shownField', () => {
  it.each([
    ['plain text', 'a b', '"a b"'],
    ['nothing', '', '""'],
    ['40 characters', 'a'.repeat(40), `"${'a'.repeat(40)}"`],
    ['41 characters', 'a'.repeat(41), `"${'a'.repeat(40)}..."`],
    ['quotation marks and a TAB', '"\t', String.raw`"\"\t"`],
    ['a byte order mark', '\uFEFFa', String.raw`"\ufeffa"`],
    ['a no-break space', 'a\u00A0b', String.raw`"a\u00a0b"`],
    ['a line separator', 'a\u2028', String.raw`"a\u2028"`],
    ['a control character', '\u0085', String.raw`"\u0085"`],
    ['an invisible character of two code units', 'a\u{E0001}', String.raw`"a\udb40\udc01"`],
    ['visible characters of other scripts', '東 é 😀', '"東 é 😀"'],
  ])('%s', (_name, field, shown) => {
    expect(shownField(field)).toBe(shown);
  });
});
