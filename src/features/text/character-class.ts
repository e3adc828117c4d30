/** Classes of characters for the tokeniser. */
export const CHARACTER = {
  /** Part of a word. */
  letter: 0,
  /** Removed from the text: control, format and private characters, U+FFFD, and bytes that are not UTF-8. */
  removed: 1,
  /** Ends a word. */
  space: 2,
  /** A word of its own: punctuation, and the Chinese characters of BERT's list. */
  alone: 3,
} as const;

/**
 * Starts of the runs of one class: a code point in hexadecimal, and the class (l, r, s, p in the order of CHARACTER). Measured with
 * the reference tokeniser on every code point (test/text/make_golden.py). \p{...} is not used, because the Unicode version of
 * the tokeniser is older than Node's and must not change with it. Two oddities of the tokeniser: unassigned code points are
 * letters, and of the block at U+2B820 only the part from U+2B920 is Chinese.
 */
export const CLASS_RUNS =
  '0r 9s br ds er 20s 21p 30l 3ap 41l 5bp 61l 7bp 7fr a0s a1p a2l a7p a8l abp acl adr ael b6p b8l bbp bcl ' +
  'bfp c0l 37ep 37fl 387p 388l 55ap 560l 589p 58bl 5bep 5bfl 5c0p 5c1l 5c3p 5c4l 5c6p 5c7l 5f3p 5f5l 600r ' +
  '606l 609p 60bl 60cp 60el 61bp 61cr 61dl 61ep 620l 66ap 66el 6d4p 6d5l 6ddr 6del 700p 70el 70fr 710l 7f7p ' +
  '7fal 830p 83fl 85ep 85fl 964p 966l 970p 971l af0p af1l df4p df5l e4fp e50l e5ap e5cl f04p f13l f14p f15l ' +
  'f3ap f3el f85p f86l fd0p fd5l fd9p fdbl 104ap 1050l 10fbp 10fcl 1360p 1369l 1400p 1401l 166dp 166fl ' +
  '1680s 1681l 169bp 169dl 16ebp 16eel 1735p 1737l 17d4p 17d7l 17d8p 17dbl 1800p 180bl 180er 180fl 1944p ' +
  '1946l 1a1ep 1a20l 1aa0p 1aa7l 1aa8p 1aael 1b5ap 1b61l 1bfcp 1c00l 1c3bp 1c40l 1c7ep 1c80l 1cc0p 1cc8l ' +
  '1cd3p 1cd4l 2000s 200br 2010p 2028s 202ar 202fs 2030p 2044l 2045p 2052l 2053p 205fs 2060r 2065l 2066r ' +
  '2070l 207dp 207fl 208dp 208fl 2308p 230cl 2329p 232bl 2768p 2776l 27c5p 27c7l 27e6p 27f0l 2983p 2999l ' +
  '29d8p 29dcl 29fcp 29fel 2cf9p 2cfdl 2cfep 2d00l 2d70p 2d71l 2e00p 2e2fl 2e30p 2e43l 3000s 3001p 3004l ' +
  '3008p 3012l 3014p 3020l 3030p 3031l 303dp 303el 30a0p 30a1l 30fbp 30fcl 3400p 4dc0l 4e00p a000l a4fep ' +
  'a500l a60dp a610l a673p a674l a67ep a67fl a6f2p a6f8l a874p a878l a8cep a8d0l a8f8p a8fbl a8fcp a8fdl ' +
  'a92ep a930l a95fp a960l a9c1p a9cel a9dep a9e0l aa5cp aa60l aadep aae0l aaf0p aaf2l abebp abecl d800r ' +
  'f900p fb00l fd3ep fd40l fe10p fe1al fe30p fe53l fe54p fe62l fe63p fe64l fe68p fe69l fe6ap fe6cl feffr ' +
  'ff00l ff01p ff04l ff05p ff0bl ff0cp ff10l ff1ap ff1cl ff1fp ff21l ff3bp ff3el ff3fp ff40l ff5bp ff5cl ' +
  'ff5dp ff5el ff5fp ff66l fff9r fffcl fffdr fffel 10100p 10103l 1039fp 103a0l 103d0p 103d1l 1056fp 10570l ' +
  '10857p 10858l 1091fp 10920l 1093fp 10940l 10a50p 10a59l 10a7fp 10a80l 10af0p 10af7l 10b39p 10b40l 10b99p ' +
  '10b9dl 11047p 1104el 110bbp 110bdr 110bep 110c2l 11140p 11144l 11174p 11176l 111c5p 111cal 111cdp 111cel ' +
  '111dbp 111dcl 111ddp 111e0l 11238p 1123el 112a9p 112aal 114c6p 114c7l 115c1p 115d8l 11641p 11644l 1173cp ' +
  '1173fl 12470p 12475l 16a6ep 16a70l 16af5p 16af6l 16b37p 16b3cl 16b44p 16b45l 1bc9fp 1bca0r 1bca4l 1d173r ' +
  '1d17bl 1da87p 1da8cl 20000p 2a6e0l 2a700p 2b820l 2b920p 2ceb0l 2f800p 2fa20l e0001r e0002l e0020r e0080l ' +
  'f0000r ffffel 100000r 10fffel';

const PAGE_BITS = 8;
const PAGE_SIZE = 1 << PAGE_BITS;
const CODE_POINT_COUNT = 0x110000;

/** Classes of all code points: CLASS_OF[(CLASS_PAGE[codePoint >> 8] << 8) | (codePoint & 255)]; equal pages once. */
const { CLASS_PAGE, CLASS_OF } = buildPages(CLASS_RUNS);

/** CHARACTER class of a code point 0 .. 0x10FFFF. */
export function classOf(codePoint: number): number {
  return CLASS_OF[(CLASS_PAGE[codePoint >> PAGE_BITS]! << PAGE_BITS) | (codePoint & (PAGE_SIZE - 1))]!;
}

function buildPages(runs: string): { CLASS_PAGE: Uint8Array; CLASS_OF: Uint8Array } {
  const classes = new Uint8Array(CODE_POINT_COUNT);
  for (const run of runs.split(' '))
    classes.fill('lrsp'.indexOf(run.slice(-1)), Number.parseInt(run.slice(0, -1), 16));
  const pages = new Map<string, number>();
  const CLASS_PAGE = new Uint8Array(CODE_POINT_COUNT / PAGE_SIZE);
  const kept: Uint8Array[] = [];
  for (let page = 0; page < CLASS_PAGE.length; page += 1) {
    const content = classes.subarray(page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
    const key = content.join('');
    const known = pages.get(key);
    CLASS_PAGE[page] = known ?? kept.length;
    if (known !== undefined) continue;
    pages.set(key, kept.length);
    kept.push(content);
  }
  const CLASS_OF = new Uint8Array(kept.length * PAGE_SIZE);
  kept.forEach((content, i) => CLASS_OF.set(content, i * PAGE_SIZE));
  return { CLASS_PAGE, CLASS_OF };
}
