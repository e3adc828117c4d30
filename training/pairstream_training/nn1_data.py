"""What nn1 is trained on: feature files as tensors, and the index map of the users."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pairstream_training.feature_files import read_keys, read_labelled, read_tokens
from pairstream_training.nn1_names import COUNT_FEATURES
from pairstream_training.nn1_net import FeatureScale
from pairstream_training.pipeline_file import Nn1Inputs

UserKeys = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class NetTable:
    """Rows ready to train on."""

    tokens: npt.NDArray[np.int32]
    """[rows, tokens]."""
    tower_features: npt.NDArray[np.float32]
    head_features: npt.NDArray[np.float32]
    users: UserKeys
    """[rows, 2]: author, reader."""
    labels: npt.NDArray[np.uint8]
    day: npt.NDArray[np.int32]

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self.labels)

    def take(self, rows: slice) -> "NetTable":
        """Give some of the rows; nothing is copied."""
        return NetTable(
            self.tokens[rows],
            self.tower_features[rows],
            self.head_features[rows],
            self.users[rows],
            self.labels[rows],
            self.day[rows],
        )


def read_net_table(paths: Sequence[Path], inputs: Nn1Inputs) -> NetTable:
    """Read what the pipeline feeds nn1 from feature files; raises TrainingError for a file of another layout."""
    names = (*inputs.tower_features, *inputs.head_features)
    table = read_labelled(paths, names)
    split = len(inputs.tower_features)
    return NetTable(
        tokens=read_tokens(paths, inputs.token_count),
        tower_features=np.ascontiguousarray(table.features[:, :split]),
        head_features=np.ascontiguousarray(table.features[:, split:]),
        users=np.stack([read_keys(paths, key) for key in inputs.user_keys], axis=1),
        labels=table.labels,
        day=table.day,
    )


def frequent_users(users: UserKeys, min_rows: int) -> npt.NDArray[np.uint64]:
    """Give the users that occur in so many rows, as author or reader, ascending: row i of the table is user i - 1."""
    keys, counts = np.unique(users, return_counts=True)
    kept: npt.NDArray[np.uint64] = keys[counts >= min_rows]
    return kept


def measure_scale(inputs: Nn1Inputs, table: NetTable) -> FeatureScale:
    """Give mean and deviation of every number that nn1 reads; a number that never differs has deviation 1."""
    mean: dict[str, float] = {}
    deviation: dict[str, float] = {}
    for names, features in (
        (inputs.tower_features, table.tower_features),
        (inputs.head_features, table.head_features),
    ):
        for column, name in enumerate(names):
            values = features[:, column].astype(np.float64)
            if name in COUNT_FEATURES:
                values = np.log1p(values)
            known = values[~np.isnan(values)]
            mean[name] = float(known.mean()) if len(known) else 0.0
            deviation[name] = (float(known.std()) if len(known) else 0.0) or 1.0
    return FeatureScale(mean, deviation)
