const LONGEST_SHOWN = 40;
/** Characters that a terminal shows as nothing, or as a plain blank: marks, other blanks, line separators. */
const INVISIBLE = /[\p{Cf}\p{Zl}\p{Zp}\x7f-\x9f]|(?! )\p{Zs}/gu;
const CODE_UNIT = /[\0-\uffff]/g;

/** A text as an error shows it: in quotation marks, cut after 40 characters, with `\uXXXX` for what cannot be seen. */
export function shownField(field: string): string {
  const short = field.length > LONGEST_SHOWN ? `${field.slice(0, LONGEST_SHOWN)}...` : field;
  return JSON.stringify(short).replace(INVISIBLE, (character) =>
    character.replace(CODE_UNIT, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}
