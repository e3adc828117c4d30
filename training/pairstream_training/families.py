"""The five families of forests: their published settings, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pairstream_training.targets import TARGETS

PUBLISHED_DEPTH = 8
"""Of every tree of every family. The depth of xgb4 was not published; this one is assumed."""

PerTarget = tuple[float, float, float, float]
TreeCounts = tuple[int, int, int, int]


@dataclass(frozen=True)
class Family:
    """One family: a booster per target, bag and popularity group. All boosters together are one served model."""

    name: str
    bag_count: int
    """Boosters per target. The server averages their probabilities."""
    bag_fraction: float
    """Share of the rows in a bag, drawn for each bag. With 1, the bags differ in their seeds alone."""
    learning_rates: PerTarget
    row_sample: float
    """Share of a bag's rows that one tree is trained on."""
    column_sample: float
    """Share of the columns that one tree may use."""
    full_trees: TreeCounts
    """Trees per booster in the published size."""
    stage: Literal[1, 2] = 1
    """A model of stage 2 reads the probabilities of models of stage 1."""
    row_sampling: Literal["uniform", "gradient_based"] = "uniform"
    is_grouped: bool = False
    """True for a booster per popularity group, trained on the rows of this group alone."""
    own_target_columns: str = r"(?!)"
    """Pattern of columns, without `_<target>`, that only the boosters of their own target see."""
    also_sees: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other targets whose columns of this pattern the boosters of a target also see."""

    @property
    def output_count(self) -> int:
        """Width of the model's output."""
        return self.bag_count * len(TARGETS)


_FAMILIES = (
    Family(
        name="xgb1",
        bag_count=3,
        bag_fraction=0.5,
        learning_rates=(0.1,) * 4,
        row_sample=0.8,
        column_sample=0.8,
        full_trees=(250,) * 4,
    ),
    Family(
        name="xgb2",
        bag_count=1,
        bag_fraction=1.0,
        learning_rates=(0.1,) * 4,
        row_sample=0.8,
        column_sample=0.3,
        full_trees=(642, 998, 479, 483),
        # Encodings of key sets that contain the author; boosters of all targets see the switched ones.
        own_target_columns=r"te_(?!switch_)(?:.+_)?a_user_id(?:_.+)?",
        # The published selection searches the name of the target in the column's name; a quote is a "retweet_comment".
        also_sees={"retweet": ("quote",)},
    ),
    Family(
        name="xgb3",
        bag_count=1,
        bag_fraction=1.0,
        learning_rates=(0.04, 0.04, 0.02, 0.04),
        row_sample=0.5,
        column_sample=0.8,
        full_trees=(550, 615, 800, 694),
        row_sampling="gradient_based",
        is_grouped=True,
        own_target_columns=r"sum_(?:a_user_id_tweet_type|b_user_id_tweet_type|tw_original_user1_tweet_type|tw_rt_user0)",
    ),
    Family(
        name="xgb4",
        stage=2,
        # Only the three bags per target were published. All other settings, with the tree counts, are those of xgb1.
        bag_count=3,
        bag_fraction=0.5,
        learning_rates=(0.1,) * 4,
        row_sample=0.8,
        column_sample=0.8,
        full_trees=(250,) * 4,
    ),
    Family(
        name="xgb5",
        stage=2,
        # Three seeds.
        bag_count=3,
        bag_fraction=1.0,
        learning_rates=(0.1,) * 4,
        row_sample=0.8,
        column_sample=0.3,
        full_trees=(273, 436, 184, 601),
    ),
)

FAMILIES: Mapping[str, Family] = {family.name: family for family in _FAMILIES}
"""By the name of the model in the pipeline."""
