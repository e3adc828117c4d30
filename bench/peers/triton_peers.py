"""Drives one model of a Triton server with ready-made tensors, by tritonclient or by perf_analyzer.

Usage: triton_peers.py TOOL TARGET MODEL INPUT_WIDTH OUTPUT_WIDTH ROWS IN_FLIGHT SECONDS TRANSPORT [PERF_ANALYZER]
  TOOL       tritonclient or perf_analyzer
  TRANSPORT  grpc or shared_memory
Prints JSON: rows answered per second, and CPU time of the client per row in microseconds.
"""

import csv
import json
import os
import queue
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np
import tritonclient.grpc as grpcclient
from tritonclient.utils import shared_memory

WARM_UP_S = 2.0
FLOAT_BYTES = 4


def cpu_s(who: int) -> float:
    """CPU time of this process, or of its children that have ended."""
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def run_tritonclient(
    target: str, model: str, widths: tuple[int, int], rows: int, in_flight: int, seconds: float, transport: str
) -> tuple[float, float]:
    """Keep `in_flight` asynchronous requests on their way; return rows per second and CPU microseconds per row."""
    client = grpcclient.InferenceServerClient(target)
    data = np.zeros((rows, widths[0]), np.float32)
    done: queue.Queue[tuple[int, Exception | None]] = queue.Queue()
    lanes = [_Lane(client, lane, data, rows * widths[1] * FLOAT_BYTES, transport) for lane in range(in_flight)]

    def send(lane: int) -> None:
        # The library passes its arguments by name.
        def callback(result: grpcclient.InferResult, error: Exception | None) -> None:
            done.put((lane, error))

        client.async_infer(model, [lanes[lane].input], callback, outputs=[lanes[lane].output])

    def run(until_s: float) -> int:
        count = 0
        while time.perf_counter() < until_s:
            lane, error = done.get()
            if error is not None:
                raise error
            count += 1
            send(lane)
        return count

    for lane in range(in_flight):
        send(lane)
    run(time.perf_counter() + WARM_UP_S)
    before_s, started_s = cpu_s(resource.RUSAGE_SELF), time.perf_counter()
    count = run(started_s + seconds)
    elapsed_s, used_s = time.perf_counter() - started_s, cpu_s(resource.RUSAGE_SELF) - before_s
    for _ in range(in_flight):
        done.get()
    for lane in lanes:
        lane.close()
    return count * rows / elapsed_s, used_s * 1e6 / (count * rows)


class _Lane:
    """Tensors of one request at a time."""

    def __init__(
        self, client: grpcclient.InferenceServerClient, number: int, data: np.ndarray, output_bytes: int, transport: str
    ) -> None:
        self.client = client
        self.regions: list[tuple[str, object]] = []
        self.input = grpcclient.InferInput("input__0", list(data.shape), "FP32")
        self.output = grpcclient.InferRequestedOutput("output__0")
        if transport == "grpc":
            self.input.set_data_from_numpy(data)
            return
        self.input.set_shared_memory(self._region(f"peer_in_{number}", data.nbytes, data), data.nbytes)
        self.output.set_shared_memory(self._region(f"peer_out_{number}", output_bytes, None), output_bytes)

    def _region(self, name: str, size: int, data: np.ndarray | None) -> str:
        region = shared_memory.create_shared_memory_region(name, f"/{name}", size)
        if data is not None:
            shared_memory.set_shared_memory_region(region, [data])
        self.client.register_system_shared_memory(name, f"/{name}", size)
        self.regions.append((name, region))
        return name

    def close(self) -> None:
        for name, region in self.regions:
            self.client.unregister_system_shared_memory(name)
            shared_memory.destroy_shared_memory_region(region)


def run_perf_analyzer(
    program: str,
    target: str,
    model: str,
    output_width: int,
    rows: int,
    in_flight: int,
    seconds: float,
    transport: str,
) -> tuple[float, float]:
    """Run perf_analyzer at a fixed concurrency; its own count, and the CPU time of the whole process."""
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report.csv")
        command = [program, "-m", model, "-i", "grpc", "-u", target, "-b", str(rows), "-f", report]
        command += ["--concurrency-range", str(in_flight), "--measurement-interval", str(int(seconds * 1000))]
        # Any load is stable enough for it: the spread is told by repetition.
        command += ["--max-trials", "3", "--stability-percentage", "999", "--async"]
        if transport == "shared_memory":
            command += ["--shared-memory", "system", "--output-shared-memory-size", str(output_width * FLOAT_BYTES)]
        before_s, started_s = cpu_s(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        elapsed_s, used_s = time.perf_counter() - started_s, cpu_s(resource.RUSAGE_CHILDREN) - before_s
        with open(report, newline="") as file:
            rows_per_s = float(next(csv.DictReader(file))["Inferences/Second"])
        # Its count is of its measuring windows; the load is the same all the time it runs.
        return rows_per_s, used_s * 1e6 / (rows_per_s * elapsed_s)


def main() -> None:
    """Measure once."""
    tool, target, model, input_width, output_width, rows, in_flight, seconds, transport, *rest = sys.argv[1:]
    widths = int(input_width), int(output_width)
    if tool == "tritonclient":
        figures = run_tritonclient(target, model, widths, int(rows), int(in_flight), float(seconds), transport)
    else:
        figures = run_perf_analyzer(
            rest[0], target, model, widths[1], int(rows), int(in_flight), float(seconds), transport
        )
    print(json.dumps({"rowsPerS": figures[0], "cpuUsPerRow": figures[1]}))


main()
