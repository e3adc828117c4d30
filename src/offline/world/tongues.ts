import type { Random } from './random.js';

/** A way of spelling made-up words in one script. */
export interface Tongue {
  readonly name: string;
  /** Share of the world's users. */
  readonly share: number;
  readonly hasCapitals: boolean;
  /** Single characters of the script; each becomes a piece. */
  readonly characters: readonly string[];
  /** A made-up word of `syllableCount` syllables. One in six starts with a capital letter, if the script has them. */
  spell(random: Random, syllableCount: number): string;
}

function syllabic(name: string, share: number, onsets: string, nuclei: string, codas: string): Tongue {
  const [first, middle, last] = [onsets, nuclei, codas].map((list) =>
    list.split(' ').map((part) => (part === '-' ? '' : part)),
  );
  const hasCapitals = onsets.toUpperCase() !== onsets;
  const characters = [...new Set(`${onsets}${nuclei}${codas}`)].filter(
    (character) => character !== ' ' && character !== '-',
  );
  return {
    name,
    share,
    hasCapitals,
    characters,
    spell(random, syllableCount) {
      let word = '';
      for (let i = 0; i < syllableCount; i += 1) {
        word +=
          pick(first!, random) + pick(middle!, random) + (random.chance(0.4) ? pick(last!, random) : '');
      }
      return hasCapitals && random.chance(1 / 6) ? word.charAt(0).toUpperCase() + word.slice(1) : word;
    },
  };
}

/** Words are runs of characters of one block. */
function blocks(name: string, share: number, characters: readonly string[]): Tongue {
  return {
    name,
    share,
    hasCapitals: false,
    characters,
    spell: (random, syllableCount) =>
      Array.from({ length: syllableCount + 1 }, () => pick(characters, random)).join(''),
  };
}

function pick(list: readonly string[], random: Random): string {
  return list[random.below(list.length)]!;
}

function codePoints(from: number, count: number, step = 1): string[] {
  return Array.from({ length: count }, (_, i) => String.fromCodePoint(from + i * step));
}

/** Spellings of the world, the most spoken first. */
export const TONGUES: readonly Tongue[] = [
  syllabic(
    'english',
    0.38,
    'b c d f g h j k l m n p q r s t v w x y z th sh ch st br tr gr pl',
    'a e i o u ea ou ee oo ai',
    'n r s t l ck ng nd st ll',
  ),
  blocks('japanese', 0.17, [
    ...codePoints(0x3042, 70),
    ...codePoints(0x30a2, 75),
    ...codePoints(0x4e00, 600, 13),
  ]),
  syllabic(
    'spanish',
    0.1,
    'b c d f g h j l ll m n ñ p qu r s t v z tr cl',
    'a e i o u á é í ó ú ie ue',
    'n r s l z d',
  ),
  syllabic(
    'portuguese',
    0.09,
    'b c d f g j l lh m n nh p qu r s t v x z pr br',
    'a e i o u ã õ â ê ão ei ou',
    's r m l z',
  ),
  syllabic('turkish', 0.06, 'b c ç d f g ğ h k l m n p r s ş t v y z', 'a e ı i o ö u ü', 'k n r l m ş t'),
  syllabic(
    'arabic',
    0.05,
    'ا ب ت ث ج ح خ د ذ ر ز س ش ص ض ط ظ ع غ ف ق ك ل م ن ه و ي',
    'ا و ي - ة',
    'ن ر ل م ت ب',
  ),
  blocks('korean', 0.04, codePoints(0xac00, 420, 26)),
  blocks('thai', 0.03, [...codePoints(0xe01, 46), ...codePoints(0xe40, 5)]),
  syllabic('indonesian', 0.03, 'b c d g h j k l m n ng ny p r s t w y', 'a e i o u ai au', 'n ng k r t s h'),
  syllabic(
    'french',
    0.02,
    'b c d f g j l m n p qu r s t v ch br tr gr',
    'a e é è ê i o u ou oi eau ai',
    'r s t n x l',
  ),
  syllabic(
    'hindi',
    0.02,
    'क ख ग घ च छ ज झ ट ठ ड ढ त थ द ध न प फ ब भ म य र ल व श ष स ह',
    'ा ि ी ु ू े ै ो ौ -',
    'न र ल त म क',
  ),
  syllabic(
    'russian',
    0.01,
    'б в г д ж з к л м н п р с т ф х ц ч ш щ',
    'а е и о у ы э ю я ё',
    'н р с т л к м',
  ),
];

/** Number of distinct language ids, as in the challenge. Rare languages share a spelling with a common one. */
export const LANGUAGE_COUNT = 66;

/** Share of the users of each language. The first languages have their own spelling, all others share 2 %. */
export const LANGUAGE_SHARES: readonly number[] = Array.from({ length: LANGUAGE_COUNT }, (_, language) =>
  language < TONGUES.length ? TONGUES[language]!.share * 0.98 : 0.02 / (LANGUAGE_COUNT - TONGUES.length),
);

/** The spelling of a language. */
export function tongueOf(language: number): number {
  return language % TONGUES.length;
}
