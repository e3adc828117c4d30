from pathlib import Path

import pytest
from made_features import PIPELINE

from pairstream_training.errors import TrainingError
from pairstream_training.pipeline_file import read_feature_names


def test_the_project_s_pipeline_names_seventy_features() -> None:
    names = read_feature_names(PIPELINE, "xgb1")
    assert len(names) == 70
    assert names[0] == "a_follows_b"
    assert sum(name.startswith("te_") for name in names) == 40
    assert names[-4:] == tuple(f"te_a_user_id_b_user_id_{target}" for target in ("reply", "retweet", "quote", "like"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("models: {other: {}}", "no 'xgb1'"),
        ("models: [", "cannot be read as a pipeline file"),
        ("models: {xgb1: {inputs: {input__0: {features: a}}}}", "is 'a', expected a list"),
        ("models: {xgb1: {inputs: {input__0: {features: []}}}}", "expected a list"),
        ("models: {xgb1: {inputs: {input__0: {features: [a, b, a]}}}}", "names a more than once"),
    ],
)
def test_a_file_without_the_list_is_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "pipeline.yaml"
    path.write_text(text)
    with pytest.raises(TrainingError, match=message):
        read_feature_names(path, "xgb1")
