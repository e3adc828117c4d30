"""The drift report."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from made_features import contract_metadata

from pairstream_training.drift import measure_drift
from pairstream_training.drift_cli import drift_command

ROWS = 4_000


def write_day(path: Path, columns: dict[str, np.ndarray[tuple[int], np.dtype[np.float32]]]) -> Path:
    table = pa.table({**columns, "day": np.zeros(ROWS, dtype=np.int32)}).replace_schema_metadata(contract_metadata())
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return path


@pytest.fixture
def days(tmp_path: Path) -> list[Path]:
    """Three days: `still` stays, `moved` moves by 1 on the third, `lost` loses half its values on the second."""
    generator = np.random.default_rng(1)
    paths = []
    for day in range(3):
        lost = generator.normal(size=ROWS).astype(np.float32)
        if day == 1:
            lost[::2] = np.nan
        columns = {
            "still": generator.normal(size=ROWS).astype(np.float32),
            "moved": generator.normal(loc=day == 2, size=ROWS).astype(np.float32),
            "lost": lost,
        }
        paths.append(write_day(tmp_path / f"features-0000{day}.arrow", columns))
    return paths


def test_tells_what_moved_and_what_went_missing(days: list[Path]) -> None:
    drifts = {drift.feature: drift for drift in measure_drift(days)}
    assert list(drifts) == ["lost", "moved", "still"]
    # Two normal distributions a deviation apart are 2 Phi(1/2) - 1 = 0.383 apart.
    first, second = drifts["moved"].distances
    assert first is not None and first < 0.05
    assert second == pytest.approx(0.383, abs=0.03)
    assert [day.missing for day in drifts["lost"].days] == [0, 0.5, 0]
    assert drifts["moved"].days[2].mean == pytest.approx(1, abs=0.1)
    assert drifts["still"].largest < 0.05


def test_a_feature_that_is_never_there_is_no_distance_away(tmp_path: Path) -> None:
    nothing = np.full(ROWS, np.nan, dtype=np.float32)
    paths = [write_day(tmp_path / f"features-0000{day}.arrow", {"never": nothing}) for day in range(2)]
    [drift] = measure_drift(paths)
    assert (drift.distances, drift.days[0].mean, drift.days[0].missing) == ((None,), None, 1)


def test_the_command_compares_first_and_last_day_and_serving(days: list[Path], tmp_path: Path) -> None:
    serving = tmp_path / "serving"
    serving.mkdir()
    days[2].rename(serving / days[2].name)
    arguments = ["--features", str(tmp_path), "--serving", str(serving)]
    told = json.loads(CliRunner().invoke(drift_command, [*arguments, "--json"]).output)
    assert told["days"] == [path.name for path in days]
    lines = CliRunner().invoke(drift_command, [*arguments, "--top", "2"]).output.splitlines()
    assert [line.split()[0] for line in lines] == ["feature", "lost", "moved"]
