"""Trains the boosters of a family: one per target, bag and popularity group."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import xgboost as xgb

from pairstream_training.column_selection import visible_columns
from pairstream_training.errors import TrainingError
from pairstream_training.families import Family
from pairstream_training.feature_files import FeatureTable
from pairstream_training.merge import OutputForest
from pairstream_training.parameters import Parameters
from pairstream_training.popularity_groups import GROUP_COLUMN, GROUP_COUNT, route_groups
from pairstream_training.targets import TARGETS

Rows = npt.NDArray[np.int64]


class _RoundCallback(xgb.callback.TrainingCallback):
    """Calls a listener after every tree."""

    def __init__(self, on_tree: Callable[[], None]) -> None:
        super().__init__()
        self._on_tree = on_tree

    def after_iteration(self, model: object, epoch: int, evals_log: object) -> bool:
        self._on_tree()
        return False


def train_family(
    table: FeatureTable, family: Family, parameters: Parameters, on_tree: Callable[[], None] = lambda: None
) -> list[OutputForest]:
    """Train every booster of a family, in the order of the model's outputs.

    The same table, parameters and XGBoost version give the same boosters. `on_tree` is called after each tree. Raises
    TrainingError when a family of popularity groups has no column of the group, or no rows of one.
    """
    columns = [visible_columns(family, table.names, target) for target in TARGETS]
    outputs: list[OutputForest] = []
    for bag in range(family.bag_count):
        rows = bag_rows(table.row_count, parameters, bag)
        parts = _rows_of_groups(table, rows) if family.is_grouped else [rows]
        trained = [
            _train_targets(table, part, columns, family, parameters, (bag * len(TARGETS), len(parts), group), on_tree)
            for group, part in enumerate(parts)
        ]
        outputs.extend(OutputForest(boosters, columns[t]) for t, boosters in enumerate(zip(*trained, strict=True)))
    return outputs


def count_trees(family: Family, parameters: Parameters) -> int:
    """Return the number of trees that `train_family` trains."""
    return sum(parameters.tree_counts) * family.bag_count * (GROUP_COUNT if family.is_grouped else 1)


def bag_rows(row_count: int, parameters: Parameters, bag: int) -> Rows:
    """Return the rows of one bag, ascending: a random share of all rows, different for each bag."""
    generator = np.random.default_rng([parameters.seed, bag])
    size = max(1, round(row_count * parameters.bag_fraction))
    return np.sort(generator.choice(row_count, size=size, replace=False))


def _rows_of_groups(table: FeatureTable, rows: Rows) -> list[Rows]:
    if GROUP_COLUMN not in table.names:
        raise TrainingError(f"no column {GROUP_COLUMN!r} in the model's input, which tells the popularity groups apart")
    groups = route_groups(table.features[rows, table.names.index(GROUP_COLUMN)])
    parts = [rows[groups == group] for group in range(GROUP_COUNT)]
    counts = [len(part) for part in parts]
    if min(counts) == 0:
        raise TrainingError(f"{counts} rows of popularity groups 0 to {GROUP_COUNT - 1}, expected some of each")
    return parts


def _train_targets(
    table: FeatureTable,
    rows: Rows,
    columns: Sequence[tuple[int, ...]],
    family: Family,
    parameters: Parameters,
    place: tuple[int, int, int],
    on_tree: Callable[[], None],
) -> list[xgb.Booster]:
    """Train the boosters of the four targets on the same rows; `place` is the first output, groups and the group."""
    first_output, group_count, group = place
    boosters: list[xgb.Booster] = []
    matrix: xgb.QuantileDMatrix | None = None
    for t in range(len(TARGETS)):
        # One quantised matrix serves all targets that see the same columns: only the labels change.
        if matrix is None or columns[t] != columns[t - 1]:
            matrix = xgb.QuantileDMatrix(_take(table, rows, columns[t]), nthread=parameters.thread_count)
        matrix.set_label(table.labels[rows, t])
        booster = (first_output + t) * group_count + group
        boosters.append(
            xgb.train(
                parameters.booster(family, t, booster),
                matrix,
                num_boost_round=parameters.tree_counts[t],
                callbacks=[_RoundCallback(on_tree)],
            )
        )
    return boosters


def _take(table: FeatureTable, rows: Rows, columns: Sequence[int]) -> npt.NDArray[np.float32]:
    if len(columns) == len(table.names):
        return table.features[rows]
    return table.features[np.ix_(rows, np.asarray(columns, dtype=np.int64))]
