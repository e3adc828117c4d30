"""Writes golden.jsonl.gz: nasty texts, and the ids that the `tokenizers` package gives them.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install -r test/text/requirements.txt
    /tmp/golden/bin/python test/text/make_golden.py [--check]

With --check nothing is written; it fails unless the file holds what would be written. Lines of the file, in JSON: first
what was used (package version, seed, the second vocabulary, and the class of every code point as runs), then for each
text [text, ids under pipelines/recsys2021/vocab.txt, ids under the second vocabulary, ids under the second vocabulary as
an uncased one (do_lower_case)].
"""

# ruff: noqa: RUF001
import gzip
import json
import random
import sys
from pathlib import Path

import tokenizers
from tokenizers import BertWordPieceTokenizer
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

HERE = Path(__file__).resolve().parent
SHIPPED = HERE.parent.parent / "pipelines/recsys2021/vocab.txt"
GOLDEN = HERE / "golden.jsonl.gz"
SEED = 20210217
MIXED_COUNT = 4200
PIECE_SHARE = 0.93
HOME_SHARE = 0.6
SURROGATES = range(0xD800, 0xE000)
CODE_POINT_COUNT = 0x110000

NORMALIZER = BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=False)
PRE_TOKENIZER = BertPreTokenizer()

WORDS = {
    "latin": "the running Straße GROSSE naïve café résumé coöperate façade Ærøskøbing łódź žluťoučký Ñandú "
    "internationalization unbelievably tweet RT via don't it's x86_64 2021 3.14159 ﬁre ﬂow ǆ",
    "decomposed": "cafe\u0301 nai\u0308ve A\u030angstro\u0308m n\u0303andu\u0301 e\u0302\u0323 "
    "q\u0307\u0323 s\u0323\u0307 o\u0308\u0304 \u0301a",
    "turkish": "İstanbul ışık IĞDIR iğne İ ı I i i\u0307 Çağrı şöyle",
    "greek": "Ελλάδα καλημέρα ΐ ϊ\u0301 Σίσυφος άνθρωπος ᾳ ὕψος",
    "cyrillic": "привет Россия ёжик е\u0308 й и\u0306 Україна їжак Београд ґ",
    "chinese": "我爱北京天安门 繁體中文 㐀㐁 豈更車 漢字仮名交じり文 𠀀𠮷野家 𪜀 𫝀 𫠝 𫠠 𬺰 𰀀 丽",
    "japanese": "こんにちは 東京タワー カタカナ がぎぐ か\u3099 ﾊﾝｶｸｶﾅ ー々〆ゝ 食べる寿司ラーメン 株式会社㍿",
    "korean": "안녕하세요 대한민국 한국어 가각간 \u1112\u1161\u11ab\u1100\u116e\u11a8 ㅋㅋㅋ ㅠㅠ ﾡ",
    "thai": "สวัสดีครับ ภาษาไทย กรุงเทพมหานคร น้ำ เก่ง ๆ ฯลฯ ๑๒๓ ๏",
    "lao_khmer_myanmar": "ສະບາຍດີ ភាសាខ្មែរ កម្ពុជា។ មြန်မာဘာသာ ကျေးဇူး၊ န်",
    "arabic": "مرحبا العَرَبِيَّة مُحَمَّدٌ ســـلام سلام، كيف؟ ﷺ ﷲ لا ﻻ ٠١٢٣ ۱۲۳ پارسی گچ ي ی ٱ آ ا\u0653 أ ا\u0654",
    "hebrew": "שלום שָׁלוֹם עִבְרִית ירושלים־תל צה״ל ג׳ירף \ufb2a ש\u05c1",
    "devanagari": "हिन्दी क्षत्रिय ज्ञान श्रीमान् स्त्री कार्य क़ क\u093c र्‍य ।॥ नमस्ते १२३ ॐ",
    "indic": "বাংলা ক্ষ তামিল தமிழ் க்ஷ தெலுగు తెలుగు ಕನ್ನಡ മലയാളം ന്‍ ਪੰਜਾਬੀ ગુજરાતી සිංහල",
    "other": "ქართული ᲥᲐᲠᲗᲣᲚᲘ Հայերեն բարև։ አማርኛ ሰላም። བོད་སྐད། ᠮᠣᠩᠭᠣᠯ ᏣᎳᎩ ꮳꮃꭹ ᓀᐦᐃᔭᐍᐏᐣ ᚠᚢᚦ ߒߞߏ 𐐀𐐨 𞤀𞤣 𒀀𒁀 𓀀",
    "emoji": "😀 👍🏽 👨‍👩‍👧‍👦 🏳️‍🌈 🇩🇪🇹🇷 ❤️ ☺︎ 1️⃣ #️⃣ 🧑🏿‍💻 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ♥ ✔ ™ 😂😂😂 🫠 🫨 🪿",
    "symbols": "€ £ ¥ ₺ ₿ ± × ÷ √ ∞ ≠ ° § ¶ © ® № ½ ² ₃ Ω Å K 𝓗𝓮𝓵𝓵𝓸 𝟘 Ⓐ ㊗ ⓵ ─ ░ ▲ → ⇒ ` ^ ~ | $ + < = >",
    "web": "https://t.co/AbC123xyz http://example.com/a?b=c&d=%20#e @user_name @日本 #hashtag #日本語 #Straße_ "
    "user@example.org www.x.co.uk :-) <3 \\o/ ¯\\_(ツ)_/¯ &amp; 50%",
    "special": "[CLS] [SEP] [UNK] [PAD] [MASK] [cls] [CLS [[CLS]] CLS] [CLS][SEP] a[MASK]b [unused1] [ CLS ] "
    "[C\u200bLS] [C\u0000LS] ［CLS］ ##a ## # ##[SEP] [UNK]s [MASK]. [CL",
    "punctuation": "... !!! ?!?! -- — – … “quoted” ‘x’ «g» „d‟ ‹a› ¿qué? ¡ya! 、。「」『』【】〜・ ！？ ·  ‧ ‰ ‱ ′ ″ ⁂ "
    "⁄ ⸮ ⸻ ⹀ ⹂ ⹃ ⹄ ؟ ، ۔ ܀ ၊ ། ፡ ᠀ ៖ ︰ ﹐ ｡ 𐄀 𑁇 𒑰 𖩮 𛲟 𝪇",
}
SPACES = [
    chr(c)
    for c in [
        *range(0x09, 0x0E),
        *range(0x1C, 0x21),
        0x85,
        0xA0,
        0x1680,
        0x180E,
        *range(0x2000, 0x2010),
        0x2028,
        0x2029,
        0x202F,
        0x205F,
        0x3000,
    ]
]
INVISIBLE = [
    chr(c)
    for c in [
        0x00,
        0x01,
        0x08,
        0x0E,
        0x1B,
        0x7F,
        0x80,
        0x9F,
        0xAD,
        0x34F,
        0x600,
        0x605,
        0x61C,
        0x6DD,
        0x70F,
        0x890,
        0x8E2,
        0x115F,
        0x1160,
        0x17B4,
        0x180B,
        0x180E,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        0x3164,
        0xFE00,
        0xFE0E,
        0xFE0F,
        0xFEFF,
        0xFFA0,
        *range(0xFFF9, 0xFFFE),
        0x110BD,
        0x110CD,
        0x13430,
        0x1BCA0,
        0x1D173,
        0x1D17A,
        0xE0001,
        0xE0020,
        0xE007F,
        0xE0100,
        0xE01EF,
    ]
]
UNUSUAL = [
    chr(c)
    for c in [
        0x378,
        0x530,
        0x61D,
        0x5FF,
        0x85C,
        0xE000,
        0xF8FF,
        0xF0000,
        0xFFFFD,
        0x100000,
        0x10FFFD,
        0xFDD0,
        0xFDEF,
        0xFFFE,
        0xFFFF,
        0x1FFFE,
        0x1FFFF,
        0x10FFFE,
        0x10FFFF,
        0x2FA1F,
        0x2FA20,
        0x2B81F,
        0x2B820,
        0x2B91F,
        0x2B920,
        0x2CEAF,
        0x2CEB0,
        0x30000,
        0x3134A,
        0x33FF,
        0x3400,
        0x4DBF,
        0x4DC0,
        0x4E00,
        0x9FFF,
        0xA000,
        0xF900,
        0xFAFF,
        0x1FFFF,
        0x20000,
        0x2A6DF,
        0x2A6E0,
        0x2A700,
        0x40000,
        0xE0FFF,
        0xD7FF,
        0x10000,
    ]
]
LONG_WORD_UNITS = ["a", "ab", "é", "e\u0301", "ß", "я", "か", "가", "ก", "م", "ש", "क्", "𐐀", "😀", "ab\u200d", "\u0301"]
LONG_WORD_LENGTHS = [98, 99, 100, 101, 102, 103, 200, 1000]


