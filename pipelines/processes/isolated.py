"""Runs a function over many tasks in worker processes, where a task that kills its worker costs itself alone."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import TypeVar

from pipelines.batched import batched
from pipelines.processes.batch import cores
from pipelines.processes.worker_pool import WorkerFailed, Workers

#: Tasks that a worker gets at once: more of them save little, and where a worker fails all of them are done again.
AT_ONCE = 8
#: The most that they are to take in memory, in bytes; a single task may take more.
BYTES_AT_ONCE = 4 << 20

Task = TypeVar("Task")
Result = TypeVar("Result")
_Batch = tuple[Sequence[Task], asyncio.Task[list[Result | WorkerFailed]]]


def isolated(
    function: Callable[[Task], Result],
    tasks: Iterable[Task],
    processes: int | None = None,
    *,
    size: Callable[[Task], int] = lambda task: 0,
) -> Iterator[tuple[Task, Result | WorkerFailed]]:
    """Each task with its result, in the order of the tasks, or with the ``WorkerFailed`` that it came to.

    ``processes`` run at a time (default: one per core), with the crawl's limits of time and memory. Tasks are taken
    from ``tasks`` only some ahead; ``size`` tells the bytes of one. Raises what the function raised. Not to be called
    where an event loop runs.
    """
    to_do = batched(tasks, AT_ONCE, size, BYTES_AT_ONCE)
    waiting: deque[_Batch[Task, Result]] = deque()
    with closing(Workers(processes or cores())) as workers, asyncio.Runner() as runner:
        loop = runner.get_loop()
        while True:
            while len(waiting) <= 2 * workers.processes and (batch := next(to_do, None)):
                waiting.append((batch, loop.create_task(workers.run_each(function, batch))))
            if not waiting:
                return
            sent, working = waiting.popleft()
            yield from zip(sent, runner.run(_done(working)), strict=True)


async def _done(working: asyncio.Task[list[Result | WorkerFailed]]) -> list[Result | WorkerFailed]:
    return await working
