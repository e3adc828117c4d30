"""Text of a tweet, rebuilt from its tokens, with the counts and the names that features need."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_SILENT = {"[CLS]", "[SEP]", "[PAD]"}
_UNKNOWN = {"[UNK]", "[MASK]"}
_PILCROW = "\u00b6"
_LINK = re.compile(r"(?<![^ ])https? : / / t \. co /(?: [^ ]+)?")
_CAPITALS = re.compile("[A-Z]{2,}")
_MENTION = re.compile("@([a-z0-9_\u0080-\U0010ffff]+)")
_LAST_MARKS = {"!?": 2, "?!": 4}


class TextCounts(NamedTuple):
    """Counts of a text, by feature name."""

    tw_len_quest: int
    tw_count_capital_words: int
    tw_count_excl_quest_marks: int
    tw_count_special1: int
    tw_count_hash: int
    tw_last_quest: int
    tw_len_retweet: int
    tw_len_rt: int
    tw_count_at: int
    tw_count_words: int
    tw_count_char: int
    tw_rt_count_words: int
    tw_rt_count_char: int


class TextNames(NamedTuple):
    """Names in a text, lower case; None where the text has none."""

    tw_word0: str
    tw_original_user0: str | None
    tw_original_user1: str | None
    tw_original_user2: str | None
    tw_rt_user0: str | None


class Vocabulary:
    """Wordpieces of a `vocab.txt`, ready to be joined."""

    def __init__(self, path: Path) -> None:
        """Read a vocabulary."""
        self._joined = [_with_space(piece) for piece in path.read_text(encoding="utf-8").split("\n")]

    def join(self, tokens: Iterable[int]) -> str:
        """Return the text of token ids. Raises IndexError for an id that the vocabulary lacks."""
        joined = self._joined
        return "".join([joined[token] for token in tokens]).removeprefix(" ")


def _with_space(piece: str) -> str:
    if piece in _SILENT:
        return ""
    if piece in _UNKNOWN:
        return " \ufffd"
    return piece[2:] if piece.startswith("##") and len(piece) > len("##") else f" {piece}"


def analyse(text: str, is_retweet: bool) -> tuple[TextCounts, TextNames]:
    """Count in a joined text, and find its names."""
    text = _normalise(text)
    head, body = text.split(":", 1) if is_retweet and ":" in text else ("", text)
    lower = text.lower()
    words, characters = _words(body)
    head_words, head_characters = _words(head)
    questions = text.count("?")
    counts = TextCounts(
        questions,
        len(_CAPITALS.findall(text)),
        questions + text.count("!"),
        text.count(_PILCROW),
        text.count("#"),
        _last_marks(text),
        lower.count("retweet"),
        lower.split(" ").count("rt"),
        body.count("@"),
        len(words),
        characters,
        len(head_words),
        head_characters,
    )
    first, second, third, *_ = [*_mentions(body), None, None, None]
    names = TextNames(lower_case(words[0]) if words else "", first, second, third, next(iter(_mentions(head)), None))
    return counts, names


def _normalise(text: str) -> str:
    text = text.replace("@ ", "@").replace("# ", "#").replace("_ ", "_").replace(" _", "_")
    if " t . co /" in text:
        text = _LINK.sub("http", text)
    return text[3:] if text[:4].lower() == "rt @" else text


def _words(text: str) -> tuple[list[str], int]:
    """Return the words of a text without pilcrows, and its characters with one space between words."""
    words = [word for word in text.replace(_PILCROW, "").split(" ") if word]
    return words, sum(map(len, words)) + max(0, len(words) - 1)


def _last_marks(text: str) -> int:
    marks = text.replace(" ", "")[-2:]
    if not marks.endswith(("?", "!")):
        return 0
    return _LAST_MARKS.get(marks, 1 if marks.endswith("?") else 3)


def _mentions(text: str) -> list[str]:
    return _MENTION.findall(lower_case(text.replace(_PILCROW, ""))) if "@" in text else []


def lower_case(text: str) -> str:
    """Lower the characters below U+0800 whose lower case is one character of as many bytes of UTF-8."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def _lower_table() -> dict[int, str]:
    table = {}
    for code in range(0x800):
        lowered = chr(code).lower()
        if len(lowered) == 1 and len(lowered.encode()) == len(chr(code).encode()):
            table[code] = lowered
    return table


_LOWER = _lower_table()
