"""Answers of an unmodified ONNX model: the reference for its served form."""

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from pairstream_training.errors import TrainingError
from pairstream_training.model_parse import one_line
from pairstream_training.onnx_file import OnnxModel
from pairstream_training.onnx_output import CLASS_COUNT
from pairstream_training.targets import TARGETS

_CHUNK_ROWS = 8_192
_MATRIX_RANK = 2
_ALONE_ROWS = 8
_ALONE_TOLERANCE = 1e-5

Rows = npt.NDArray[np.float32]
Answers = npt.NDArray[np.floating]


class OnnxAnswer:
    """Runs an unmodified model. Of two classes, the column of the positive class is the answer."""

    def __init__(self, model: OnnxModel, sample: Rows) -> None:
        """Load a model, and detect the form of its answers on rows [rows, features].

        Raises TrainingError unless the answers are [rows], [rows, 1], [rows, 2] or [rows, 4], or if a row changes the
        answer of another row.
        """
        self._model = model
        self._session: ort.InferenceSession = model.session()
        probe = sample[:_ALONE_ROWS]
        together = self._run(probe)
        self.is_vector = together.ndim == 1
        width = 1 if self.is_vector else together.shape[-1]
        fits = together.ndim in {1, _MATRIX_RANK} and len(together) == len(probe)
        if not fits or (width not in {1, CLASS_COUNT} and width % len(TARGETS)):
            raise TrainingError(
                f"{model.path}: output {model.output.name} is {list(together.shape)} for {len(probe)} rows, expected "
                "[rows], [rows, 1], [rows, 2] of two classes or [rows, 4] of the four targets"
            )
        self.width = width
        """Columns of the unmodified output."""
        alone = np.concatenate([self._run(probe[at : at + 1]) for at in range(len(probe))])
        if not np.allclose(alone, together, rtol=0, atol=_ALONE_TOLERANCE, equal_nan=True):
            raise TrainingError(
                f"{model.path}: a row has another answer alone than among {len(probe)} rows, expected rows that do not "
                "change each other; export the model for inference: model.eval() (PyTorch)"
            )

    @property
    def output_count(self) -> int:
        """Probabilities per row: 1 of one target, or four (or four per bag)."""
        return 1 if self.width == CLASS_COUNT else self.width

    def __call__(self, rows: Rows) -> Answers:
        """Return the answers [rows, output_count] for features [rows, features]."""
        answers = np.concatenate([self._run(rows[at : at + _CHUNK_ROWS]) for at in range(0, len(rows), _CHUNK_ROWS)])
        if self.is_vector:
            return answers[:, None]
        column = self._model.output.positive_column
        return answers[:, column : column + 1] if self.width == CLASS_COUNT else answers

    def _run(self, rows: Rows) -> Answers:
        given, output = self._model.input, self._model.output
        feeds = {given.name: np.ascontiguousarray(rows, dtype=given.dtype)}
        try:
            (answer,) = self._session.run([output.name], feeds)
        except Exception as error:
            raise TrainingError(
                f"{self._model.path}: cannot run on {len(rows)} rows of {rows.shape[1]} features: {one_line(error)}"
            ) from error
        if output.positive_class is None:
            return np.asarray(answer)
        # The column of the negative class is not used; 1 - p keeps the two columns of the tensor.
        positive = np.array([row[output.positive_class] for row in answer], dtype=np.float32)
        pair = np.stack([1 - positive, positive], axis=1)
        return pair if output.positive_column == 1 else pair[:, ::-1]


def sigmoid(margins: Answers) -> Answers:
    """Convert log odds to probabilities."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-margins.astype(np.float64)))
