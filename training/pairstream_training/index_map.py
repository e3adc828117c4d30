"""Index maps from keys to rows of an embedding table."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Keys = npt.NDArray[np.uint64]

_SCHEMA = pa.schema([pa.field("key", pa.uint64(), nullable=False)])


def index_of(keys: Keys, vocabulary: Keys) -> npt.NDArray[np.int32]:
    """Return the index of each key in an ascending vocabulary, from 1; 0 for other keys."""
    if len(vocabulary) == 0:
        return np.zeros(keys.shape, dtype=np.int32)
    position = np.minimum(np.searchsorted(vocabulary, keys), len(vocabulary) - 1)
    return np.where(vocabulary[position] == keys, position + 1, 0).astype(np.int32)


def write_index_map(path: Path, vocabulary: Keys) -> None:
    """Write an index map for the gateway: Arrow IPC, one uint64 column `key`; row i has index i + 1."""
    table = pa.table({"key": pa.array(vocabulary, type=pa.uint64())}, schema=_SCHEMA)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
