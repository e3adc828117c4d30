"""Forests of other libraries, run by treelite's general tree inference library."""

from pathlib import Path

import numpy as np
import treelite

from pairstream_backends.errors import ModelError
from pairstream_backends.fil_files import ForestFormat
from pairstream_backends.forest import Rows, Values
from pairstream_backends.model_file import short_name


class TreeliteForest:
    """A treelite model with one target."""

    library = f"treelite {treelite.__version__}"

    def __init__(self, path: Path, forest_format: ForestFormat, thread_count: int) -> None:
        """Read a LightGBM model or a treelite checkpoint. Raises ModelError."""
        try:
            self._model = _read(path, forest_format)
        except treelite.TreeliteError as error:
            raise ModelError(
                f"{short_name(path)} cannot be read as a {forest_format.value} model by {self.library}: {error}"
            ) from error
        header = self._model.get_header_accessor()
        target_count = int(header.get_field("num_target")[0])
        if target_count != 1:
            raise ModelError(f"{short_name(path)} has {target_count} targets, expected 1, as FIL reads no more")
        self._thread_count = thread_count
        self.feature_count = int(self._model.num_feature)
        self.output_count = int(header.get_field("num_class")[0])

    def predict(self, rows: Rows) -> Values:
        """Give [rows, outputs]."""
        # [rows, targets, classes], in doubles where the model has doubles.
        values = treelite.gtil.predict(self._model, rows, nthread=self._thread_count)
        return np.ascontiguousarray(values.reshape(len(rows), self.output_count), dtype=np.float32)


def _read(path: Path, forest_format: ForestFormat) -> treelite.Model:
    if forest_format is ForestFormat.LIGHTGBM:
        return treelite.frontend.load_lightgbm_model(path)
    return treelite.Model.deserialize(path)
