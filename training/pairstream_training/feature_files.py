"""Reads feature files: Arrow IPC, one file per day, a float32 column per feature, the labels, and the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pairstream_training.arrow_files import open_arrow
from pairstream_training.errors import TrainingError
from pairstream_training.feature_contract import contract_of, require_one_vocabulary
from pairstream_training.targets import TARGETS

FILE_PATTERN = "features-*.arrow"
"""Pattern of the names of feature files. Their order by name is the order of the days."""


@dataclass(frozen=True)
class FeatureTable:
    """Rows ready to train on."""

    names: tuple[str, ...]
    """The columns of `features`."""
    features: npt.NDArray[np.float32]
    """Row-major [rows, len(names)]; NaN for a missing value."""
    labels: npt.NDArray[np.uint8]
    """[rows, 4]; 1 for an engagement, else 0."""
    day: npt.NDArray[np.int32]
    """[rows], days since the day of the first row."""

    @property
    def row_count(self) -> int:
        """Number of rows."""
        return len(self.features)


def list_feature_files(folder: Path) -> list[Path]:
    """Return the feature files of a folder, days ascending; raises TrainingError when there is none."""
    paths = sorted(folder.glob(FILE_PATTERN))
    if not paths:
        raise TrainingError(f"{folder}: no {FILE_PATTERN} in it; write them with `./pairstream replay`")
    return paths


def read_labelled(paths: Sequence[Path], names: tuple[str, ...], extra: tuple[str, ...] = ()) -> FeatureTable:
    """Read features, labels and days of all files.

    The `extra` columns come last; all their values are missing, and the caller fills them. Raises TrainingError for a
    file of another layout or catalogue, and for files of different vocabularies.
    """
    opened = [(path, open_features(path)) for path in paths]
    require_one_vocabulary(paths)
    rows = sum(table.num_rows for _, table in opened)
    features = np.empty((rows, len(names) + len(extra)), dtype=np.float32)
    features[:, len(names) :] = np.nan
    labels = np.empty((rows, len(TARGETS)), dtype=np.uint8)
    day = np.empty(rows, dtype=np.int32)
    at = 0
    for path, table in opened:
        end = at + table.num_rows
        copy_features(path, table, names, features[at:end, : len(names)])
        for t, target in enumerate(TARGETS):
            labels[at:end, t] = _column(path, table, f"label_{target}", pa.uint8())
        if labels[at:end].size and labels[at:end].max() > 1:
            raise TrainingError(f"{path}: a label is {labels[at:end].max()}, expected 0 or 1")
        day[at:end] = _column(path, table, "day", pa.int32())
        at = end
    return FeatureTable((*names, *extra), features, labels, day)


def read_features(path: Path, names: tuple[str, ...]) -> npt.NDArray[np.float32]:
    """Read features of one file, row-major [rows, len(names)], without labels."""
    table = open_features(path)
    features = np.empty((table.num_rows, len(names)), dtype=np.float32)
    copy_features(path, table, names, features)
    return features


def read_labels(paths: Sequence[Path]) -> npt.NDArray[np.uint8]:
    """Read the labels [rows, 4] of feature files."""
    return np.concatenate(
        [
            np.stack([_column(path, open_features(path), f"label_{target}", pa.uint8()) for target in TARGETS], axis=1)
            for path in paths
        ]
    )


def read_tokens(paths: Sequence[Path], token_count: int) -> npt.NDArray[np.int32]:
    """Read the first tokens of every row, [rows, token_count]; raises TrainingError if rows hold fewer."""
    parts = []
    for path in paths:
        column = _raw_column(path, open_features(path), "tokens")
        if not pa.types.is_fixed_size_list(column.type) or column.type.list_size < token_count:
            raise TrainingError(f"{path}: column 'tokens' is {column.type}, expected lists of {token_count} or more")
        values = column.combine_chunks().flatten().to_numpy().reshape(-1, column.type.list_size)
        parts.append(np.ascontiguousarray(values[:, :token_count]))
    return np.concatenate(parts)


def read_keys(paths: Sequence[Path], name: str) -> npt.NDArray[np.uint64]:
    """Read one 64-bit key of every row."""
    parts = [_column(path, open_features(path), f"key_{name}", pa.uint64()) for path in paths]
    return np.concatenate(parts).astype(np.uint64, copy=False)


def read_times(path: Path) -> npt.NDArray[np.float64]:
    """Read the time of each row's features, Unix seconds."""
    return _column(path, open_arrow(path), "as_of_s", pa.float64()).astype(np.float64, copy=False)


def open_features(path: Path) -> pa.Table:
    """Open a feature file; raises TrainingError as `open_arrow` and `contract_of`."""
    table = open_arrow(path)
    contract_of(path, table)
    return table


def copy_features(path: Path, table: pa.Table, names: tuple[str, ...], out: npt.NDArray[np.float32]) -> None:
    """Copy the named columns into the columns of `out` [rows, len(names)]; an infinite value is an error."""
    for f, name in enumerate(names):
        values = _column(path, table, name, pa.float32())
        if np.isinf(values).any():
            row = int(np.isinf(values).argmax())
            raise TrainingError(f"{path}: row {row}, column {name}: {values[row]}, expected a number or NaN")
        out[:, f] = values


def _raw_column(path: Path, table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.schema.names:
        raise TrainingError(f"{path}: no column {name!r}; write the files with this version's `./pairstream replay`")
    return table.column(name)


def _column(path: Path, table: pa.Table, name: str, kind: pa.DataType) -> npt.NDArray[np.generic]:
    column = _raw_column(path, table, name)
    if column.type != kind:
        raise TrainingError(f"{path}: column {name!r} is {column.type}, expected {kind}")
    if column.null_count:
        raise TrainingError(f"{path}: column {name!r} has {column.null_count} nulls, expected none")
    values: npt.NDArray[np.generic] = column.to_numpy()
    return values
