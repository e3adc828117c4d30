"""Forests that XGBoost wrote, run by XGBoost's own predictor."""

import json
from pathlib import Path

import xgboost as xgb

from pairstream_backends.errors import ModelError, RequestError
from pairstream_backends.forest import Rows, Values
from pairstream_backends.model_file import short_name


class XgboostForest:
    """A booster of trees."""

    library = f"XGBoost {xgb.__version__}"

    def __init__(self, path: Path, thread_count: int) -> None:
        """Read a .ubj or .json file. Raises ModelError for what is no XGBoost model, or one without trees."""
        try:
            self._booster = xgb.Booster({"device": "cpu", "nthread": thread_count}, model_file=path)
        except xgb.core.XGBoostError as error:
            raise ModelError(f"{short_name(path)} cannot be read by {self.library}: {_first_line(error)}") from error
        learner = json.loads(self._booster.save_config())["learner"]
        if learner["gradient_booster"]["name"] not in ("gbtree", "dart"):
            kind = learner["gradient_booster"]["name"]
            raise ModelError(f"{short_name(path)} holds a booster {kind}, expected trees: gbtree or dart")
        if learner["objective"]["name"] == "multi:softmax":
            # It would answer classes; FIL wants the probabilities behind them.
            self._booster.set_param({"objective": "multi:softprob"})
        self.is_logistic = (
            learner["gradient_booster"]["name"] == "gbtree" and learner["objective"]["name"] == "binary:logistic"
        )
        """Whether it is the logistic function of a plain sum of trees."""
        sizes = learner["learner_model_param"]
        self.feature_count = self._booster.num_features()
        self.output_count = max(1, int(sizes["num_class"]), int(sizes["num_target"]))

    def predict(self, rows: Rows) -> Values:
        """Give [rows, outputs]. Raises RequestError."""
        try:
            # The number of features was checked; names are not looked at, as FIL does not.
            values: Values = self._booster.inplace_predict(rows, validate_features=False, strict_shape=True)
        except xgb.core.XGBoostError as error:
            raise RequestError(_first_line(error)) from error
        return values


def _first_line(error: Exception) -> str:
    """Give the message without the stack trace that XGBoost adds."""
    return str(error).split("\n", 1)[0]
