"""How the engines say something."""

from collections.abc import Callable
from typing import TypeAlias

Log: TypeAlias = Callable[[str], None]
"""Writes a line of level INFO into the server's log."""
