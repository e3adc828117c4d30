"""Records the SHA-256 of every file of a model, which the gateway checks when it loads the model."""

import hashlib
from pathlib import Path

HASH_FILE = "SHA256SUMS"
"""In the format of the tool sha256sum; `pairstream models hash` writes the same file."""

_DERIVED_FILES = {"checkpoint.tl"}


def write_hashes(version: Path) -> None:
    """Write SHA256SUMS of a version folder, without hidden files and without the derived checkpoint.tl."""
    paths = {path.relative_to(version).as_posix(): path for path in version.rglob("*") if path.is_file()}
    covered = sorted(name for name in paths if name not in _DERIVED_FILES | {HASH_FILE} and not _is_hidden(name))
    lines = [f"{hashlib.sha256(paths[name].read_bytes()).hexdigest()}  {name}\n" for name in covered]
    (version / HASH_FILE).write_text("".join(lines), encoding="utf-8", newline="\n")


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))
