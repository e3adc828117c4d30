"""Batches of the requests that wait."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from python_gateway.requests import Array, Batch, merge

_MOST_WAITING_PAIRS = 65_536


class QueueFullError(Exception):
    """Too many pairs wait; the request is refused."""


class Batcher:
    """Collects requests while batches run: a batch gets the requests that wait."""

    def __init__(self, answer: Callable[[Batch], Array], slots: int, largest_batch: int) -> None:
        """Run up to `slots` batches at once, each of one request or of up to `largest_batch` pairs."""
        self._answer = answer
        self._largest_batch = largest_batch
        self._threads = ThreadPoolExecutor(slots, "batches")
        self._free_slots = slots
        self._waiting: deque[tuple[Batch, asyncio.Future[Array]]] = deque()
        self._waiting_pairs = 0
        self._running: set[asyncio.Task[None]] = set()

    async def submit(self, batch: Batch) -> Array:
        """Return the answer of a request. Raises QueueFullError at 65,536 waiting pairs."""
        if self._waiting_pairs + batch.pair_count > _MOST_WAITING_PAIRS:
            raise QueueFullError(f"{self._waiting_pairs} pairs wait, at most {_MOST_WAITING_PAIRS} may")
        future: asyncio.Future[Array] = asyncio.get_running_loop().create_future()
        self._waiting.append((batch, future))
        self._waiting_pairs += batch.pair_count
        self._start()
        return await future

    def _start(self) -> None:
        while self._waiting and self._free_slots > 0:
            self._free_slots -= 1
            task = asyncio.get_running_loop().create_task(self._run(self._take()))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    def _take(self) -> list[tuple[Batch, asyncio.Future[Array]]]:
        taken = [self._waiting.popleft()]
        count = taken[0][0].pair_count
        while self._waiting and count + self._waiting[0][0].pair_count <= self._largest_batch:
            taken.append(self._waiting.popleft())
            count += taken[-1][0].pair_count
        self._waiting_pairs -= count
        return taken

    async def _run(self, taken: list[tuple[Batch, asyncio.Future[Array]]]) -> None:
        loop = asyncio.get_running_loop()
        try:
            merged = merge([batch for batch, _ in taken])
            answer = await loop.run_in_executor(self._threads, self._answer, merged)
            at = 0
            for batch, future in taken:
                if not future.done():
                    future.set_result(answer[at : at + batch.pair_count])
                at += batch.pair_count
        except Exception as error:
            for _, future in taken:
                if not future.done():
                    future.set_exception(error)
        finally:
            self._free_slots += 1
            self._start()
