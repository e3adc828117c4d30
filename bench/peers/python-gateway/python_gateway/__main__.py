"""Starts the gateway: python -m python_gateway --help. Prints `listening on PORT`; ends at SIGTERM."""

import argparse
import asyncio
import os
import signal
from pathlib import Path

from python_gateway.batcher import Batcher
from python_gateway.ensemble import Ensemble
from python_gateway.pipeline import read_pipeline
from python_gateway.service import start_server

_SLOTS = 2
_GRACE_S = 5


async def serve(pipeline: Path, port: int, largest_batch: int) -> None:
    """Serve until the process is told to end."""
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    ensemble = Ensemble(read_pipeline(pipeline), threads)
    server, bound = await start_server(Batcher(ensemble.answer, _SLOTS, largest_batch), port)
    ended = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, ended.set)
    print(f"listening on {bound}", flush=True)
    await ended.wait()
    await server.stop(_GRACE_S)


def main() -> None:
    """Serve with the options of the command line."""
    parser = argparse.ArgumentParser("python_gateway")
    parser.add_argument("--pipeline", type=Path, required=True, help="pipeline file")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument(
        "--largest-batch",
        type=int,
        default=1_024,
        help="pairs of a batch of several messages; 1 answers each message alone (default: 1024)",
    )
    options = parser.parse_args()
    asyncio.run(serve(options.pipeline, options.port, options.largest_batch))


main()
