import { withRoom } from '../../pairs/column-growth.js';
import { PIECE_KIND, type Vocabulary } from './vocabulary.js';

/** Nothing is here: in `ids`, no piece ends; in `parent`, the slot is free. */
export const NONE = -1;

const ALPHABET_SIZE = 256;
/** A search that took more steps moves the beginning of the next ones, so that all of them together are linear. */
const SHORT_SEARCH = 128;

interface Entry {
  readonly key: Uint8Array;
  readonly id: number;
}

/**
 * The pieces of a vocabulary as a trie over their UTF-8 bytes, with a root for word beginnings and one for continuations. The
 * trie is a double array: the child of slot n by byte b is slot base[n] + b, if its parent is n. The cost of a step does not
 * depend on the number of pieces.
 */
export class PieceTrie {
  /** First child slot of each slot; there is a slot for every base and byte. */
  readonly base: Int32Array;
  /** Parent of each slot; NONE if the slot is free. */
  readonly parent: Int32Array;
  /** Id of the piece that ends at each slot, or NONE. */
  readonly ids: Int32Array;
  /** Slot before the first byte of a word. */
  readonly wordRoot: number;
  /** Slot before the first byte of a `##` piece. */
  readonly continuationRoot: number;

  /** Builds the trie; [CLS], [SEP] and [PAD] are left out. */
  constructor(vocabulary: Vocabulary) {
    const { base, parent, ids } = new TrieBuilder(entriesOf(vocabulary));
    const slotCount = base.reduce((most, each) => Math.max(most, each), 0) + ALPHABET_SIZE;
    this.base = base.slice(0, slotCount);
    this.parent = parent.slice(0, slotCount);
    this.ids = ids.slice(0, slotCount);
    this.wordRoot = base[0]! + PIECE_KIND.word;
    this.continuationRoot = base[0]! + PIECE_KIND.continuation;
  }

  /** Bytes that the trie holds. */
  get byteLength(): number {
    return this.base.byteLength + this.parent.byteLength + this.ids.byteLength;
  }
}

/** Finds a slot for every prefix. */
class TrieBuilder {
  base = new Int32Array(4 * ALPHABET_SIZE);
  parent = new Int32Array(4 * ALPHABET_SIZE).fill(NONE);
  ids = new Int32Array(4 * ALPHABET_SIZE).fill(NONE);
  /** From here, any byte may be the first label, and the base is still above 0. */
  private firstFree = ALPHABET_SIZE;
  private searchFrom = ALPHABET_SIZE;

  constructor(entries: readonly Entry[]) {
    this.parent[0] = 0;
    this.place(entries);
  }

  /** Gives every prefix a slot, node by node, each with all its children at once. */
  private place(entries: readonly Entry[]): void {
    const open = [{ node: 0, from: 0, to: entries.length, depth: 0 }];
    for (let task = open.pop(); task !== undefined; task = open.pop()) {
      const { node, to, depth } = task;
      let { from } = task;
      // Shorter keys come first; of equal ones (U+FFFD, which no word has) the first counts.
      while (from < to && entries[from]!.key.length === depth) {
        if (this.ids[node] === NONE) this.ids[node] = entries[from]!.id;
        from += 1;
      }
      if (from === to) continue;
      const starts = childStarts(entries, from, to, depth);
      const labels = starts.map((start) => entries[start]!.key[depth]!);
      const base = this.findBase(labels);
      this.base[node] = base;
      for (const label of labels) this.parent[base + label] = node;
      for (let i = starts.length - 1; i >= 0; i -= 1)
        open.push({
          node: base + labels[i]!,
          from: starts[i]!,
          to: starts[i + 1] ?? to,
          depth: depth + 1,
        });
    }
  }

  /** A base whose slots for all labels are free; there is room for 256 slots from it. */
  private findBase(labels: readonly number[]): number {
    const { parent } = this;
    while (this.firstFree < parent.length && parent[this.firstFree] !== NONE) this.firstFree += 1;
    const first = labels[0]!;
    const isAlone = labels.length === 1;
    // Lone children, most of all, fill the holes; others are looked for only where there is room.
    const start = isAlone ? this.firstFree : Math.max(this.firstFree, this.searchFrom);
    let slot = start;
    this.reserve(slot - first + ALPHABET_SIZE);
    while (labels.some((label) => this.parent[slot - first + label] !== NONE)) {
      slot += 1;
      this.reserve(slot - first + ALPHABET_SIZE);
    }
    if (!isAlone && slot - start > SHORT_SEARCH) this.searchFrom = slot;
    return slot - first;
  }

  private reserve(slotCount: number): void {
    if (slotCount <= this.parent.length) return;
    const old = this.parent.length;
    this.base = withRoom(this.base, slotCount, Int32Array);
    this.parent = withRoom(this.parent, slotCount, Int32Array).fill(NONE, old);
    this.ids = withRoom(this.ids, slotCount, Int32Array).fill(NONE, old);
  }
}

/** Pieces in order of their bytes, each with a first byte that tells words (0) from continuations (1). */
function entriesOf({ bytes, offset, kind, size }: Vocabulary): Entry[] {
  const entries: Entry[] = [];
  for (let id = 0; id < size; id += 1) {
    if (kind[id] === PIECE_KIND.silent) continue;
    const text = bytes.subarray(offset[id], offset[id + 1]);
    const key = new Uint8Array(text.length + 1);
    key[0] = kind[id]!;
    key.set(text, 1);
    entries.push({ key, id });
  }
  return entries.sort((a, b) => Buffer.compare(a.key, b.key));
}

/** Positions in entries[from .. to) at which the byte at `depth` changes. */
function childStarts(entries: readonly Entry[], from: number, to: number, depth: number): number[] {
  const starts = [from];
  for (let i = from + 1; i < to; i += 1)
    if (entries[i]!.key[depth] !== entries[i - 1]!.key[depth]) starts.push(i);
  return starts;
}
