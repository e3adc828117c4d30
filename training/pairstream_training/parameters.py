"""How xgb1 is trained: what was published, and what fits the size of the shipped model."""

from dataclasses import dataclass

PUBLISHED_DEPTH = 8
PUBLISHED_LEARNING_RATE = 0.1
PUBLISHED_ROW_SAMPLE = 0.8
PUBLISHED_COLUMN_SAMPLE = 0.8
PUBLISHED_BAG_FRACTION = 0.5
"""Each published bag saw a random half of its rows."""


@dataclass(frozen=True)
class Parameters:
    """What may be chosen without leaving the published recipe."""

    tree_count: int
    """Trees per booster (published: 250, on a hundred times the rows)."""
    max_leaves: int
    """Most leaves of a tree, the best splits first (published: no bound but the depth's, 256)."""
    min_child_weight: float
    """Least sum of hessians in a leaf."""
    bag_fraction: float = PUBLISHED_BAG_FRACTION
    """Share of the rows that one bag sees."""
    thread_count: int = 2
    seed: int = 1

    def booster(self, seed: int) -> dict[str, object]:
        """Give XGBoost's own parameters for one booster."""
        return {
            "objective": "binary:logistic",
            "tree_method": "hist",
            "grow_policy": "lossguide",
            "max_leaves": self.max_leaves,
            "max_depth": PUBLISHED_DEPTH,
            "eta": PUBLISHED_LEARNING_RATE,
            "subsample": PUBLISHED_ROW_SAMPLE,
            "colsample_bytree": PUBLISHED_COLUMN_SAMPLE,
            "min_child_weight": self.min_child_weight,
            "nthread": self.thread_count,
            "seed": seed,
        }
