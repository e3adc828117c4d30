"""How a family of forests is trained: what was published, and what fits the size of the shipped models."""

from dataclasses import dataclass

from pairstream_training.families import PUBLISHED_DEPTH, Family, PerTarget, TreeCounts


@dataclass(frozen=True)
class Parameters:
    """What may be chosen without leaving the published recipe."""

    tree_counts: TreeCounts
    """Trees per booster, by target."""
    max_leaves: int
    """Most leaves of a tree, the best splits first (published: no bound but the depth's, 256)."""
    min_child_weight: float
    """Least sum of hessians in a leaf."""
    bag_fraction: float
    """Share of the rows that one bag sees."""
    learning_rates: PerTarget
    thread_count: int = 2
    seed: int = 1

    def booster(self, family: Family, target: int, booster: int) -> dict[str, object]:
        """Give XGBoost's own parameters for one booster of a family, by its number."""
        return {
            "objective": "binary:logistic",
            "tree_method": "hist",
            "grow_policy": "lossguide",
            "max_leaves": self.max_leaves,
            "max_depth": PUBLISHED_DEPTH,
            "eta": self.learning_rates[target],
            "subsample": family.row_sample,
            "sampling_method": family.row_sampling,
            "colsample_bytree": family.column_sample,
            "min_child_weight": self.min_child_weight,
            "nthread": self.thread_count,
            "seed": self.seed * 1000 + booster,
        }
