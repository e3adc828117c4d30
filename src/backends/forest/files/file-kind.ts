const SHOWN_BYTES = 8;
const LFS_POINTER = 'version https://git-lfs';
const JSON_OBJECT = /^\s*\{\s*["}]/;
/** An object, then the type of the length of its first key, or the end of the object. */
const UBJSON_OBJECT = /^\{[iUIlL}]/;
/** Characters at the beginning of a file that tell its kind. */
const TELLING = 64;

/** Reason why a file is no UBJSON object, by its first bytes; undefined if it may be one. */
export function fileKindProblem(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'empty';
  const start = Buffer.from(bytes.subarray(0, TELLING)).toString('latin1');
  if (start.startsWith(LFS_POINTER)) return 'a pointer of Git LFS (`git lfs pull` downloads the model)';
  if (JSON_OBJECT.test(start)) return 'JSON';
  if (UBJSON_OBJECT.test(start)) return undefined;
  const first = Buffer.from(bytes.subarray(0, SHOWN_BYTES))
    .toString('hex')
    .replaceAll(/(..)(?=.)/g, '$1 ');
  return `begins with the bytes ${first}`;
}
