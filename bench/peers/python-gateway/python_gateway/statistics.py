"""Frozen statistics of a snapshot: decayed counts by key."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zstandard

from python_gateway.murmur3 import Keys

Floats = npt.NDArray[np.float64]

HORIZON_VALUES = 5
"""Values of a horizon: impressions, then replies, retweets, quotes and likes."""
_INT_BYTES = 4
_RECORD_INTS = 3
_LARGEST_CHUNK_BYTES = 1 << 27


class Table:
    """Counts by key of one key set, sorted by key. The last record has no key and counts of zero."""

    def __init__(self, horizons: list[dict[str, Any]], keys: Keys, times_s: Floats, values: Floats) -> None:
        """Sort records: keys [n], times [n] and values [n, horizons * HORIZON_VALUES]."""
        order = np.argsort(keys)
        self._keys = keys[order]
        self._times_s = np.append(times_s[order], 0.0)
        self._values = np.concatenate([values[order], np.zeros((1, values.shape[1]))])
        self._horizon_at = {horizon["name"]: i for i, horizon in enumerate(horizons)}
        self._half_life_s = {horizon["name"]: float(horizon["halfLifeS"]) for horizon in horizons}

    def find(self, keys: Keys) -> npt.NDArray[np.intp]:
        """Return the record of each key; that of zeros for an unseen key."""
        missing = len(self._keys)
        at = np.searchsorted(self._keys, keys)
        at[at == missing] = 0
        return np.where(self._keys[at] == keys, at, missing) if missing else at

    def read(self, records: npt.NDArray[np.intp], as_of_s: Floats, horizon: str) -> Floats:
        """Return the values [HORIZON_VALUES, rows] of records, decayed to the time of each row."""
        age_s = np.maximum(as_of_s - self._times_s[records], 0)
        at = self._horizon_at[horizon] * HORIZON_VALUES
        decay = np.exp2(age_s / -self._half_life_s[horizon])
        read: Floats = self._values[records, at : at + HORIZON_VALUES].T * decay
        return read


@dataclass(frozen=True)
class Statistics:
    """Contents of a snapshot."""

    tables: dict[str, Table]
    priors: Floats
    """Mean rate of each target, for unseen keys."""
    language_code: dict[int, int]
    """Code by hash of a language."""


def read_snapshot(path: Path) -> Statistics:
    """Read a snapshot file: a line of JSON, then zstd frames of columns."""
    content = path.read_bytes()
    header_end = content.index(b"\n") + 1
    header = json.loads(content[:header_end])
    at = header_end
    tables = {}
    for table in header["tables"]:
        chunks = []
        for length in table["chunkBytes"]:
            chunks.append(_decode(content[at : at + length], len(table["horizons"]) * HORIZON_VALUES))
            at += length
        keys, times_s, values = (np.concatenate(parts) for parts in zip(*chunks, strict=True))
        tables[table["name"]] = Table(table["horizons"], keys, times_s, values)
    codes = {int(language, 16): code for code, language in enumerate(header["languages"])}
    return Statistics(tables, np.array(header["priors"]), codes)


def _decode(frame: bytes, width: int) -> tuple[Keys, Floats, Floats]:
    content = zstandard.ZstdDecompressor().decompress(frame, max_output_size=_LARGEST_CHUNK_BYTES)
    value_bytes = width * np.dtype(np.float64).itemsize
    rows = len(content) // (value_bytes + _RECORD_INTS * _INT_BYTES)
    values = np.frombuffer(content, "<f8", rows * width).reshape(width, rows).T
    low, high, times_s = np.frombuffer(content, "<u4", offset=rows * value_bytes).reshape(_RECORD_INTS, rows)
    return low | high.astype(np.uint64) << np.uint64(32), times_s.astype(np.float64), values
