import { WORLD_CONSTANTS } from './constants.js';
import { Random } from './random.js';
import { TONGUES, type Tongue } from './tongues.js';

const SPECIAL_PIECES = ['[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const SHAPE = WORLD_CONSTANTS.lexicon;
const ALPHANUMERICS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~¡£§«°¶·»¿–—‘’“”•…€、。「」！？،؟।';

/** Words of one spelling; each word is a list of piece ids. Topic words are in order: topic 0 first. */
export interface TongueWords {
  readonly functionWords: readonly (readonly number[])[];
  readonly generalWords: readonly (readonly number[])[];
  /** Words by topic; the first ones are used most often. */
  readonly topicWords: readonly (readonly (readonly number[])[])[];
  /** Words in capitals; none where the script has no capitals. */
  readonly capitalWords: readonly (readonly number[])[];
}

/**
 * Wordpiece vocabulary of the world, in the form of multilingual BERT's, and the words made of its pieces. It does not depend on
 * the world's seed, so models trained on one world can read another.
 */
export class Lexicon {
  /** All pieces; the id of a piece is its position. */
  readonly pieces: readonly string[];
  /** Punctuation pieces of tweets. */
  readonly marks: ReturnType<Lexicon['addMarks']>;
  readonly emoji: readonly number[];
  /** By position in TONGUES. */
  readonly words: readonly TongueWords[];
  /** Alphanumeric single characters, as the start and as the continuation of a link's path. */
  readonly pathStarts: readonly number[];
  readonly pathContinuations: readonly number[];
  private readonly ids = new Map<string, number>();

  constructor() {
    const random = new Random(SHAPE.seed);
    this.add('[PAD]');
    for (let i = 1; i <= SHAPE.unusedPieces; i += 1) this.add(`[unused${i}]`);
    for (const piece of SPECIAL_PIECES) this.add(piece);
    for (const character of PUNCTUATION) this.add(character);
    this.pathStarts = Array.from(ALPHANUMERICS, (character) => this.add(character));
    this.pathContinuations = Array.from(ALPHANUMERICS, (character) => this.add(`##${character}`));
    this.marks = this.addMarks();
    this.emoji = emojiCharacters().map((character) => this.add(character));
    this.words = TONGUES.map((tongue) => this.makeTongue(tongue, random));
    this.pieces = [...this.ids.keys()];
  }

  /** Content of `vocab.txt`: one piece per line. */
  toText(): string {
    return `${this.pieces.join('\n')}\n`;
  }

  private add(piece: string): number {
    const known = this.ids.get(piece);
    if (known !== undefined) return known;
    this.ids.set(piece, this.ids.size);
    return this.ids.size - 1;
  }

  private addMarks() {
    return {
      cls: this.add('[CLS]'),
      sep: this.add('[SEP]'),
      at: this.add('@'),
      hash: this.add('#'),
      underscore: this.add('_'),
      colon: this.add(':'),
      slash: this.add('/'),
      dot: this.add('.'),
      comma: this.add(','),
      question: this.add('?'),
      exclamation: this.add('!'),
      pilcrow: this.add('¶'),
      https: this.add('https'),
      t: this.add('t'),
      co: this.add('co'),
      RT: this.add('RT'),
      rt: this.add('rt'),
      retweet: this.add('Retweet'),
    };
  }

  private makeTongue(tongue: Tongue, random: Random): TongueWords {
    for (const character of tongue.characters) {
      this.add(character);
      this.add(`##${character}`);
    }
    const whole = this.makePieces(SHAPE.wholePieces, () => tongue.spell(random, 1 + random.below(3)));
    const continuations = this.makePieces(
      SHAPE.continuationPieces,
      () => `##${tongue.spell(random, 1).toLowerCase()}`,
    );
    const capitals = tongue.hasCapitals
      ? this.makePieces(SHAPE.capitalPieces, () => tongue.spell(random, 1 + random.below(2)).toUpperCase())
      : [];
    const makeWord = (): number[] => {
      const word = [whole[random.below(whole.length)]!];
      while (word.length < SHAPE.longestWord && random.chance(SHAPE.continued))
        word.push(continuations[random.below(continuations.length)]!);
      return word;
    };
    const makeWords = (count: number): number[][] => Array.from({ length: count }, makeWord);
    return {
      functionWords: whole.slice(0, SHAPE.functionWords).map((id) => [id]),
      generalWords: makeWords(SHAPE.generalWords),
      topicWords: Array.from({ length: WORLD_CONSTANTS.topicCount }, () => makeWords(SHAPE.topicWords)),
      capitalWords: capitals.map((id) => [id]),
    };
  }

  /** Adds `count` new pieces to the vocabulary. @returns their ids */
  private makePieces(count: number, spell: () => string): number[] {
    const made: number[] = [];
    while (made.length < count) {
      const before = this.ids.size;
      const id = this.add(spell());
      if (this.ids.size > before) made.push(id);
    }
    return made;
  }
}

function emojiCharacters(): string[] {
  const characters: string[] = [];
  for (let code = 0x1f600; code <= 0x1f64f; code += 1) characters.push(String.fromCodePoint(code));
  for (let code = 0x1f400; code <= 0x1f4ff; code += 1) characters.push(String.fromCodePoint(code));
  for (let code = 0x2764; code <= 0x2767; code += 1) characters.push(String.fromCodePoint(code));
  return characters;
}
