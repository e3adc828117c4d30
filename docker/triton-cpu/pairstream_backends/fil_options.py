"""The parameters of a FIL model that mean something on a CPU. FIL's others, and unknown ones, are passed over."""

from dataclasses import dataclass

from pairstream_backends.errors import ModelError
from pairstream_backends.parameters import Parameters
from pairstream_backends.processors import core_count


@dataclass(frozen=True)
class FilOptions:
    """How a forest answers."""

    is_classifier: bool
    predict_proba: bool
    """Whether probabilities are answered, not classes. Only classifiers have both."""
    threshold: float
    """A binary classifier that answers classes says 1 above it."""
    thread_count: int


def read_fil_options(parameters: Parameters) -> FilOptions:
    """Read and check them as FIL does. Raises ModelError."""
    is_classifier = _is_classifier(parameters)
    threshold = parameters.number("threshold")
    if is_classifier and threshold is None:
        raise ModelError("parameters.threshold is missing, expected a number, as parameters.is_classifier is true")
    return FilOptions(
        is_classifier=is_classifier,
        predict_proba=parameters.exact_flag("predict_proba") or False,
        threshold=0.5 if threshold is None else threshold,
        thread_count=_thread_count(parameters),
    )


def _is_classifier(parameters: Parameters) -> bool:
    """Read `is_classifier`, which was called `output_class` before Triton 25.09; files for both have both."""
    new, old = parameters.exact_flag("is_classifier"), parameters.exact_flag("output_class")
    if new is not None and old is not None and new != old:
        raise parameters.problem("output_class", f"the value of parameters.is_classifier, {str(new).lower()}")
    value = old if new is None else new
    if value is None:
        raise parameters.problem("is_classifier", '"true" or "false"')
    return value


def _thread_count(parameters: Parameters) -> int:
    """Read `cpu_nthread`: -1 is all cores, and so are more threads than there are cores."""
    asked = parameters.whole_number("cpu_nthread", default=-1, at_least=-1)
    return core_count() if asked <= 0 else min(asked, core_count())
