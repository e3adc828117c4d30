"""Feature files of the documented layout, made up: labels depend on some of the columns."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import xgboost as xgb

from pairstream_training.feature_contract import CATALOGUE_KEY, VOCABULARY_KEY, gateway_catalogue, sha256_of
from pairstream_training.feature_days import DayRange
from pairstream_training.merge import OutputForest
from pairstream_training.targets import TARGETS
from pairstream_training.training_record import TrainingRecord

REPOSITORY = Path(__file__).resolve().parents[2]
PIPELINE = REPOSITORY / "pipelines" / "recsys2021.yaml"
VOCABULARY = REPOSITORY / "pipelines" / "recsys2021" / "vocab.txt"
ROWS_PER_DAY = 3_000
BASE_MARGINS = (-3.0, -2.2, -4.5, -0.4)


RECORD = TrainingRecord(DayRange(5, 7), 9_000)


def outputs_of(boosters: Sequence[xgb.Booster], feature_count: int) -> list[OutputForest]:
    """Make an output of every booster, which sees all columns."""
    return [OutputForest((booster,), tuple(range(feature_count))) for booster in boosters]


def day_columns(names: tuple[str, ...], day: int) -> dict[str, np.ndarray]:
    """Make one day's columns in their order."""
    generator = np.random.default_rng([7, day])
    features = generator.gamma(2.0, 1.0, size=(ROWS_PER_DAY, len(names))).astype(np.float32)
    features[generator.random(features.shape) < 0.02] = np.nan
    columns: dict[str, np.ndarray] = {name: features[:, f].copy() for f, name in enumerate(names)}
    columns["as_of_s"] = 1_613_000_000.0 + 86_400.0 * day + np.sort(generator.uniform(0, 86_400, ROWS_PER_DAY))
    columns["author_follower_count"] = generator.integers(0, 10_000, ROWS_PER_DAY).astype(np.float64)
    for t, target in enumerate(TARGETS):
        margin = BASE_MARGINS[t] + 0.8 * np.nan_to_num(features[:, 30 + t]) - 0.5 * np.nan_to_num(features[:, t])
        columns[f"label_{target}"] = (generator.random(ROWS_PER_DAY) < 1 / (1 + np.exp(-margin))).astype(np.uint8)
    columns["day"] = np.full(ROWS_PER_DAY, day, dtype=np.int32)
    return columns


def contract_metadata(vocabulary: Path = VOCABULARY) -> dict[bytes, bytes]:
    """Make the metadata of a feature file of this gateway."""
    return {CATALOGUE_KEY: gateway_catalogue().encode(), VOCABULARY_KEY: sha256_of(vocabulary).encode()}


def write_day(path: Path, columns: dict[str, np.ndarray], *, as_stream: bool = False) -> None:
    """Write columns as Arrow IPC in record batches of 1,000 rows."""
    table = pa.table(columns).replace_schema_metadata(contract_metadata())
    new = pa.ipc.new_stream if as_stream else pa.ipc.new_file
    with pa.OSFile(str(path), "wb") as sink, new(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=1_000)
