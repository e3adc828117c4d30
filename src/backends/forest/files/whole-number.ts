const WHOLE_NUMBER = /^\d{1,15}$/;

/** The number that a text of digits stands for; undefined for any other text. */
export function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && WHOLE_NUMBER.test(text) ? Number(text) : undefined;
}
