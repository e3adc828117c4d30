"""Trains the boosters: one per target and bag, each bag on its own random share of the rows."""

from collections.abc import Callable

import numpy as np
import xgboost as xgb

from pairstream_training.feature_files import FeatureTable
from pairstream_training.parameters import Parameters
from pairstream_training.targets import BAG_COUNT, OUTPUT_COUNT, TARGETS, output_column


class _RoundCallback(xgb.callback.TrainingCallback):
    """Tells a listener after every tree."""

    def __init__(self, on_tree: Callable[[], None]) -> None:
        super().__init__()
        self._on_tree = on_tree

    def after_iteration(self, model: object, epoch: int, evals_log: object) -> bool:
        self._on_tree()
        return False


def train_bags(
    table: FeatureTable, parameters: Parameters, on_tree: Callable[[], None] = lambda: None
) -> list[xgb.Booster]:
    """Train the 12 boosters, in output-column order.

    The same table, parameters and XGBoost version give the same boosters. `on_tree` is called after each tree.
    """
    boosters: list[xgb.Booster | None] = [None] * OUTPUT_COUNT
    for bag in range(BAG_COUNT):
        rows = bag_rows(table.row_count, parameters, bag)
        # One quantised matrix serves the four targets of a bag: only the labels change.
        matrix = xgb.QuantileDMatrix(table.features[rows], nthread=parameters.thread_count)
        for t in range(len(TARGETS)):
            column = output_column(bag, t)
            matrix.set_label(table.labels[rows, t])
            boosters[column] = xgb.train(
                parameters.booster(seed=parameters.seed * 1000 + column),
                matrix,
                num_boost_round=parameters.tree_count,
                callbacks=[_RoundCallback(on_tree)],
            )
    return [booster for booster in boosters if booster is not None]


def bag_rows(row_count: int, parameters: Parameters, bag: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Give the rows that one bag sees, ascending: a random share, another for each bag."""
    generator = np.random.default_rng([parameters.seed, bag])
    size = max(1, round(row_count * parameters.bag_fraction))
    return np.sort(generator.choice(row_count, size=size, replace=False))
