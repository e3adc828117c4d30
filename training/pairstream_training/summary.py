"""Table at the end of `make train`: rows, rounds, time and RCE of each model."""

from collections.abc import Mapping, Sequence
from typing import Any

from pairstream_training.targets import TARGETS

_HEAD = ("model", "rows", "trained for", "time", *TARGETS, "mean")
_TEXT_COLUMNS = (0, 2)
_NONE = "-"
_MINUTE_S = 60


def summary_lines(reports: Sequence[Mapping[str, Any]], evaluation: Mapping[str, Any]) -> list[str]:
    """Return the table of the reports of `train --json` and `train-net --json`, and of `./pairstream evaluate --json`.

    The RCE of a model is from the evaluation, or from the held-out days of its own training if the evaluation does not
    have the model.
    """
    members = {member["name"]: member for member in evaluation.get("members", [])}
    rows = [_HEAD, *(_model_row(report, members.get(report["model"])) for report in reports)]
    rows.append(("all of them", str(evaluation["rowCount"]), "evaluated", "", *_rce_of(evaluation)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    others = sorted(report["model"] for report in reports if report["model"] not in members)
    note = f" ({', '.join(others)}: on the held-out days of their training)" if others else ""
    return [
        f"RCE in per cent on {evaluation['rowCount']} rows later than all training{note}:",
        *(_line(row, widths) for row in rows),
    ]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (
        cell.ljust(width) if column in _TEXT_COLUMNS else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()


def _model_row(report: Mapping[str, Any], member: Mapping[str, Any] | None) -> tuple[str, ...]:
    scores = _held_out(report) if member is None else _rce_of(member)
    return (
        report["model"],
        str(report["training_rows"]),
        _length(report["parameters"]),
        _time(report["seconds"]),
        *scores,
    )


def _length(parameters: Mapping[str, Any]) -> str:
    if "epochs" in parameters:
        count = parameters["epochs"]
        return f"{count} epoch" if count == 1 else f"{count} epochs"
    counts = parameters["tree_counts"]
    return f"{counts[0] if len(set(counts)) == 1 else '/'.join(map(str, counts))} trees"


def _time(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < _MINUTE_S else f"{whole // _MINUTE_S} min {whole % _MINUTE_S} s"


def _rce_of(scored: Mapping[str, Any]) -> tuple[str, ...]:
    by_target = {target["target"]: target["rce"]["value"] for target in scored["targets"]}
    return (*(_score(by_target.get(target)) for target in TARGETS), _score(scored["meanRce"]["value"]))


def _held_out(report: Mapping[str, Any]) -> tuple[str, ...]:
    scores = [target["rce"] for target in report["test"]] or [None] * len(TARGETS)
    known = [score for score in scores if score is not None]
    mean = sum(known) / len(known) if len(known) == len(TARGETS) else None
    return (*map(_score, scores), _score(mean))


def _score(value: float | None) -> str:
    return _NONE if value is None else f"{value:.2f}"
