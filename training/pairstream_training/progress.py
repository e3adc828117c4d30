"""Progress of a training: a bar on a terminal, a few plain lines elsewhere."""

import sys
import time
from types import TracebackType

from tqdm import tqdm

_LINES = 10


class Progress:
    """Counts steps on stderr; a context manager."""

    def __init__(self, label: str, total: int, unit: str = "trees") -> None:
        self._label = label
        self._unit = unit
        self._total = total
        self._done = 0
        self._started = time.monotonic()
        is_terminal = sys.stderr.isatty()
        self._bar = tqdm(total=total, desc=label, unit=f" {unit}") if is_terminal else None

    def step(self) -> None:
        """Count one step."""
        self._done += 1
        if self._bar is not None:
            self._bar.update()
        elif self._done * _LINES // self._total != (self._done - 1) * _LINES // self._total:
            seconds = time.monotonic() - self._started
            print(f"{self._label}: {self._done}/{self._total} {self._unit}, {seconds:.0f} s", file=sys.stderr)

    def __enter__(self) -> "Progress":
        """Start."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()
