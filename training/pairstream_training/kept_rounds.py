"""Chooses the boosting rounds of a model file that are imported."""

from dataclasses import dataclass
from pathlib import Path

from pairstream_training.errors import TrainingError

BEST = "best"
ALL = "all"


@dataclass(frozen=True)
class KeptRounds:
    """Number of imported rounds, and number of rounds in the file."""

    path: Path
    library: str
    kept: int
    present: int
    trees_per_round: int
    reason: str | None = None
    """Reason for left-out rounds; None if all are kept."""

    def describe(self) -> str:
        """Return the numbers of kept and present trees in one line."""
        kept, present = self.kept * self.trees_per_round, self.present * self.trees_per_round
        return f"{self.path}: {self.library}, {kept} of {present} trees"

    def warning(self) -> str | None:
        """Return a warning if rounds are left out, else None."""
        return None if self.reason is None else f"{self.describe()} are kept: {self.reason}"


def parse_rounds(text: str) -> str | int:
    """Read `best`, `all` or the number of rounds to keep, at least 1. Raises TrainingError."""
    if text in (BEST, ALL):
        return text
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise TrainingError(f"--rounds is {text!r}, expected {BEST}, {ALL} or a number of rounds from 1 on")


def choose_rounds(path: Path, rounds: str | int, present: int, best_iteration: str | None) -> tuple[int, str | None]:
    """Return the number of first rounds to keep, and the reason if rounds are left out.

    `best_iteration` is the file's record of early stopping, from 0. Raises TrainingError if `rounds` exceeds the
    rounds of the file.
    """
    if isinstance(rounds, int):
        if rounds > present:
            raise TrainingError(f"{path}: {present} rounds, expected at least the {rounds} of --rounds")
        return rounds, None if rounds == present else f"--rounds is {rounds}"
    if rounds == ALL or best_iteration is None:
        return present, None
    if not best_iteration.isdecimal() or int(best_iteration) >= present:
        raise TrainingError(
            f"{path}: best_iteration is {best_iteration}, expected less than the {present} rounds of the file; "
            "keep all with --rounds all"
        )
    kept = int(best_iteration) + 1
    reason = (
        f"best_iteration of early stopping is {best_iteration}; if training went on after early stopping, "
        "keep all with --rounds all"
    )
    return kept, None if kept == present else reason
