"""The two stages of models, and the answer as their weighted sum."""

from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from python_gateway.features import FeatureRows, Features
from python_gateway.models import TARGET_COUNT, Forest, Net, mean_of_bags
from python_gateway.pipeline import Pipeline
from python_gateway.requests import Array, Batch


class Ensemble:
    """Answers batches by all models of a pipeline file."""

    def __init__(self, pipeline: Pipeline, threads: int) -> None:
        """Load statistics and models. Models of a stage run on `threads` threads, each model on one at a time."""
        self._pipeline = pipeline
        self._features = Features(pipeline)
        self._pool = ThreadPoolExecutor(threads, "models")
        self._forests: dict[str, Forest] = {}
        self._nets: dict[str, Net] = {}
        for name, model in pipeline.models.items():
            if (model.folder / "model.onnx").exists():
                self._nets[name] = Net(model, self._features)
            else:
                self._forests[name] = Forest(model, self._features)

    def answer(self, batch: Batch) -> Array:
        """Return the probabilities [pairs, TARGET_COUNT] of a batch. Any number of threads may call."""
        rows = self._features.compute(batch)
        answers: dict[str, Array] = {}
        for stage in self._pipeline.stages:
            running: dict[str, Future[Array]] = {
                name: self._pool.submit(self._run, name, rows, answers) for name in stage
            }
            answers = answers | {name: future.result() for name, future in running.items()}
        answer = np.zeros((batch.pair_count, TARGET_COUNT), np.float32)
        for name, weights in self._pipeline.weights.items():
            answer += answers[name] * np.array(weights, np.float32)
        return answer

    def _run(self, name: str, rows: FeatureRows, answers: dict[str, Array]) -> Array:
        forest = self._forests.get(name)
        if forest is not None:
            return forest.answer(rows, answers)
        tower = next((each.tower for each in self._pipeline.models[name].inputs if each.tower), None)
        vectors = None if tower is None else self._nets[tower].run(rows)
        return mean_of_bags(self._nets[name].run(rows, vectors))
