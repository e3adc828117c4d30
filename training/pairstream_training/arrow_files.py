"""Opens Arrow IPC files."""

from pathlib import Path

import pyarrow as pa

from pairstream_training.errors import TrainingError

_FILE_MAGIC = b"ARROW1"


def open_arrow(path: Path) -> pa.Table:
    """Map an Arrow IPC file or stream into memory; raises TrainingError for any other file and for a truncated one."""
    try:
        source = pa.memory_map(str(path))
        is_file = source.read(len(_FILE_MAGIC)) == _FILE_MAGIC
        source.seek(0)
        reader = pa.ipc.open_file(source) if is_file else pa.ipc.open_stream(source)
        return reader.read_all()
    except (OSError, pa.ArrowException) as error:
        raise TrainingError(f"{path}: cannot be read as Arrow IPC: {error}") from error
