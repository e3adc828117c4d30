import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import treelite
import xgboost as xgb
from made_features import RECORD, REPOSITORY, outputs_of

from pairstream_training import checkpoint
from pairstream_training.checkpoint import derive_checkpoint
from pairstream_training.errors import TrainingError
from pairstream_training.export import export_model
from pairstream_training.fil_answer import answer_by_fil
from pairstream_training.forest import Tree, read_trees
from pairstream_training.merge import stump
from pairstream_training.probe_rows import probe_rows
from pairstream_training.treelite_export import build_treelite

FEATURES = 6
NAMES = [f"f{i}" for i in range(FEATURES)]


def rows_of(count: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(count, FEATURES)).astype(np.float32)
    rows[generator.random(rows.shape) < 0.15] = np.nan
    return rows


def train(tree_count: int, column: int, **parameters: object) -> xgb.Booster:
    """Train on rows of which a share that depends on the column is positive, so that base margins differ."""
    rows = rows_of(3_000, 3)
    noise = np.random.default_rng(column).normal(size=len(rows))
    labels = np.nan_to_num(rows[:, column % FEATURES]) + noise > 0.3 * column
    settings = {"objective": "binary:logistic", "max_depth": 5, "nthread": 1, "seed": column, **parameters}
    return xgb.train(settings, xgb.QuantileDMatrix(rows, labels), tree_count)


@pytest.fixture(scope="module")
def boosters() -> list[xgb.Booster]:
    """Four boosters of uneven length, one of them of single leaves only."""
    return [train(7, 0), train(3, 1), train(5, 2), train(2, 3, min_child_weight=1e6)]


@pytest.fixture
def model(boosters: list[xgb.Booster], tmp_path: Path) -> Path:
    export_model(tmp_path, "mine", "1", outputs_of(boosters, len(NAMES)), NAMES, rows_of(500, 4), 1, RECORD)
    return tmp_path / "mine"


def answers_of(boosters: Sequence[xgb.Booster], rows: np.ndarray) -> np.ndarray:
    return np.stack([booster.inplace_predict(rows) for booster in boosters], axis=1)


def answers_in(path: Path, rows: np.ndarray) -> np.ndarray:
    loaded = treelite.Model.deserialize(path)
    return np.asarray(treelite.gtil.predict(loaded, rows)).reshape(len(rows), -1)


def header(path: Path, field: str) -> object:
    # What a field gives lives as long as its model.
    loaded = treelite.Model.deserialize(path)
    value = loaded.get_header_accessor().get_field(field)
    return value if isinstance(value, str) else np.array(value).tolist()


def test_a_checkpoint_answers_as_the_boosters_that_were_merged(model: Path, boosters: list[xgb.Booster]) -> None:
    report = derive_checkpoint(model / "1")
    assert (report.is_new, report.output_count, report.tree_count) == (True, 4, 28)
    assert (report.golden_rows, report.gtil_difference <= 1e-6) == (64, True)
    rows = rows_of(5_000, 5)
    expected = answers_of(boosters, rows)
    np.testing.assert_allclose(answers_in(report.path, rows), expected, rtol=0, atol=1e-6)
    # The outputs are not interchangeable.
    assert np.abs(expected[:, 0] - expected[:, 2]).max() > 0.1


def test_it_has_the_form_that_fil_loads(model: Path) -> None:
    path = derive_checkpoint(model / "1").path
    assert header(path, "num_target") == [1]
    assert header(path, "num_class") == [4]
    assert header(path, "leaf_vector_shape") == [1, 1]
    assert header(path, "class_id") == [i % 4 for i in range(28)]
    assert header(path, "target_id") == [0] * 28
    assert header(path, "base_scores") == [0.0] * 4
    assert header(path, "postprocessor") == "multiclass_ova"
    loaded = treelite.Model.deserialize(path)
    node_counts = [int(loaded.get_tree_accessor(tree).get_field("num_nodes")[0]) for tree in range(28)]
    assert min(node_counts) == 3


def test_margins_and_single_leaves_of_a_file_of_another_s_making_are_folded_in(tmp_path: Path) -> None:
    rows = rows_of(3_000, 3)
    labels = np.stack([np.nan_to_num(rows[:, 0]) > 1, np.nan_to_num(rows[:, 1]) > -1], axis=1).astype(np.float32)
    parameters = {"objective": "binary:logistic", "max_depth": 3, "nthread": 1, "base_score": 0.2}
    booster = xgb.train(parameters, xgb.DMatrix(rows, labels), 3)
    booster.save_model(tmp_path / "xgboost.ubj")
    report = derive_checkpoint(tmp_path)
    assert (report.output_count, report.golden_rows) == (2, 0)
    np.testing.assert_allclose(answers_in(report.path, rows), booster.inplace_predict(rows), rtol=0, atol=1e-6)
    assert header(report.path, "base_scores") == [0.0, 0.0]


