"""Features that are read off the statistics, by name."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from python_gateway.key_sets import KEY_SETS, hash_keys
from python_gateway.murmur3 import Keys
from python_gateway.requests import Array
from python_gateway.statistics import Statistics

TARGETS = ("reply", "retweet", "quote", "like")
_SMOOTHING_WEIGHT = 20.0
_SWITCHED = {"a_user_id": "b_user_id", "b_user_id": "a_user_id"}
_RATES, _SUMS, _COUNT = "te", "sum", "count"
_NAME = re.compile(
    rf"(?:(te|sum)_(recent_|switch_)?({'|'.join(KEY_SETS)})_({'|'.join(TARGETS)})"
    rf"|(ce|count)_(switch_)?({'|'.join(KEY_SETS)}))"
)


@dataclass(frozen=True)
class _View:
    """Values of one horizon of a record, and the rows of the matrix that get them."""

    kind: str
    horizon: str
    rows: list[int] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)


class StatisticsFeatures:
    """Looks keys up, and writes the features of their records."""

    def __init__(self, names: Iterable[str], statistics: Statistics, first_row: int) -> None:
        """Choose the look-ups of features. `rows` tells the row of each in the matrix, from `first_row` on."""
        self._statistics = statistics
        self._weighted_priors = _SMOOTHING_WEIGHT * statistics.priors[:, None]
        self._look_ups: dict[tuple[str, str], dict[tuple[str, str], _View]] = {}
        self.rows: dict[str, int] = {}
        for row, name in enumerate(names, first_row):
            self.rows[name] = row
            self._add(name, row)

    def write(self, components: Mapping[str, Keys], as_of_s: Array, matrix: Array) -> None:
        """Write the features of pairs into the matrix [features, pairs]."""
        keys = hash_keys({key_set for key_set, _ in self._look_ups}, components)
        for (key_set, table_name), views in self._look_ups.items():
            table = self._statistics.tables[table_name]
            records = table.find(keys[key_set])
            for view in views.values():
                count, *_ = values = table.read(records, as_of_s, view.horizon)
                if view.kind == _COUNT:
                    matrix[view.rows] = count
                elif view.kind == _SUMS:
                    matrix[view.rows] = values[1:][view.targets]
                else:
                    rates = (values[1:] + self._weighted_priors) / (count + _SMOOTHING_WEIGHT)
                    matrix[view.rows] = rates[view.targets]

    def _add(self, name: str, row: int) -> None:
        match = _NAME.fullmatch(name)
        if match is None:
            raise ValueError(f"feature {name}: unknown, expected one of docs/reference/features.md")
        kind, variant, key_set, target = match[1] or match[5], match[2] or match[6], match[3] or match[7], match[4]
        table = _SWITCHED[key_set] if variant == "switch_" else key_set
        horizon = "recent" if kind == "ce" or variant == "recent_" else "long"
        kind = _COUNT if target is None else kind
        views = self._look_ups.setdefault((key_set, table), {})
        view = views.setdefault((kind, horizon), _View(kind, horizon))
        view.rows.append(row)
        view.targets.append(0 if target is None else TARGETS.index(target))


def is_of_statistics(name: str) -> bool:
    """Return True for the name of a feature of statistics."""
    return _NAME.fullmatch(name) is not None


def as_float32(columns: Mapping[str, Array], names: Iterable[str]) -> Array:
    """Return columns as the rows of a matrix."""
    return np.array([columns[name] for name in names], np.float32)
