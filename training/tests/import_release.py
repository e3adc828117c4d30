"""What `import` reads beside models, and how it is run in this process."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from click.testing import CliRunner, Result
from made_features import VOCABULARY

from pairstream_training.cli import commands
from pairstream_training.feature_files import read_features
from pairstream_training.onnx_served import run_onnx


@dataclass(frozen=True)
class Release:
    """A feature file with the files that `import` wants beside it."""

    features: Path
    names: tuple[str, ...]
    root: Path

    def rows(self) -> np.ndarray:
        """The features with NaN and zeros put in."""
        rows = read_features(self.features, self.names)[:400]
        rows[::3, 0], rows[1::3, 1], rows[2::5] = np.nan, 0, 0
        return rows

    def run(self, *arguments: object, out: str = "repository") -> Result:
        fixed = [
            "import", "--features", self.features, "--feature-names", self.root / "names.txt", "--vocabulary",
            self.root / "vocab.txt", "--statistics", self.root / "statistics.snapshot", "--out", self.root / out,
            "--pipeline-out", self.root / "mine.yaml", "--name", "mine",
        ]  # fmt: skip
        return CliRunner().invoke(commands, [str(argument) for argument in (*fixed, *arguments)])

    def served(self, name: str = "mine") -> np.ndarray:
        graph = (self.root / f"repository/{name}/1/model.onnx").read_bytes()
        return np.asarray(run_onnx(graph, self.rows()))


def make_release(features: Path, names: tuple[str, ...], tmp_path: Path) -> Release:
    """Lay out what `import` reads, for models of six features in another order than the file's."""
    vocabulary = VOCABULARY.read_bytes()
    (tmp_path / "vocab.txt").write_bytes(vocabulary)
    statistics = {"vocabularySha256": hashlib.sha256(vocabulary).hexdigest()}
    (tmp_path / "statistics.snapshot").write_text(json.dumps(statistics) + "\n")
    chosen = (names[30], names[0], names[31], names[2], names[33], names[5])
    (tmp_path / "names.txt").write_text("\n".join(chosen) + "\n")
    return Release(features, chosen, tmp_path)


def run_given(model: onnx.ModelProto, rows: np.ndarray, output: int = -1) -> np.ndarray:
    """What ONNX Runtime answers for a model as it is; of maps the value of class 1."""
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    kind = np.float64 if given.type == "tensor(double)" else np.float32
    answer = session.run(None, {given.name: rows.astype(kind)})[output]
    return np.array([row[1] for row in answer]) if isinstance(answer, list) else np.asarray(answer)
