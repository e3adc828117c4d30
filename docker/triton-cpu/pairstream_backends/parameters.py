"""Reads `parameters` of a model's configuration: strings, each with its own rule."""

import json
import math
from collections.abc import Mapping

from pairstream_backends.errors import ModelError

_TRUE = ("true", "on", "1")
_FALSE = ("false", "off", "0")


class Parameters:
    """The string values by key. Every reader raises ModelError for a value it cannot take."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, key: str) -> str | None:
        """Give a value as it is written, None where the key is absent."""
        return self._values.get(key)

    def exact_flag(self, key: str) -> bool | None:
        """Read `true` or `false`, written exactly so; None where the key is absent."""
        text = self.text(key)
        if text is None:
            return None
        if text not in ("true", "false"):
            raise self.problem(key, '"true" or "false"')
        return text == "true"

    def flag(self, key: str, default: bool) -> bool:
        """Read true, on or 1, or false, off or 0, in any case of letters."""
        text = self.text(key)
        if text is None:
            return default
        if text.lower() not in _TRUE + _FALSE:
            raise self.problem(key, f"one of {', '.join(_TRUE + _FALSE)}")
        return text.lower() in _TRUE

    def whole_number(self, key: str, default: int, at_least: int, at_most: int | None = None) -> int:
        """Read a whole number within bounds, ends included."""
        text = self.text(key)
        if text is None:
            return default
        expected = f"a whole number >= {at_least}" if at_most is None else f"a whole number {at_least} to {at_most}"
        try:
            value = int(text)
        except ValueError:
            raise self.problem(key, expected) from None
        if value < at_least or (at_most is not None and value > at_most):
            raise self.problem(key, expected)
        return value

    def number(self, key: str) -> float | None:
        """Read a finite number; None where the key is absent."""
        text = self.text(key)
        if text is None:
            return None
        try:
            value = float(text)
        except ValueError:
            raise self.problem(key, "a number") from None
        if not math.isfinite(value):
            raise self.problem(key, "a finite number")
        return value

    def problem(self, key: str, expected: str) -> ModelError:
        """Make the error about a value: key, what was seen, what was expected."""
        text = self.text(key)
        seen = "missing" if text is None else json.dumps(text)
        return ModelError(f"parameters.{key} is {seen}, expected {expected}")
