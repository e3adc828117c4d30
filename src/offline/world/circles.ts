import { AliasTable } from './alias-table.js';
import { WORLD_CONSTANTS } from './constants.js';
import type { Population } from './population.js';
import { Random } from './random.js';
import { LANGUAGE_COUNT } from './tongues.js';

const CIRCLE = WORLD_CONSTANTS.users.circle;
const { follows: FOLLOWS } = WORLD_CONSTANTS.visible;
const STREAM = 11;
const STRANGER_STREAM = 12;
/** Difference in the log-odds of an author following a reader outside of the audience, against one inside. */
const STRANGER_FOLLOWS = -2.5;

/** Relation of an author and a reader. */
export interface Bond {
  /** Standard normal: the reader's interest in the author. */
  warmth: number;
  /** Standard normal: tendency to spread tweets rather than to like them. */
  lean: number;
  authorFollows: boolean;
}

/** Audiences: the regular readers of each author, author after author. */
export class Circles {
  /** Readers of author a: reader[offset[a] .. offset[a + 1]). */
  readonly offset: Int32Array;
  readonly reader: Int32Array;
  private readonly warmth: Float32Array;
  private readonly lean: Float32Array;
  private readonly authorFollows: Uint8Array;

  constructor(
    private readonly seed: number,
    population: Population,
  ) {
    const random = new Random(seed, STREAM);
    const { edgeAuthor, edgeReader } = drawEdges(population, random);
    const count = edgeAuthor.length;
    this.offset = new Int32Array(population.authorCount + 1);
    for (const author of edgeAuthor) this.offset[author + 1]! += 1;
    for (let author = 0; author < population.authorCount; author += 1) {
      this.offset[author + 1]! += this.offset[author]!;
    }
    const next = this.offset.slice();
    this.reader = new Int32Array(count);
    for (let edge = 0; edge < count; edge += 1) {
      const author = edgeAuthor[edge]!;
      this.reader[next[author]!] = edgeReader[edge]!;
      next[author]! += 1;
    }
    this.warmth = Float32Array.from({ length: count }, () => random.normal());
    this.lean = Float32Array.from({ length: count }, () => random.normal());
    this.authorFollows = Uint8Array.from(this.warmth, (warmth) => (drawFollows(warmth, 0, random) ? 1 : 0));
  }

  /** Writes the bond of edge `edge` to `out`. */
  readBond(edge: number, out: Bond): void {
    out.warmth = this.warmth[edge]!;
    out.lean = this.lean[edge]!;
    out.authorFollows = this.authorFollows[edge] === 1;
  }

  /** Writes the bond of an author and a reader outside of the audience to `out`; always the same for the same two. */
  readStrangerBond(author: number, reader: number, out: Bond): void {
    const random = new Random(this.seed, STRANGER_STREAM, author, reader);
    out.warmth = random.normal();
    out.lean = random.normal();
    out.authorFollows = drawFollows(out.warmth, STRANGER_FOLLOWS, random);
  }
}

function drawFollows(warmth: number, shift: number, random: Random): boolean {
  return random.chance(1 / (1 + Math.exp(-(FOLLOWS.base + shift + FOLLOWS.perWarmth * warmth))));
}

interface Edges {
  edgeAuthor: number[];
  edgeReader: number[];
}

function drawEdges(population: Population, random: Random): Edges {
  const everyone = new AliasTable(population.authorShare);
  const speakers = speakersByLanguage(population);
  const edges: Edges = { edgeAuthor: [], edgeReader: [] };
  const seen = new Set<number>();
  for (let reader = 0; reader < population.readerCount; reader += 1) {
    const size = Math.min(drawCircleSize(random), Math.floor(population.authorCount / 2));
    const own = speakers[population.readerLanguage[reader]!];
    seen.clear();
    for (let attempt = 0; seen.size < size && attempt < 4 * size; attempt += 1) {
      const isOwn = own !== undefined && random.chance(CIRCLE.ownLanguage);
      const author = isOwn ? own.authors[own.table.sample(random)]! : everyone.sample(random);
      if (seen.has(author) || population.readerOfAuthor[author] === reader) continue;
      seen.add(author);
      edges.edgeAuthor.push(author);
      edges.edgeReader.push(reader);
    }
  }
  return edges;
}

function drawCircleSize(random: Random): number {
  const size = Math.round(Math.exp(CIRCLE.logMean + CIRCLE.logSd * random.normal()));
  return Math.min(Math.max(size, CIRCLE.fewest), CIRCLE.most);
}

interface Speakers {
  authors: number[];
  table: AliasTable;
}

function speakersByLanguage(population: Population): (Speakers | undefined)[] {
  return Array.from({ length: LANGUAGE_COUNT }, (_, language) => {
    const authors: number[] = [];
    population.authorLanguage.forEach((spoken, author) => {
      if (spoken === language) authors.push(author);
    });
    if (authors.length === 0) return undefined;
    return { authors, table: new AliasTable(authors.map((author) => population.authorShare[author]!)) };
  });
}
