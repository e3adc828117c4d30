"""Training parameters of a family of forests: the published ones, and those of the shipped sizes."""

from dataclasses import dataclass

from pairstream_training.families import PUBLISHED_DEPTH, Family, PerTarget, TreeCounts


@dataclass(frozen=True)
class Parameters:
    """Choices that keep the published recipe."""

    tree_counts: TreeCounts
    """Trees per booster, by target."""
    max_leaves: int
    """Maximum number of leaves of a tree; the best splits come first (published: 256, by the depth)."""
    min_child_weight: float
    """Minimum sum of hessians in a leaf."""
    bag_fraction: float
    """Share of the rows in one bag."""
    learning_rates: PerTarget
    thread_count: int = 2
    seed: int = 1

    def booster(self, family: Family, target: int, booster: int) -> dict[str, object]:
        """Return XGBoost's parameters for one booster of a family, by the booster's number."""
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
