import re
from collections.abc import Callable

import pytest

from pairstream_backends.errors import ModelError
from pairstream_backends.parameters import Parameters


def test_reads_what_is_there_and_gives_defaults_for_the_rest() -> None:
    parameters = Parameters({"exact": "true", "loose": "OFF", "count": "3", "number": "-0.25"})
    assert parameters.exact_flag("exact") is True
    assert parameters.exact_flag("absent") is None
    assert parameters.flag("loose", True) is False
    assert parameters.flag("absent", True) is True
    assert parameters.whole_number("count", 1, 0) == 3
    assert parameters.whole_number("absent", 1, 0) == 1
    assert parameters.number("number") == -0.25
    assert parameters.number("absent") is None


@pytest.mark.parametrize(
    ("read", "seen", "expected"),
    [
        (lambda p: p.exact_flag("key"), "True", '"true" or "false"'),
        (lambda p: p.exact_flag("key"), "1", '"true" or "false"'),
        (lambda p: p.flag("key", True), "yes", "one of true, on, 1, false, off, 0"),
        (lambda p: p.whole_number("key", 0, -1), "-2", "a whole number >= -1"),
        (lambda p: p.whole_number("key", 0, 0), "1.5", "a whole number >= 0"),
        (lambda p: p.whole_number("key", 0, 0, 1), "2", "a whole number 0 to 1"),
        (lambda p: p.number("key"), "half", "a number"),
        (lambda p: p.number("key"), "nan", "a finite number"),
    ],
)
def test_says_in_one_sentence_what_is_wrong(read: Callable[[Parameters], object], seen: str, expected: str) -> None:
    sentence = f'parameters.key is "{seen}", expected {expected}'
    with pytest.raises(ModelError, match=f"^{re.escape(sentence)}$"):
        read(Parameters({"key": seen}))
