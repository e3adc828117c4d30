"""The five families of forests: what was published of each, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pairstream_training.targets import TARGETS

PUBLISHED_DEPTH = 8
"""Of every tree of every family (of xgb4 it was not published, and is taken to be the same)."""

PerTarget = tuple[float, float, float, float]
TreeCounts = tuple[int, int, int, int]


@dataclass(frozen=True)
class Family:
    """One family: a booster per target, bag and popularity group; all of them become one served model."""

    name: str
    bag_count: int
    """Boosters per target whose probabilities are averaged by whoever serves them."""
    bag_fraction: float
    """Share of the rows that a bag sees, drawn anew for each; at 1 the bags differ by their seed alone."""
    learning_rates: PerTarget
    row_sample: float
    """Share of a bag's rows that one tree sees."""
    column_sample: float
    """Share of the columns that one tree sees."""
    full_trees: TreeCounts
    """Trees per booster in the published size."""
    stage: Literal[1, 2] = 1
    """A model of stage 2 reads the probabilities of models of stage 1."""
    row_sampling: Literal["uniform", "gradient_based"] = "uniform"
    is_grouped: bool = False
    """A booster per popularity group, trained on the rows of that group alone."""
    own_target_columns: str = r"(?!)"
    """Pattern of columns, less `_<target>`, that only the boosters of their own target see."""
    also_sees: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other targets whose columns of that pattern the boosters of a target see too."""

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
        # Encodings of key sets with the author in them; the switched ones are seen by all.
        own_target_columns=r"te_(?!switch_)(?:.+_)?a_user_id(?:_.+)?",
        # The published selection looks for the target in the column's name, and a quote is a "retweet_comment".
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
        # Nothing was published but three bags per target: all else is as in xgb1, the number of trees too.
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
"""By the name of the model, as the pipeline has it."""
