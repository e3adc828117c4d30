"""Runs forests by XGBoost on one thread: measures inplace_predict, or writes its answers.

Usage: xgboost_forests.py
Reads one JSON object per line from standard input and answers each by one line of JSON:
  {"forests": [{"name", "model", "rows", "width"}]}
      loads model files, and files of rows (little-endian float32, row by row); answers {"version"}
  {"measure": [NAME, ...], "rowCount", "callCount", "cpuMs"}
      calls the forests one after another with the next rowCount rows, callCount times, until cpuMs have passed;
      answers {"usPerRow"}: CPU time of this thread per row, of all the forests together
  {"predict": NAME, "margins": PATH, "probabilities": PATH}
      computes all rows and writes little-endian float32; answers {}
Ends at the end of the input.
"""

import json
import sys
import time
from typing import Any

import numpy as np
import xgboost


class _Forest:
    """A model with its rows, and the place of the next call in them."""

    def __init__(self, model: str, rows: str, width: int) -> None:
        self.booster = xgboost.Booster({"nthread": 1}, model_file=model)
        self.rows = np.fromfile(rows, "<f4").reshape(-1, width)
        self.at = 0

    def call(self, count: int) -> None:
        if self.at + count > len(self.rows):
            self.at = 0
        self.booster.inplace_predict(self.rows[self.at : self.at + count])
        self.at += count

    def write(self, kind: str, path: str) -> None:
        answers = self.booster.inplace_predict(self.rows, predict_type=kind)
        np.ascontiguousarray(answers, "<f4").tofile(path)


def measure(forests: list[_Forest], row_count: int, call_count: int, cpu_ms: float) -> float:
    """CPU microseconds per row of all the forests together."""
    rows = 0
    started_s = time.thread_time()
    while True:
        for _ in range(call_count):
            for forest in forests:
                forest.call(row_count)
        rows += row_count * call_count
        used_s = time.thread_time() - started_s
        if used_s * 1e3 >= cpu_ms:
            return used_s * 1e6 / rows


def main() -> None:
    """Answer requests until the input ends."""
    forests: dict[str, _Forest] = {}

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if "forests" in request:
            for each in request["forests"]:
                forests[each["name"]] = _Forest(each["model"], each["rows"], each["width"])
            return {"version": xgboost.__version__}
        if "measure" in request:
            chosen = [forests[name] for name in request["measure"]]
            us = measure(chosen, request["rowCount"], request["callCount"], request["cpuMs"])
            return {"usPerRow": us}
        forest = forests[request["predict"]]
        forest.write("margin", request["margins"])
        forest.write("value", request["probabilities"])
        return {}

    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


main()
