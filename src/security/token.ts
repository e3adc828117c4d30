import { createHash, randomBytes } from 'node:crypto';

const ID_BYTES = 8;
const SECRET_BYTES = 32;
/** `pst`, an id of 16 hexadecimal digits, and 32 random bytes as base64url. */
const TOKEN = /^pst_([0-9a-f]{16})_[\w-]{43}$/;

/** A token that was made now. */
export interface NewToken {
  readonly id: string;
  /** Secret: shown once, never stored. */
  readonly token: string;
  /** Hexadecimal digits. */
  readonly sha256: string;
}

/** Makes a token. The id is public and finds the entry; the rest is 256 random bits, for which a plain SHA-256 is a safe hash. */
export function createToken(): NewToken {
  const id = randomBytes(ID_BYTES).toString('hex');
  const token = `pst_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { id, token, sha256: hashOfToken(token).toString('hex') };
}

/** The id in a token; undefined for a text of another form. */
export function idOfToken(token: string): string | undefined {
  return TOKEN.exec(token)?.[1];
}

/** SHA-256 of a token: 32 bytes. */
export function hashOfToken(token: string): Buffer {
  return createHash('sha256').update(token, 'latin1').digest();
}
