from pathlib import Path

import numpy as np
import pytest
from made_features import REPOSITORY

from pairstream_training.families import FAMILIES
from pairstream_training.forest import read_trees
from pairstream_training.popularity_groups import GROUP_COLUMN
from pairstream_training.prediction import load_model
from pairstream_training.training_record import trained_days

MODELS: Path = REPOSITORY / "triton-models"


@pytest.mark.parametrize("name", FAMILIES)
def test_a_shipped_booster_has_at_least_60_trees_of_depth_6(name: str) -> None:
    booster, names = load_model(MODELS / name / "1/xgboost.ubj")
    outputs = FAMILIES[name].output_count
    depths = np.array([tree.depth() for tree in read_trees(booster)]).reshape(-1, outputs)
    assert len(depths) >= 60
    # The four splits that tell popularity groups apart are no part of a booster, and at most three lie on one way.
    own = depths - 3 if GROUP_COLUMN in names else depths
    assert (own.mean(axis=0) >= 6).all()


def test_no_shipped_model_of_stage_2_has_seen_what_its_members_have() -> None:
    for name in ("xgb4", "xgb5"):
        days = trained_days(MODELS / name / "1")
        assert days is not None
        for member in ("xgb1", "xgb2", "xgb3", "nn1", "nn2", "nn3"):
            seen = trained_days(MODELS / member / "1")
            assert seen is not None and seen.last < days.first
