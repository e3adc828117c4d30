/**
 * Seeded random numbers: the sfc32 generator (Chris Doty-Humphrey's small fast counter, 128 bits of state). A murmur3 finaliser
 * derives the state from the seeds. Own code, because the world draws about a hundred numbers per tweet and must not change with
 * a package's version. Equal seeds give equal sequences.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;
  private spare = Number.NaN;

  /** @param seeds whole numbers; each is taken modulo 2^32, their order matters */
  constructor(...seeds: readonly number[]) {
    let state = 0x9e3779b9;
    for (const seed of seeds) state = mix32(state ^ seed) + 0x9e3779b9;
    this.a = mix32(state + 1);
    this.b = mix32(state + 2);
    this.c = mix32(state + 3);
    for (let i = 0; i < 12; i += 1) this.next();
  }

  /** A whole number, 0 to 2^32 - 1. */
  next(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** A number of [0, 1). */
  uniform(): number {
    return this.next() * 2 ** -32;
  }

  /** A whole number, 0 to limit - 1. */
  below(limit: number): number {
    return Math.floor(this.uniform() * limit);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** A standard normal number (Box-Muller, in pairs). */
  normal(): number {
    const { spare } = this;
    if (!Number.isNaN(spare)) {
      this.spare = Number.NaN;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Shuffles in place. */
  shuffle(items: Int32Array | Float64Array): void {
    for (let i = items.length - 1; i > 0; i -= 1) {
      const j = this.below(i + 1);
      const held = items[i]!;
      items[i] = items[j]!;
      items[j] = held;
    }
  }

  /**
   * A whole number, 0 to limit - 1, with small numbers much more frequent: a rank of a heavy-tailed distribution.
   * @param bend 1 is uniform; larger values favour the first ranks
   */
  rank(limit: number, bend: number): number {
    return Math.floor(limit * this.uniform() ** bend);
  }
}

/** The finaliser of murmur3: every input bit changes about half of the output bits. */
function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0'));

function hex32(word: number): string {
  return HEX[word >>> 24]! + HEX[(word >>> 16) & 255]! + HEX[(word >>> 8) & 255]! + HEX[word & 255]!;
}

/** An id of 32 upper-case hexadecimal digits, determined by its seeds. */
export function makeId(kind: number, seed: number, major: number, minor: number): string {
  const first = mix32(mix32(mix32(kind ^ 0x51ed270b) ^ seed) + major);
  const second = mix32(first ^ minor);
  const third = mix32(second + major);
  return hex32(first) + hex32(second) + hex32(third) + hex32(mix32(third ^ Math.imul(minor, 0x9e3779b1)));
}