def class_of(character: str) -> str:
    """How the package treats a character between two letters."""
    cleaned = NORMALIZER.normalize_str(f"a{character}b")
    words = [word for word, _ in PRE_TOKENIZER.pre_tokenize_str(cleaned)]
    classes = {("ab",): "r", ("a", "b"): "s", ("a", character, "b"): "p", (f"a{character}b",): "l"}
    return classes[tuple(words)]


def class_runs() -> list[str]:
    """Where a new class begins, over all code points; surrogates, which no UTF-8 text has, count as removed."""
    runs: list[str] = []
    for code_point in range(CODE_POINT_COUNT):
        kind = "r" if code_point in SURROGATES else class_of(chr(code_point))
        if not runs or runs[-1][-1] != kind:
            runs.append(f"{code_point:x}{kind}")
    return runs


def make_vocabulary(rng: random.Random) -> list[str]:
    """Characters and stretches of the words above, most of them, as beginnings and as continuations."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "##", "###", "...", "[unused1]", "##\u200d", "a b"]
    for text in WORDS.values():
        for word in text.split(" "):
            pieces += [mark + c for c in word for mark in ("", "##") if rng.random() < PIECE_SHARE]
            for _ in range(min(4, len(word) // 2)):
                start = rng.randrange(len(word))
                part = word[start : start + 2 + rng.randrange(5)]
                pieces.append(part if start == 0 else f"##{part}")
    pieces += [mark + unit * count for unit in LONG_WORD_UNITS for mark in ("", "##") for count in (1, 2, 7)]
    pieces += UNUSUAL + [f"##{c}" for c in UNUSUAL[::2]]
    return list(dict.fromkeys(piece for piece in pieces if piece == piece.rstrip() and "\n" not in piece))


def make_texts(rng: random.Random, runs: list[str]) -> list[str]:
    """Single oddities, every boundary between two classes, words around the greatest length, and mixtures."""
    texts = ["", " ", "   ", "\t\n", "\u3000", "\u200b", "\ufeff", "\ufffd", "\x00", "\ufeffa", "a\ufffdb"]
    texts += list(WORDS.values()) + [word for text in WORDS.values() for word in text.split(" ")]
    for odd in SPACES + INVISIBLE + UNUSUAL:
        texts += [odd, f"a{odd}b", f"中{odd}é{odd}{odd}!"]
    for run in runs:
        start = int(run[:-1], 16)
        around = [c for c in (start - 1, start) if c >= 0 and c not in SURROGATES]
        texts.append("".join(f"a{chr(c)}b" for c in around))
    for unit in LONG_WORD_UNITS:
        for length in LONG_WORD_LENGTHS:
            texts.append((unit * length)[:length])
        texts += [f"x {(unit * 100)[:100]}{end} y" for end in (".", "\u200d", " \u200d", "中", "\u0301", "[SEP]b")]
    return texts + [mix(rng) for _ in range(MIXED_COUNT)]


def mix(rng: random.Random) -> str:
    """Make a text of a few words, mostly of one script, with odd characters between and within them."""
    home = rng.choice(list(WORDS))
    parts: list[str] = []
    for _ in range(1 + rng.randrange(7)):
        script = home if rng.random() < HOME_SHARE else rng.choice(list(WORDS))
        word = rng.choice(WORDS[script].split(" "))
        change = rng.choices(["none", "odd", "reverse", "random", "case"], [60, 20, 10, 3, 7])[0]
        if change == "odd":
            at = rng.randrange(len(word) + 1)
            word = word[:at] + rng.choice(rng.choice([SPACES, INVISIBLE, UNUSUAL])) + word[at:]
        elif change == "reverse":
            word = word[::-1]
        elif change == "random":
            word = "".join(chr(random_code_point(rng)) for _ in range(4))
        elif change == "case":
            word = word.swapcase()
        parts += [word, rng.choice([" ", " ", " ", "", "", rng.choice(SPACES), rng.choice(".,!?:#@_-'")])]
    return "".join(parts)


def random_code_point(rng: random.Random) -> int:
    """Draw a code point, lower ones more often."""
    code_point = rng.randrange(rng.choice([0x250, 0x3000, 0x10000, 0x20000, CODE_POINT_COUNT]))
    return 0xFFFD if code_point in SURROGATES else code_point


def make_tokenizer(vocabulary: dict[str, int], *, lowercase: bool = False) -> BertWordPieceTokenizer:
    """Set the package up as multilingual BERT is, cased or uncased."""
    return BertWordPieceTokenizer(vocabulary, lowercase=lowercase, strip_accents=None)


def folds() -> dict[str, str]:
    """Give what uncased BERT makes of each character that it changes; surrogates are in no UTF-8 text."""
    lower = BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=None, lowercase=True)
    characters = (chr(code_point) for code_point in range(CODE_POINT_COUNT) if code_point not in SURROGATES)
    folded = {character: lower.normalize_str(character) for character in characters}
    return {character: result for character, result in folded.items() if result != character}


def fold_pieces(pieces: list[str], folded: dict[str, str]) -> list[str]:
    """Give the pieces as uncased text has them; special pieces stay."""
    words = (piece for piece in pieces if not piece.startswith("["))
    results = ("".join(folded.get(character, character) for character in piece) for piece in words)
    return [result for result in results if result.strip("# ")]


def main() -> None:
    """Write the file, or check it."""
    rng = random.Random(SEED)
    runs = class_runs()
    vocabulary = make_vocabulary(rng)
    shipped_lines = SHIPPED.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    shipped = make_tokenizer({piece: i for i, piece in enumerate(shipped_lines)})
    second = make_tokenizer({piece: i for i, piece in enumerate(vocabulary)})
    folded = folds()
    uncased_pieces = dict.fromkeys([*vocabulary, *fold_pieces(vocabulary, folded)])
    uncased = make_tokenizer({piece: i for i, piece in enumerate(uncased_pieces)}, lowercase=True)
    lines: list[object] = [
        {
            "tokenizers": tokenizers.__version__,
            "seed": SEED,
            "classRuns": " ".join(runs),
            "folds": folded,
            "vocabulary": vocabulary,
            "uncased": list(uncased_pieces),
        }
    ]
    for text in dict.fromkeys(make_texts(rng, runs)):
        lines.append([text, shipped.encode(text).ids, second.encode(text).ids, uncased.encode(text).ids])
    content = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    if "--check" in sys.argv:
        if gzip.decompress(GOLDEN.read_bytes()).decode() != content:
            sys.exit(f"{GOLDEN.name} differs from what tokenizers {tokenizers.__version__} gives")
        print(f"{GOLDEN.name} is what tokenizers {tokenizers.__version__} gives: {len(lines) - 1} texts")
        return
    GOLDEN.write_bytes(gzip.compress(content.encode(), 9, mtime=0))
    print(f"{len(lines) - 1} texts, {len(vocabulary)} pieces, {GOLDEN.stat().st_size} bytes")


if __name__ == "__main__":
    main()
