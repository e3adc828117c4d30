"""MurmurHash3_x86_128 with seed 0, from its public-domain specification; the first 64 bits."""

import struct

MASK = 0xFFFFFFFF
C1, C2, C3, C4 = 0x239B961B, 0xAB0E9789, 0x38B34AE5, 0xA1E38B93


def rotate(x, r):
    return ((x << r) | (x >> (32 - r))) & MASK


def mix(h):
    h ^= h >> 16
    h = h * 0x85EBCA6B & MASK
    h ^= h >> 13
    h = h * 0xC2B2AE35 & MASK
    return h ^ h >> 16


def hash64(data):
    """Return (lo, hi): the first two 32-bit words."""
    h1 = h2 = h3 = h4 = 0
    whole = len(data) // 16 * 16
    for at in range(0, whole, 16):
        k1, k2, k3, k4 = struct.unpack_from("<4I", data, at)
        h1 ^= rotate(k1 * C1 & MASK, 15) * C2 & MASK
        h1 = (rotate(h1, 19) + h2) * 5 + 0x561CCD1B & MASK
        h2 ^= rotate(k2 * C2 & MASK, 16) * C3 & MASK
        h2 = (rotate(h2, 17) + h3) * 5 + 0x0BCAA747 & MASK
        h3 ^= rotate(k3 * C3 & MASK, 17) * C4 & MASK
        h3 = (rotate(h3, 15) + h4) * 5 + 0x96CD1C35 & MASK
        h4 ^= rotate(k4 * C4 & MASK, 18) * C1 & MASK
        h4 = (rotate(h4, 13) + h1) * 5 + 0x32AC3B17 & MASK
    k1, k2, k3, k4 = struct.unpack("<4I", data[whole:].ljust(16, b"\0"))
    h1 ^= rotate(k1 * C1 & MASK, 15) * C2 & MASK
    h2 ^= rotate(k2 * C2 & MASK, 16) * C3 & MASK
    h3 ^= rotate(k3 * C3 & MASK, 17) * C4 & MASK
    h4 ^= rotate(k4 * C4 & MASK, 18) * C1 & MASK
    h1, h2, h3, h4 = (h ^ len(data) for h in (h1, h2, h3, h4))
    h1 = h1 + h2 + h3 + h4 & MASK
    h2, h3, h4 = (h + h1 & MASK for h in (h2, h3, h4))
    h1, h2, h3, h4 = (mix(h) for h in (h1, h2, h3, h4))
    h1 = h1 + h2 + h3 + h4 & MASK
    return h1, h2 + h1 & MASK
