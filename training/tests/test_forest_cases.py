"""The cases that the test of the gateway's walker reads are whole, repeatable and of many kinds."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

try:
    import lightgbm  # noqa: F401 - some cases are trained with it
except OSError as error:
    if os.environ.get("PAIRSTREAM_REQUIRE_ALL") == "1":
        raise
    pytest.skip(f"lightgbm cannot be loaded: {error}", allow_module_level=True)

from forest_cases.draws import Draws
from forest_cases.hostile_rows import hostile_rows
from forest_cases.write_case import write_case
from pairstream_training.forest import Tree

CASES = range(6)
ROWS = 200


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("cases")
    for case in CASES:
        write_case(made / str(case), 3, case, ROWS)
    return made


@pytest.mark.parametrize("case", CASES)
def test_the_written_file_answers_as_the_libraries_did(case: int, folder: Path) -> None:
    own = folder / str(case)
    document = json.loads((own / "forest.json").read_text())
    rows = np.fromfile(own / "rows.f32", "<f4").reshape(ROWS, document["featureCount"])
    shape = (ROWS, document["outputCount"])
    served = xgb.Booster(model_file=own / "xgboost.ubj")
    seen = served.inplace_predict(rows).reshape(shape)
    np.testing.assert_allclose(seen, np.fromfile(own / "probabilities.f64", "<f8").reshape(shape), rtol=0, atol=1e-6)
    margins = np.fromfile(own / "margins.f32", "<f4").reshape(shape)
    np.testing.assert_allclose(seen, 1 / (1 + np.exp(-margins.astype(np.float64))), rtol=0, atol=1e-6)


def test_cases_differ_and_are_made_again_alike(folder: Path, tmp_path: Path) -> None:
    write_case(tmp_path / "again", 3, 0, ROWS)
    for path in (tmp_path / "again").iterdir():
        assert path.read_bytes() == (folder / "0" / path.name).read_bytes()
    assert len({(folder / str(case) / "rows.f32").read_bytes() for case in CASES}) == len(CASES)


@pytest.mark.parametrize("special", [(), (0.0,), (-999.0,)])
def test_rows_are_hostile(special: tuple[float, ...]) -> None:
    zeros = [0.0] * 3
    tree = Tree([1, -1, -1], [2, -1, -1], [1, 0, 0], [0.3, 1.0, -1.0], [0, 0, 0], zeros, zeros, zeros)
    features = np.full((10, 2), 7, dtype=np.float32)
    rows = hostile_rows([tree], features, special, 4_000, Draws(1).generator)
    assert rows.dtype == np.float32
    assert rows.shape == (4_000, 2)
    threshold = np.float32(0.3)
    expected = [threshold, np.nextafter(threshold, np.float32(1)), np.nextafter(threshold, np.float32(0)), 7]
    expected += [np.inf, -np.inf, 1e-35, -1e-35, 3e38, *special]
    for value in expected:
        assert (rows[:, 1] == np.float32(value)).any(), value
    assert np.isnan(rows).any(axis=0).all()
    assert (np.signbit(rows) & (rows == 0)).any()
    is_subnormal = (rows != 0) & (np.abs(rows) < np.finfo(np.float32).tiny)
    assert is_subnormal.any() == (0.0 not in special)
