import json

import click
import numpy as np
import pytest
import xgboost as xgb

from pairstream_training.column_selection import visible_columns
from pairstream_training.errors import TrainingError
from pairstream_training.families import FAMILIES
from pairstream_training.feature_files import FeatureTable
from pairstream_training.forest import read_trees
from pairstream_training.forest_training import count_trees, train_family
from pairstream_training.merge import OutputForest, merge_outputs
from pairstream_training.parameters import Parameters
from pairstream_training.popularity_groups import route_groups
from pairstream_training.targets import TARGETS
from pairstream_training.tree_counts import TREE_COUNTS

AUTHOR_SETS = ("a_user_id", "a_user_id_b_user_id")
OTHER_SETS = ("b_user_id", "b_user_id_language_tweet_type", "switch_b_user_id", "switch_a_user_id")
OWN_SUMS = ("a_user_id_tweet_type", "b_user_id_tweet_type", "tw_original_user1_tweet_type", "tw_rt_user0")
OTHER_SUMS = ("b_user_id", "context", "tw_original_user0_tweet_type")
NAMES = (
    *(
        f"te_{keys}_{target}"
        for keys in (*AUTHOR_SETS, *OTHER_SETS)
        for target in ("like", "reply", "retweet", "quote")
    ),
    *(f"sum_{keys}_{target}" for keys in (*OWN_SUMS, *OTHER_SUMS) for target in TARGETS),
    "count_a_user_id_tweet_type",
    "a_follower_count",
    "group",
)


def table(row_count: int = 4_000, seed: int = 1) -> FeatureTable:
    """Make rows whose labels hang on two columns, otherwise in every popularity group."""
    generator = np.random.default_rng(seed)
    features = generator.gamma(2.0, 1.0, size=(row_count, len(NAMES))).astype(np.float32)
    features[generator.random(features.shape) < 0.05] = np.nan
    group = generator.integers(0, 5, row_count)
    features[:, -1] = np.where(generator.random(row_count) < 0.02, np.nan, group)
    cause = np.nan_to_num(features[:, [NAMES.index(f"te_a_user_id_{target}") for target in TARGETS]])
    margin = (cause - 2) * (1 + 0.3 * group[:, None]) + 0.5 * np.nan_to_num(features[:, -2:-1]) - 1
    labels = (generator.random((row_count, 4)) < 1 / (1 + np.exp(-margin))).astype(np.uint8)
    return FeatureTable(NAMES, features, labels, np.zeros(row_count, dtype=np.int32))


def parameters(family: str, trees: tuple[int, int, int, int] = (3, 5, 2, 4)) -> Parameters:
    published = FAMILIES[family]
    return Parameters(
        trees,
        max_leaves=32,
        min_child_weight=2.0,
        bag_fraction=published.bag_fraction,
        learning_rates=published.learning_rates,
        thread_count=1,
        seed=3,
    )


@pytest.fixture(scope="module")
def rows() -> FeatureTable:
    return table()


@pytest.fixture(scope="module")
def trained(rows: FeatureTable) -> dict[str, list[OutputForest]]:
    return {name: train_family(rows, family, parameters(name)) for name, family in FAMILIES.items()}


def settings_of(booster: xgb.Booster) -> dict[str, object]:
    config = json.loads(booster.save_config())["learner"]["gradient_booster"]
    settings: dict[str, object] = config["tree_train_param"]
    return settings


@pytest.mark.parametrize(
    ("name", "outputs", "boosters", "rate", "row_sample", "column_sample"),
    [
        ("xgb1", 12, 12, (0.1, 0.1, 0.1, 0.1), 0.8, 0.8),
        ("xgb2", 4, 4, (0.1, 0.1, 0.1, 0.1), 0.8, 0.3),
        ("xgb3", 4, 20, (0.04, 0.04, 0.02, 0.04), 0.5, 0.8),
        ("xgb4", 12, 12, (0.1, 0.1, 0.1, 0.1), 0.8, 0.8),
        ("xgb5", 12, 12, (0.1, 0.1, 0.1, 0.1), 0.8, 0.3),
    ],
)
def test_every_booster_is_trained_as_published(
    name: str,
    outputs: int,
    boosters: int,
    rate: tuple[float, ...],
    row_sample: float,
    column_sample: float,
    trained: dict[str, list[OutputForest]],
) -> None:
    made = trained[name]
    assert len(made) == FAMILIES[name].output_count == outputs
    assert sum(len(output.boosters) for output in made) == boosters
    assert count_trees(FAMILIES[name], parameters(name)) == 14 * boosters // 4
    for c, output in enumerate(made):
        for booster in output.boosters:
            settings = settings_of(booster)
            assert float(str(settings["eta"])) == pytest.approx(rate[c % 4])
            assert float(str(settings["subsample"])) == pytest.approx(row_sample)
            assert float(str(settings["colsample_bytree"])) == pytest.approx(column_sample)
            assert settings["max_depth"] == "8"
            assert settings["sampling_method"] == ("gradient_based" if name == "xgb3" else "uniform")
            assert booster.num_boosted_rounds() == (3, 5, 2, 4)[c % 4]


