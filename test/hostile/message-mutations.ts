/** Repeatable pseudo-random numbers (xorshift32). */
export class FuzzRandom {
  private state: number;

  /** @param seed any whole number */
  constructor(seed: number) {
    this.state = Math.imul(seed, 0x9e3779b1) | 1;
  }

  /** A whole number from 0 to limit - 1. */
  below(limit: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % limit;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

/** One field of a protobuf message, cut out of its bytes. */
interface WireField {
  readonly number: number;
  readonly wireType: number;
  /** What follows the tag: the varint, the fixed bytes, or, without its length, what is delimited. */
  readonly payload: Buffer;
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const GROUP_START = 3;
const GROUP_END = 4;
const FIXED32 = 5;
/** Lengths and numbers at which decoders have gone wrong. */
const NASTY_NUMBERS = [
  0n,
  1n,
  127n,
  128n,
  255n,
  256n,
  16_384n,
  65_535n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** A varint of a number, with zero bytes added up to `byteLength`: not canonical, but the same number. */
function varint(value: bigint, byteLength = 0): Buffer {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(left & 0x7fn) | 0x80);
    left >>= 7n;
  } while (left > 0n || bytes.length < byteLength);
  bytes[bytes.length - 1]! &= 0x7f;
  return Buffer.from(bytes);
}

function readVarint(bytes: Buffer, at: number): { value: bigint; next: number } {
  let value = 0n;
  for (let i = at, shift = 0n; i < bytes.length; i += 1, shift += 7n) {
    value |= BigInt(bytes[i]! & 0x7f) << shift;
    if (bytes[i]! < 0x80) return { value, next: i + 1 };
  }
  throw new RangeError('a varint without an end');
}

/** Cuts a well-formed message into its fields. */
function fieldsOf(message: Buffer): WireField[] {
  const fields: WireField[] = [];
  for (let at = 0; at < message.length;) {
    const tag = readVarint(message, at);
    const wireType = Number(tag.value & 7n);
    let from = tag.next;
    let to: number;
    if (wireType === VARINT) to = readVarint(message, from).next;
    else if (wireType === FIXED64) to = from + 8;
    else if (wireType === FIXED32) to = from + 4;
    else {
      const length = readVarint(message, from);
      from = length.next;
      to = from + Number(length.value);
    }
    fields.push({ number: Number(tag.value >> 3n), wireType, payload: message.subarray(from, to) });
    at = to;
  }
  return fields;
}

function tagOf(number: number, wireType: number): Buffer {
  return varint((BigInt(number) << 3n) | BigInt(wireType));
}

function encodeField({ number, wireType, payload }: WireField): Buffer {
  const length = wireType === BYTES ? varint(BigInt(payload.length)) : Buffer.alloc(0);
  return Buffer.concat([tagOf(number, wireType), length, payload]);
}

function join(fields: readonly WireField[]): Buffer {
  return Buffer.concat(fields.map(encodeField));
}

/** A field that no message here has, of any wire type. */
function unknownField(random: FuzzRandom): Buffer {
  const number = random.pick([19, 99, 2_047, 100_000, 536_870_911]);
  switch (random.below(5)) {
    case 0:
      return Buffer.concat([tagOf(number, VARINT), varint(random.pick(NASTY_NUMBERS), random.below(10))]);
    case 1:
      return Buffer.concat([tagOf(number, FIXED64), Buffer.alloc(8, random.below(256))]);
    case 2:
      return encodeField({
        number,
        wireType: BYTES,
        payload: Buffer.alloc(random.below(40), random.below(256)),
      });
    case 3:
      return Buffer.concat([tagOf(number, FIXED32), Buffer.alloc(4, random.below(256))]);
    default:
      return Buffer.concat([tagOf(number, GROUP_START), unknownVarint(random), tagOf(number, GROUP_END)]);
  }
}

function unknownVarint(random: FuzzRandom): Buffer {
  return Buffer.concat([tagOf(7, VARINT), varint(random.pick(NASTY_NUMBERS))]);
}

/** Tables of a PredictRequest: the fields that are messages themselves. */
const TABLES = new Set([3, 4, 5]);

/**
 * Another encoding of the same request: unknown fields, tables cut in two, varints longer than they need be. Whoever
 * decodes protobuf must read the same from it.
 */
export function reencode(message: Buffer, random: FuzzRandom): Buffer {
  const fields = fieldsOf(message).flatMap((field): Buffer[] => {
    const around = random.below(3) === 0 ? [unknownField(random)] : [];
    if (!TABLES.has(field.number)) return [...around, encodeField(field)];
    const columns = fieldsOf(field.payload);
    const cut = random.below(columns.length + 1);
    const parts = [columns.slice(0, cut), columns.slice(cut)].map((part) =>
      encodeField({ ...field, payload: reencodeColumns(part, random) }),
    );
    return [...around, ...parts];
  });
  return Buffer.concat(fields);
}

function reencodeColumns(columns: readonly WireField[], random: FuzzRandom): Buffer {
  return Buffer.concat(
    columns.flatMap((column) => [
      ...(random.below(6) === 0 ? [unknownField(random)] : []),
      column.wireType === VARINT
        ? Buffer.concat([
            tagOf(column.number, VARINT),
            varint(readVarint(column.payload, 0).value, random.below(11)),
          ])
        : encodeField(column),
    ]),
  );
}

/** Damages a message: its structure, then perhaps its bytes. What comes out is seldom a request. */
export function mutate(message: Buffer, random: FuzzRandom): Buffer {
  let mutated = random.below(4) === 0 ? message : mutateFields(message, random, true);
  for (let edits = random.below(4); edits > 0; edits -= 1) mutated = mutateBytes(mutated, random);
  return mutated;
}

function mutateFields(message: Buffer, random: FuzzRandom, hasTables: boolean): Buffer {
  const fields = fieldsOf(message);
  if (fields.length === 0) return unknownField(random);
  const at = random.below(fields.length);
  const field = fields[at]!;
  if (hasTables && TABLES.has(field.number) && random.below(4) > 0) {
    const payload = mutateFields(field.payload, random, false);
    return join(fields.with(at, { ...field, payload }));
  }
  const [before, after] = [join(fields.slice(0, at)), join(fields.slice(at + 1))];
  return Buffer.concat([before, mutateField(field, random), after]);
}

function mutateField(field: WireField, random: FuzzRandom): Buffer {
  const { number, payload } = field;
  switch (random.below(9)) {
    case 0:
      return Buffer.alloc(0);
    case 1:
      return Buffer.concat([encodeField(field), encodeField(field)]);
    case 2:
      return Buffer.concat([encodeField(field), unknownField(random)]);
    case 3:
      // A wire type that the field does not have; two of the eight do not exist at all.
      return Buffer.concat([tagOf(number, random.below(8)), payload]);
    case 4:
      // A length that lies.
      return Buffer.concat([
        tagOf(number, BYTES),
        varint(random.pick(NASTY_NUMBERS), random.below(11)),
        payload,
      ]);
    case 5:
      return Buffer.concat([tagOf(number, VARINT), varint(random.pick(NASTY_NUMBERS), random.below(12))]);
    case 6:
      return encodeField({ ...field, wireType: BYTES, payload: Buffer.concat([payload, payload]) });
    case 7:
      return encodeField({ number: random.below(24), wireType: BYTES, payload });
    default:
      return encodeField({
        ...field,
        wireType: BYTES,
        payload: payload.subarray(0, random.below(payload.length + 1)),
      });
  }
}

function mutateBytes(message: Buffer, random: FuzzRandom): Buffer {
  const at = random.below(message.length + 1);
  switch (random.below(5)) {
    case 0: {
      const flipped = Buffer.from(message);
      if (at < flipped.length) flipped[at]! ^= 1 << random.below(8);
      return flipped;
    }
    case 1:
      return message.subarray(0, at);
    case 2:
      return Buffer.concat([message.subarray(0, at), Buffer.from([random.below(256)]), message.subarray(at)]);
    case 3:
      return Buffer.concat([message.subarray(0, at), message.subarray(at + 1 + random.below(8))]);
    default:
      return Buffer.concat([
        message.subarray(0, at),
        Buffer.alloc(random.below(12), 0xff),
        message.subarray(at),
      ]);
  }
}
