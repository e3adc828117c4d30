import os
import re

import pytest

from pairstream_backends.errors import ModelError
from pairstream_backends.fil_options import FilOptions, read_fil_options
from pairstream_backends.parameters import Parameters

CORES = len(os.sched_getaffinity(0))
CLASSIFIER = {"is_classifier": "true", "threshold": "0.25"}


def read(values: dict[str, str]) -> FilOptions:
    return read_fil_options(Parameters(values))


def test_reads_a_classifier_with_its_defaults() -> None:
    assert read(CLASSIFIER) == FilOptions(is_classifier=True, predict_proba=False, threshold=0.25, thread_count=CORES)


def test_a_threshold_may_be_missing_where_it_means_nothing() -> None:
    assert read({"is_classifier": "false"}).threshold == 0.5


def test_takes_the_name_from_before_triton_25_09() -> None:
    assert read({"output_class": "true", "threshold": "0.5"}).is_classifier
    assert read({**CLASSIFIER, "output_class": "true"}).is_classifier


@pytest.mark.parametrize(("value", "threads"), [("-1", CORES), ("0", CORES), ("1", 1), ("1000", CORES)])
def test_reads_the_number_of_threads(value: str, threads: int) -> None:
    assert read({**CLASSIFIER, "cpu_nthread": value}).thread_count == threads


def test_passes_over_what_is_for_a_gpu_or_unknown() -> None:
    for_gpu = {"layout": "layered", "chunk_size": "32", "transfer_threshold": "0", "algo": "ALGO_AUTO", "so": "what"}
    assert read({**CLASSIFIER, **for_gpu}) == read(CLASSIFIER)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, 'parameters.is_classifier is missing, expected "true" or "false"'),
        ({"is_classifier": "True"}, 'parameters.is_classifier is "True", expected "true" or "false"'),
        (
            {"is_classifier": "true"},
            "parameters.threshold is missing, expected a number, as parameters.is_classifier is true",
        ),
        ({**CLASSIFIER, "threshold": "half"}, 'parameters.threshold is "half", expected a number'),
        ({**CLASSIFIER, "predict_proba": "yes"}, 'parameters.predict_proba is "yes", expected "true" or "false"'),
        ({**CLASSIFIER, "cpu_nthread": "two"}, 'parameters.cpu_nthread is "two", expected a whole number >= -1'),
        (
            {**CLASSIFIER, "output_class": "false"},
            'parameters.output_class is "false", expected the value of parameters.is_classifier, true',
        ),
    ],
)
def test_says_in_one_sentence_what_is_wrong(values: dict[str, str], sentence: str) -> None:
    with pytest.raises(ModelError, match=f"^{re.escape(sentence)}$"):
        read(values)
