import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pairstream_training.cli import commands
from pairstream_training.errors import TrainingError
from pairstream_training.summary import summary_lines
from pairstream_training.targets import TARGETS

FOREST = {
    "model": "xgb1", "training_rows": 120_000, "seconds": 59.6, "parameters": {"tree_counts": [60, 60, 60, 60]},
    "test": [{"target": target, "rce": 1.0 + t} for t, target in enumerate(TARGETS)],
}  # fmt: skip
NET = {**FOREST, "model": "nn1", "seconds": 8.2, "parameters": {"epochs": 1}, "test": []}


def scored(first: float) -> dict[str, object]:
    targets = [{"target": target, "rce": {"value": first + t}} for t, target in enumerate(TARGETS)]
    return {"targets": targets, "meanRce": {"value": first + 1.5}}


EVALUATION = {"rowCount": 5000, **scored(20), "members": [{"name": "xgb1", **scored(10)}]}


def test_a_table_of_models_that_the_evaluation_knows_and_others() -> None:
    uneven = {**FOREST, "model": "xgb2", "seconds": 605.4, "parameters": {"tree_counts": [642, 998, 479, 483]}}
    assert summary_lines([FOREST, uneven, NET], EVALUATION) == [
        "RCE in per cent on 5000 rows later than all training (nn1, xgb2: on the held-out days of their training):",
        "model          rows  trained for                  time  reply  retweet  quote   like   mean",
        "xgb1         120000  60 trees                1 min 0 s  10.00    11.00  12.00  13.00  11.50",
        "xgb2         120000  642/998/479/483 trees  10 min 5 s   1.00     2.00   3.00   4.00   2.50",
        "nn1          120000  1 epoch                       8 s      -        -      -      -      -",
        "all of them    5000  evaluated                          20.00    21.00  22.00  23.00  21.50",
    ]


def test_the_head_names_no_models_that_the_evaluation_knows() -> None:
    assert summary_lines([FOREST], EVALUATION)[0] == "RCE in per cent on 5000 rows later than all training:"


def test_a_target_that_could_not_be_measured_has_no_mean() -> None:
    report = {**FOREST, "test": [{**FOREST["test"][0], "rce": None}, *FOREST["test"][1:]]}  # type: ignore[index]
    line = summary_lines([report], {"rowCount": 1, **scored(0)})[2]
    assert line.split()[-5:] == ["-", "2.00", "3.00", "4.00", "-"]


def test_the_command_leaves_absent_reports_out(tmp_path: Path) -> None:
    (tmp_path / "xgb1.json").write_text(json.dumps(FOREST))
    (tmp_path / "evaluation.json").write_text(json.dumps(EVALUATION))
    paths = [str(tmp_path / f"{name}.json") for name in ("xgb1", "absent")]
    result = CliRunner().invoke(commands, ["summary", *paths, "--evaluation", str(tmp_path / "evaluation.json")])
    assert [line.split()[0] for line in result.output.splitlines()] == ["RCE", "model", "xgb1", "all"]


@pytest.mark.parametrize(
    ("report", "message"),
    [("{", "xgb1.json: cannot be read as JSON"), ("{}", "expected what --json prints")],
)
def test_other_files_are_one_line(report: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "xgb1.json").write_text(report)
    (tmp_path / "evaluation.json").write_text(json.dumps(EVALUATION))
    arguments = ["summary", str(tmp_path / "xgb1.json"), "--evaluation", str(tmp_path / "evaluation.json")]
    result = CliRunner().invoke(commands, arguments)
    assert isinstance(result.exception, TrainingError)
    assert message in str(result.exception)
