"""Request to `import`, and its result for one model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pairstream_training.errors import TrainingError
from pairstream_training.feature_files import FeatureTable, read_labelled

VERSION = "1"
_SAMPLE_ROWS = 20_000


@dataclass(frozen=True)
class ImportRequest:
    """Options of `import` that hold for every model."""

    repository: Path
    features: Path
    """The feature file that models are checked on."""
    columns: tuple[str, ...]
    """The features in that file, in its order."""
    names: tuple[str, ...] | None
    """Features of `--feature-names` in input order, for models without feature names; None without the option."""
    rounds: str | int
    missing: float
    tolerance: float
    seed: int
    apply_sigmoid: bool

    def names_for(self, path: Path, names: tuple[str, ...] | None, feature_count: int | None) -> tuple[str, ...]:
        """Return the features that a model reads, in the order of its input.

        `names` and `feature_count` are what the model says itself. Raises TrainingError if they do not fit the feature
        file or the option.
        """
        chosen = names or self.names
        if chosen is None:
            if feature_count not in {None, len(self.columns)}:
                raise TrainingError(
                    f"{path}: a model of {feature_count} features without names, expected names "
                    f"or the {len(self.columns)} features of {self.features} in their order; name them with "
                    "--feature-names"
                )
            return self.columns
        if feature_count not in {None, len(chosen)}:
            source = "its names" if names is not None else "--feature-names"
            raise TrainingError(f"{path}: a model of {feature_count} features, expected the {len(chosen)} of {source}")
        unknown = [name for name in chosen if name not in self.columns]
        if unknown:
            raise TrainingError(f"{self.features}: no features {', '.join(unknown)}, which a model reads")
        return chosen

    def read_rows(self, names: Sequence[str]) -> FeatureTable:
        """Read the rows to check a model on. Raises TrainingError if the file has no rows."""
        table = read_labelled([self.features], tuple(names))
        if table.row_count == 0:
            raise TrainingError(f"{self.features}: no rows, expected some to check the model on")
        return table

    def draw(self, table: FeatureTable) -> npt.NDArray[np.int64]:
        """Draw the numbers of the rows that a model is checked on."""
        generator = np.random.default_rng([self.seed, 20])
        size = min(_SAMPLE_ROWS, table.row_count)
        drawn: npt.NDArray[np.int64] = np.sort(generator.choice(table.row_count, size=size, replace=False))
        return drawn


@dataclass(frozen=True)
class ImportedModel:
    """A model folder that was written."""

    name: str
    bytes: int
    """Size of all files."""
    features: tuple[str, ...]
    output_count: int
    """Outputs of the given models."""
    width: int
    """Columns of the served output, a multiple of four."""
    target: str | None
    """The only target of the model; None for all four."""
    probabilities: npt.NDArray[np.floating]
    """[rows, 4] of the rows of the feature file, bags averaged."""
    labels: npt.NDArray[np.uint8]
    sources: tuple[str, ...]
    """A line about each given file."""
    checked: str
    """Line with the largest difference between the served forms and the given models."""
    warnings: tuple[str, ...]

    def describe(self, repository: Path) -> list[str]:
        """Return lines of text about a model in a repository."""
        size = f"{self.bytes / 1e6:.1f} MB, {len(self.features)} features, {self.output_count} outputs"
        return [*self.sources, f"{repository / self.name}: {size}", self.checked]
