from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_features import ROWS_PER_DAY, day_columns, write_day

from pairstream_training.errors import TrainingError
from pairstream_training.feature_files import list_feature_files, read_labelled

Columns = dict[str, np.ndarray]


def test_reads_every_day_in_the_order_of_the_pipeline(feature_folder: Path, names: tuple[str, ...]) -> None:
    backwards = names[::-1]
    table = read_labelled(list_feature_files(feature_folder), backwards)
    assert table.features.shape == (3 * ROWS_PER_DAY, 70)
    for position, day in enumerate((5, 6, 7)):
        rows = slice(position * ROWS_PER_DAY, (position + 1) * ROWS_PER_DAY)
        columns = day_columns(names, day)
        np.testing.assert_array_equal(table.features[rows], np.stack([columns[name] for name in backwards], axis=1))
        np.testing.assert_array_equal(table.labels[rows, 2], columns["label_quote"])
        assert set(table.day[rows]) == {day}


def test_a_stream_reads_as_a_file_does(feature_folder: Path, names: tuple[str, ...], tmp_path: Path) -> None:
    write_day(tmp_path / "features-00005.arrow", day_columns(names, 5), as_stream=True)
    stream = read_labelled(list_feature_files(tmp_path), names)
    file = read_labelled([feature_folder / "features-00005.arrow"], names)
    np.testing.assert_array_equal(stream.features, file.features)


def without(columns: Columns) -> None:
    del columns["te_media_like"]


def as_double(columns: Columns) -> None:
    columns["dt_dow"] = columns["dt_dow"].astype(np.float64)


def infinite(columns: Columns) -> None:
    columns["ff_a_ratio"][17] = np.inf


def labelled_two(columns: Columns) -> None:
    columns["label_like"][3] = 2


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (without, "no column 'te_media_like'"),
        (as_double, "column 'dt_dow' is double, expected float"),
        (infinite, "row 17, column ff_a_ratio: inf"),
        (labelled_two, "a label is 2, expected 0 or 1"),
    ],
)
def test_another_layout_is_refused_by_name(
    spoil: Callable[[Columns], None], message: str, names: tuple[str, ...], tmp_path: Path
) -> None:
    columns = day_columns(names, 5)
    spoil(columns)
    path = tmp_path / "features-00005.arrow"
    write_day(path, columns)
    with pytest.raises(TrainingError, match=f"features-00005.arrow: .*{message}"):
        read_labelled([path], names)


@pytest.mark.parametrize("as_stream", [False, True])
def test_half_a_file_is_refused(names: tuple[str, ...], tmp_path: Path, as_stream: bool) -> None:
    path = tmp_path / "features-00005.arrow"
    write_day(path, day_columns(names, 5), as_stream=as_stream)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TrainingError, match="cannot be read as Arrow IPC"):
        read_labelled([path], names)


def test_a_folder_without_feature_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no features-\*\.arrow"):
        list_feature_files(tmp_path)
