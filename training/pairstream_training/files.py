"""Writes files and folders completely or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a path to write a file to. At the end it replaces the old file; after an error the old file stays."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder to fill. At the end it replaces the old folder; after an error the old folder stays."""
    partial = path.with_name(f".{path.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        yield partial
        shutil.rmtree(path, ignore_errors=True)
        partial.rename(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file completely or not at all."""
    with whole_file(path) as partial:
        partial.write_bytes(content)


def write_arrow(path: Path, table: pa.Table) -> None:
    """Write a table as an Arrow IPC file, completely or not at all."""
    with (
        whole_file(path) as partial,
        pa.OSFile(str(partial), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table)
