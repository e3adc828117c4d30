"""Parses files in a child process, because a damaged file may crash a library.

LightGBM aborts on a truncated file; XGBoost requests all memory or reads past the end of the file. The import parses a
file itself only after this process has parsed it without a crash.
"""

import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import xgboost as xgb

from pairstream_training.errors import TrainingError
from pairstream_training.model_formats import ONNX, XGBOOST, ModelFile, read_model_file
from pairstream_training.onnx_file import try_onnx

_LEAST_MEMORY_BYTES = 8 << 30
_MEMORY_PER_BYTE = 64
_TIMEOUT_S = 600
_PLACE = re.compile(
    r"^(\[[\d:]+\] )?(\S+\.(cc|h|cpp|hpp):\d+: )?(\[ONNXRuntimeError\] : \d+ : \w+ : )?(/\S+\.(cc|h):\d+ .*\) )?"
)


def require_parsable(files: Sequence[ModelFile]) -> None:
    """Parse files in a child process. Raises TrainingError for the first one that ends in an error or a crash."""
    environment = {**os.environ, "PYTHONPATH": _with_package(os.environ.get("PYTHONPATH"))}
    try:
        child = subprocess.run(
            [sys.executable, "-m", "pairstream_training.model_parse", *(str(file.path) for file in files)],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env=environment,
            timeout=_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise TrainingError(f"{files[0].path}: not parsed within {_TIMEOUT_S} s; the file may be damaged") from error
    lines = child.stdout.splitlines()
    results = [json.loads(line) for line in lines if line.startswith("{")]
    for file, result in zip(files, results, strict=False):
        if result["is_told"]:
            raise TrainingError(result["error"])
        if result["error"] is not None:
            raise TrainingError(f"{file.path}: cannot be read as a model of {file.library}: {result['error']}")
    if len(results) < len(files):
        file = files[len(results)]
        raise TrainingError(
            f"{file.path}: {file.library} ended with {_ending(child.returncode)} while it parsed the file"
            f"{_last_words(child.stderr)}; the file is damaged: save it again"
        )


def one_line(error: Exception) -> str:
    """Return the message of a library in one line, without its source files and stack trace."""
    first = next((line for line in str(error).splitlines() if line.strip()), "no message")
    return _PLACE.sub("", first.strip()).strip()


def load_xgboost(file: ModelFile) -> xgb.Booster:
    """Parse the content of a file. Raises TrainingError."""
    try:
        return xgb.Booster(model_file=bytearray(file.content))
    except (xgb.core.XGBoostError, ValueError) as error:
        raise TrainingError(f"{file.path}: cannot be read as an XGBoost model: {one_line(error)}") from error


def _with_package(python_path: str | None) -> str:
    package = str(Path(__file__).resolve().parents[1])
    return package if not python_path else f"{package}{os.pathsep}{python_path}"


def _ending(code: int) -> str:
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"status {code}"


def _last_words(stderr: str) -> str:
    said = [line for line in stderr.splitlines() if "[Fatal]" in line or "what():" in line]
    return f" ({said[-1].split('] ')[-1].strip()})" if said else ""


def _limit_memory(content_bytes: int) -> None:
    limit = _LEAST_MEMORY_BYTES + _MEMORY_PER_BYTE * content_bytes
    for kind, most in ((resource.RLIMIT_AS, limit), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(kind)[1]
        if hard == resource.RLIM_INFINITY or hard >= most:
            resource.setrlimit(kind, (most, hard))


def _parse(file: ModelFile) -> None:
    if file.library == ONNX:
        try_onnx(file)
        return
    if file.library == XGBOOST:
        xgb.Booster(model_file=bytearray(file.content)).save_raw("json")
        return
    try:
        # Imported here because only this function needs it, and it needs the system's libgomp.
        import lightgbm  # noqa: PLC0415
    except (ImportError, OSError):
        # The import itself reports how to install the library.
        return
    lightgbm.Booster(model_str=file.content.decode("utf-8", errors="replace")).dump_model()


def _main(paths: Sequence[str]) -> None:
    files = [read_model_file(Path(path)) for path in paths]
    _limit_memory(sum(len(file.content) for file in files))
    for file in files:
        error = None
        is_told = False
        try:
            _parse(file)
        except TrainingError as raised:
            error, is_told = str(raised), True
        except Exception as raised:
            error = one_line(raised)
        sys.stdout.write(json.dumps({"error": error, "is_told": is_told}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main(sys.argv[1:])