def test_sixty_boosters_of_the_published_trees() -> None:
    boosters = {name: family.output_count * (5 if family.is_grouped else 1) for name, family in FAMILIES.items()}
    assert sum(boosters.values()) == 60
    walked = {name: family.bag_count * sum(family.full_trees) for name, family in FAMILIES.items()}
    assert walked == {"xgb1": 3000, "xgb2": 2602, "xgb3": 2659, "xgb4": 3000, "xgb5": 4482}


def test_bags_of_all_rows_differ_by_their_seed(trained: dict[str, list[OutputForest]], rows: FeatureTable) -> None:
    first, second = (trained["xgb5"][bag * 4].answer(rows.features, NAMES) for bag in (0, 1))
    assert np.abs(first - second).max() > 0.01
    assert np.corrcoef(first, second)[0, 1] > 0.5


def test_xgb2_sees_the_author_s_encodings_of_its_own_target_and_retweet_those_of_quotes_too() -> None:
    for target, own in (
        ("reply", {"reply"}),
        ("retweet", {"retweet", "quote"}),
        ("quote", {"quote"}),
        ("like", {"like"}),
    ):
        seen = {NAMES[column] for column in visible_columns(FAMILIES["xgb2"], NAMES, target)}
        authors = {f"te_{keys}_{name}" for keys in AUTHOR_SETS for name in own}
        assert {name for name in seen if name.startswith(("te_a_user_id",))} == authors
        assert {f"te_{keys}_{name}" for keys in OTHER_SETS for name in TARGETS} <= seen
        assert {"group", "a_follower_count", "sum_a_user_id_tweet_type_like"} <= seen


def test_xgb3_sees_sums_of_its_own_target_and_not_the_group() -> None:
    for target in TARGETS:
        seen = {NAMES[column] for column in visible_columns(FAMILIES["xgb3"], NAMES, target)}
        own = {f"sum_{keys}_{target}" for keys in OWN_SUMS}
        others = {f"sum_{keys}_{name}" for keys in OTHER_SUMS for name in TARGETS}
        assert {name for name in seen if name.startswith("sum_")} == own | others
        assert "count_a_user_id_tweet_type" in seen
        assert "group" not in seen
        assert len([name for name in seen if name.startswith("te_")]) == 24


def test_the_others_see_every_column() -> None:
    for name in ("xgb1", "xgb4", "xgb5"):
        assert visible_columns(FAMILIES[name], NAMES, "quote") == tuple(range(len(NAMES)))


def test_no_tree_of_the_merged_model_reads_what_its_target_may_not_see(
    trained: dict[str, list[OutputForest]],
) -> None:
    trees = read_trees(merge_outputs(trained["xgb2"], NAMES))
    authors_read = set()
    for i, tree in enumerate(trees):
        target = TARGETS[i % 4]
        visible = visible_columns(FAMILIES["xgb2"], NAMES, target)
        # Trees that only fill up read the first column, and answer zero on both sides.
        splits = [node for node in range(len(tree.left)) if not tree.is_leaf(node)]
        used = {tree.feature[node] for node in splits if any(tree.value[1:])}
        assert used <= set(visible)
        authors_read |= {NAMES[column] for column in used if NAMES[column].startswith("te_a_user_id")}
    # A mapping that numbered columns as the boosters do would read others.
    assert authors_read


def test_a_group_s_booster_learns_from_the_group_s_rows_alone(rows: FeatureTable) -> None:
    family = FAMILIES["xgb3"]
    groups = route_groups(rows.features[:, -1])
    labels = rows.labels.copy()
    labels[groups != 2] = 1 - labels[groups != 2]
    before = train_family(rows, family, parameters("xgb3"))
    after = train_family(FeatureTable(NAMES, rows.features, labels, rows.day), family, parameters("xgb3"))
    for one, other in zip(before, after, strict=True):
        assert [one.boosters[g].save_raw() == other.boosters[g].save_raw() for g in range(5)] == [
            False,
            False,
            True,
            False,
            False,
        ]


def test_rows_without_a_group_or_of_four_groups_are_refused(rows: FeatureTable) -> None:
    without = FeatureTable(NAMES[:-1], rows.features[:, :-1], rows.labels, rows.day)
    with pytest.raises(TrainingError, match="no column 'group'"):
        train_family(without, FAMILIES["xgb3"], parameters("xgb3"))
    some = rows.features[:, -1] != 3
    four = FeatureTable(NAMES, rows.features[some], rows.labels[some], rows.day[some])
    with pytest.raises(TrainingError, match=r"0, \d+\] rows of popularity groups 0 to 4, expected some of each"):
        train_family(four, FAMILIES["xgb3"], parameters("xgb3"))


def test_trees_are_chosen_for_all_targets_for_each_or_as_published() -> None:
    assert TREE_COUNTS.convert("80", None, None) == (80, 80, 80, 80)
    assert TREE_COUNTS.convert("60,70,80,90", None, None) == (60, 70, 80, 90)
    assert TREE_COUNTS.convert("published", None, None) is None
    for wrong in ("0", "1,2", "a", "", "1,2,3,4,5", "-3"):
        with pytest.raises(click.UsageError, match="expected a number from 1"):
            TREE_COUNTS.convert(wrong, None, None)
