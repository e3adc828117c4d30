"""Text of a tweet and what is counted in it, from the definitions in docs/reference/features.md."""

import re

SILENT = {"[CLS]", "[SEP]", "[PAD]"}
UNKNOWN = {"[UNK]", "[MASK]"}
PILCROW = "\u00b6"


def join_pieces(pieces):
    text = ""
    for piece in pieces:
        if piece in SILENT:
            continue
        if piece in UNKNOWN:
            piece = "\ufffd"
        if piece.startswith("##") and len(piece) > 2:
            text += piece[2:]
        elif text == "":
            text = piece
        else:
            text += " " + piece
    return text


def normalise(pieces):
    text = join_pieces(pieces)
    text = re.sub(r"(?<=[@#_]) | (?=_)", "", text)
    text = re.sub(r"(?<![^ ])https? : / / t \. co /( [^ ]+)?", "http", text)
    if re.match(r"rt @", text, re.IGNORECASE):
        text = text[3:]
    return text


def words_of(text):
    return [word for word in text.replace(PILCROW, "").split(" ") if word != ""]


def lower_case(word):
    def lower(character):
        lowered = character.lower()
        is_simple = len(lowered) == 1 and ord(character) < 0x800
        return lowered if is_simple and len(lowered.encode()) == len(character.encode()) else character

    return "".join(lower(character) for character in word)


def last_quest(text):
    marks = text.replace(" ", "")[-2:]
    if marks.endswith("?"):
        return 2 if marks == "!?" else 1
    if marks.endswith("!"):
        return 4 if marks == "?!" else 3
    return 0


def mentions_of(text):
    return re.findall(r"@([a-z0-9_\u0080-\U0010ffff]+)", lower_case(text.replace(PILCROW, "")))


def text_features(pieces, is_retweet):
    """Return the features of the text, and what it names: texts by key."""
    text = normalise(pieces)
    head, body = "", text
    if is_retweet and ":" in text:
        head, body = text.split(":", 1)
    words, head_words = words_of(body), words_of(head)
    features = {
        "tw_len_quest": text.count("?"),
        "tw_count_capital_words": len(re.findall(r"[A-Z]{2,}", text)),
        "tw_count_excl_quest_marks": text.count("?") + text.count("!"),
        "tw_count_special1": text.count(PILCROW),
        "tw_count_hash": text.count("#"),
        "tw_last_quest": last_quest(text),
        "tw_len_retweet": len(re.findall("retweet", text, re.IGNORECASE | re.ASCII)),
        "tw_len_rt": sum(1 for word in text.split(" ") if word in ("rt", "RT", "Rt", "rT")),
        "tw_count_at": body.count("@"),
        "tw_count_words": len(words),
        "tw_count_char": len(" ".join(words)),
        "tw_rt_count_words": len(head_words),
        "tw_rt_count_char": len(" ".join(head_words)),
    }
    mentions = mentions_of(body) + [None] * 3
    retweeted = mentions_of(head) + [None]
    names = {
        "tw_word0": lower_case(words[0]) if words else "",
        "tw_word1": lower_case(words[1]) if len(words) > 1 else "",
        "tw_original_user0": mentions[0],
        "tw_original_user1": mentions[1],
        "tw_original_user2": mentions[2],
        "tw_rt_user0": retweeted[0],
        "tw_tweet": lower_case(body.replace(PILCROW, "")),
    }
    return features, names