def test_one_output_is_a_binary_classifier(tmp_path: Path) -> None:
    booster = train(4, 1)
    booster.save_model(tmp_path / "xgboost.ubj")
    path = derive_checkpoint(tmp_path).path
    rows = rows_of(1_000, 6)
    np.testing.assert_allclose(answers_in(path, rows)[:, 0], booster.inplace_predict(rows), rtol=0, atol=1e-6)
    assert (header(path, "num_class"), header(path, "postprocessor")) == ([1], "sigmoid")


def test_a_second_time_nothing_is_written(model: Path) -> None:
    path = derive_checkpoint(model / "1").path
    before = path.stat().st_mtime_ns
    report = derive_checkpoint(model / "1")
    assert (report.is_new, path.stat().st_mtime_ns) == (False, before)
    path.write_bytes(b"damaged")
    assert derive_checkpoint(model / "1").is_new
    assert path.stat().st_size > 1_000


def test_what_is_not_exact_is_not_written(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build_wrong(trees: Sequence[Tree], *sizes: int) -> treelite.Model:
        return build_treelite([*trees[:-1], stump(0.1, 0.1)], *sizes)

    monkeypatch.setattr(checkpoint, "build_treelite", build_wrong)
    (model / "1/checkpoint.tl").write_bytes(b"before")
    with pytest.raises(TrainingError, match=r"treelite is 0\.\d+ away from XGBoost on"):
        derive_checkpoint(model / "1")
    assert (model / "1/checkpoint.tl").read_bytes() == b"before"
    assert not list(model.rglob("*.partial"))


def test_fil_s_own_answers_count_where_it_is_there(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "has_fil", lambda: True)
    monkeypatch.setattr(checkpoint, "answer_by_fil", answers_in)
    report = derive_checkpoint(model / "1")
    assert report.fil_difference is not None
    assert report.fil_difference <= 1e-6
    (model / "1/checkpoint.tl").unlink()
    monkeypatch.setattr(checkpoint, "answer_by_fil", lambda path, rows: answers_in(path, rows) + 1e-4)
    with pytest.raises(TrainingError, match=r"FIL is 0\.0001 away from XGBoost"):
        derive_checkpoint(model / "1")
    assert not list((model / "1").glob("*checkpoint*"))


def test_fil_itself_agrees(model: Path, boosters: list[xgb.Booster]) -> None:
    pytest.importorskip("nvforest", reason="FIL's package nvforest-cu12 is not installed")
    rows = rows_of(2_000, 7)
    answers = answer_by_fil(derive_checkpoint(model / "1").path, rows)
    np.testing.assert_allclose(answers, answers_of(boosters, rows), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outputs": {"output__0": [[0.5] * 4] * 64}}, r"away from xgboost\.ubj: of different trainings"),
        ({"inputs": {"x": [[0.0]]}}, "cannot be read as golden rows"),
        ({"inputs": {"input__0": [[0.0] * 5] * 64}}, r"rows of \(64, 5\) and \(64, 4\), expected \(64, 6\) and"),
    ],
)
def test_golden_rows_of_another_model_are_refused(model: Path, change: dict[str, object], message: str) -> None:
    path = model / "1/golden.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(TrainingError, match=message):
        derive_checkpoint(model / "1")
    assert not (model / "1/checkpoint.tl").exists()


def test_probe_rows_lie_at_and_beside_thresholds() -> None:
    trees = read_trees(train(3, 0))
    rows = probe_rows(trees, FEATURES, 2_000, 1)
    assert 0.05 < np.isnan(rows).mean() < 0.15
    feature, threshold = trees[0].feature[0], np.float32(trees[0].value[0])
    column = rows[:, feature]
    for step in (-np.inf, threshold, np.inf):
        assert (column == np.nextafter(threshold, np.float32(step))).any()
    np.testing.assert_array_equal(rows, probe_rows(trees, FEATURES, 2_000, 1))


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pairstream_training", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY / "training",
    )


def test_the_command_says_what_it_did(model: Path) -> None:
    (model.parent / "net/1").mkdir(parents=True)
    (model.parent / "net/1/model.onnx").touch()
    first = run("checkpoint", "--models", model.parent)
    assert first.returncode == 0, first.stderr
    assert f"{model}/1/checkpoint.tl: written, " in first.stdout
    assert "28 trees, 4 outputs" in first.stdout
    assert "64 golden rows and 2000 rows at thresholds: treelite " in first.stdout
    assert "is current" in run("checkpoint", "--model", model).stdout
    assert "no forests, expected <version>/xgboost.ubj" in run("checkpoint", "--model", model.parent / "net").stderr
    (model / "1/xgboost.ubj").write_bytes(b"{L")
    damaged = run("checkpoint", "--model", model)
    assert (damaged.returncode, damaged.stdout) == (1, "")
    assert damaged.stderr.startswith(f"error: {model}/1/xgboost.ubj: an XGBoost model cut off after 2 bytes")


def test_the_command_wants_one_of_its_options(tmp_path: Path) -> None:
    assert run("checkpoint").returncode == 2
    assert run("checkpoint", "--model", tmp_path, "--models", tmp_path).returncode == 2
    assert run("checkpoint", "--models", tmp_path / "absent").returncode == 2
