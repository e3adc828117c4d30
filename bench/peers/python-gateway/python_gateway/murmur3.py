"""MurmurHash3_x86_128 with seed 0, of which the first 64 bits are kept: for whole columns, and for a text."""

from functools import lru_cache

import mmh3
import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint32]
Keys = npt.NDArray[np.uint64]

_C1, _C2, _C3, _C4 = (np.uint32(c) for c in (0x239B961B, 0xAB0E9789, 0x38B34AE5, 0xA1E38B93))
_BLOCK_WORDS = 4
_WORD_BYTES = 4
_CACHED_TEXTS = 65_536


@lru_cache(maxsize=_CACHED_TEXTS)
def hash_text(text: str) -> int:
    """Hash the UTF-8 bytes of a text. The texts of tweets repeat, so recent ones are kept."""
    return int(mmh3.hash64(text.encode(), 0, x64arch=False, signed=False)[0])


def hash_words(words: Words) -> Keys:
    """Hash each row of [rows, words], as its little-endian bytes. The number of words is even."""
    rows, width = words.shape
    h1, h2, h3, h4 = (np.zeros(rows, np.uint32) for _ in range(4))
    for at in range(0, width - width % _BLOCK_WORDS, _BLOCK_WORDS):
        k1, k2, k3, k4 = (words[:, at + i] for i in range(_BLOCK_WORDS))
        h1 ^= _rotate(k1 * _C1, 15) * _C2
        h1 = (_rotate(h1, 19) + h2) * np.uint32(5) + np.uint32(0x561CCD1B)
        h2 ^= _rotate(k2 * _C2, 16) * _C3
        h2 = (_rotate(h2, 17) + h3) * np.uint32(5) + np.uint32(0x0BCAA747)
        h3 ^= _rotate(k3 * _C3, 17) * _C4
        h3 = (_rotate(h3, 15) + h4) * np.uint32(5) + np.uint32(0x96CD1C35)
        h4 ^= _rotate(k4 * _C4, 18) * _C1
        h4 = (_rotate(h4, 13) + h1) * np.uint32(5) + np.uint32(0x32AC3B17)
    if width % _BLOCK_WORDS:
        h1 ^= _rotate(words[:, -2] * _C1, 15) * _C2
        h2 ^= _rotate(words[:, -1] * _C2, 16) * _C3
    return _finish(h1, h2, h3, h4, width * _WORD_BYTES)


def _rotate(x: Words, bits: int) -> Words:
    return (x << np.uint32(bits)) | (x >> np.uint32(32 - bits))


def _finish(h1: Words, h2: Words, h3: Words, h4: Words, byte_length: int) -> Keys:
    length = np.uint32(byte_length)
    h1, h2, h3, h4 = h1 ^ length, h2 ^ length, h3 ^ length, h4 ^ length
    h1 = h1 + h2 + h3 + h4
    h1, h2, h3, h4 = (_mix(h) for h in (h1, h2 + h1, h3 + h1, h4 + h1))
    h1 = h1 + h2 + h3 + h4
    return (h1 + h2).astype(np.uint64) << np.uint64(32) | h1


def _mix(h: Words) -> Words:
    h = (h ^ h >> np.uint32(16)) * np.uint32(0x85EBCA6B)
    h = (h ^ h >> np.uint32(13)) * np.uint32(0xC2B2AE35)
    return h ^ h >> np.uint32(16)
