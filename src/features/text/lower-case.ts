/** Characters below this code point take one or two bytes of UTF-8. */
const TWO_BYTE_LIMIT = 0x800;

/** Lower case of each character below U+0800 that has a single-character lower case of the same UTF-8 length, else itself. */
const LOWER = Uint16Array.from({ length: TWO_BYTE_LIMIT }, (_, codePoint) => {
  const lower = String.fromCharCode(codePoint).toLowerCase();
  const lowerCodePoint = lower.charCodeAt(0);
  const isSameLength = codePoint < 0x80 === lowerCodePoint < 0x80 && lowerCodePoint < TWO_BYTE_LIMIT;
  return lower.length === 1 && isSameLength ? lowerCodePoint : codePoint;
});

/**
 * Lower-cases UTF-8 text in place, character by character, for characters below U+0800 (Latin, Greek, Cyrillic,
 * Armenian ...); all others stay as they are.
 */
export function lowerCaseInto(bytes: Uint8Array, length: number): void {
  for (let at = 0; at < length; at += 1) {
    const byte = bytes[at]!;
    if (byte < 0x80) bytes[at] = LOWER[byte]!;
    else if (byte >= 0xc0 && byte < 0xe0 && at + 1 < length) {
      const lower = LOWER[((byte & 0x1f) << 6) | (bytes[at + 1]! & 0x3f)]!;
      bytes[at] = 0xc0 | (lower >> 6);
      bytes[at + 1] = 0x80 | (lower & 0x3f);
      at += 1;
    }
  }
}
