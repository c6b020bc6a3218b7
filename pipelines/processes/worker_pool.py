"""Worker processes for what parses hostile bytes: one may die, hang or swell, and only its own task is lost."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from pebble import CONSTS, ProcessExpired, ProcessFuture, ProcessPool

from pipelines.processes.batch import cores
from pipelines.processes.time_limits import CPU_LIMIT, CPU_SIGNAL, WALL_LIMIT, WALL_SIGNAL, time_limits

T = TypeVar("T")
Task = TypeVar("Task")

#: In how many pools a task is tried: it may itself be the reason that a whole pool dies.
POOLS_PER_TASK = 3
#: Bytes that a worker may allocate on top of what it starts with.
MEMORY_LIMIT = 1 << 30
#: Tasks after which a worker is replaced, so that what libraries leak stays small.
TASKS_PER_WORKER = 2000
#: Seconds that pebble waits for a worker that it told to end. Ours do not listen, and hold nothing.
_END_PATIENCE = 0.1


class WorkerFailed(Exception):
    """A task's worker died, took too long or too much memory; the message says which."""


class Workers:
    """Runs functions in processes. Functions and arguments must be picklable."""

    def __init__(
        self,
        processes: int = 0,
        *,
        cpu_limit: float = CPU_LIMIT,
        wall_limit: float = WALL_LIMIT,
        memory_limit: int = MEMORY_LIMIT,
    ) -> None:
        self.processes = processes or cores()
        self._cpu_limit = cpu_limit
        self._wall_limit = wall_limit
        self._memory_limit = memory_limit
        self._starting: asyncio.Future[Any] | None = None
        self._pool = self._new_pool()
        self._is_closed = False

    def _new_pool(self) -> ProcessPool:
        CONSTS.term_timeout = _END_PATIENCE  # pebble has no such option for one pool
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["pipelines.processes.preload"])  # so that a replaced worker is ready at once
        return ProcessPool(
            max_workers=self.processes,
            max_tasks=TASKS_PER_WORKER,
            initializer=_begin,
            initargs=(self._memory_limit,),
            context=context,
        )

    async def start(self) -> None:
        """Start the processes by a first task. Their imports take long, so a thread waits, not the event loop."""
        if self._starting is None:
            self._starting = asyncio.ensure_future(asyncio.to_thread(_schedule, self._pool, os.getpid))
            # Who waits for it may be gone by then: a crawl that ended as it began.
            self._starting.add_done_callback(lambda started: started.cancelled() or started.exception())
        await asyncio.shield(self._starting)

    async def run(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """The function's result. Raises ``WorkerFailed``, or what the function raised."""
        for _ in range(POOLS_PER_TASK):
            pool = self._pool
            try:
                await self.start()
                return await self._run_in(pool, function, *args, **kwargs)
            except BrokenProcessPool:
                if self._is_closed:
                    break
                self._replace(pool)
        raise WorkerFailed("the worker processes died")

    async def run_each(self, function: Callable[[Task], T], tasks: Sequence[Task]) -> list[T | WorkerFailed]:
        """The function's result for each task, in their order; a ``WorkerFailed`` for one that cost a worker its life.

        One worker gets all of them at once, which takes less than sending each alone. If it fails, each is tried by
        itself. The limits of time are those of one task. Raises what the function raised.
        """
        try:
            return [*await self.run(_each, self._cpu_limit, self._wall_limit, function, tasks)]
        except WorkerFailed as failed:
            if len(tasks) == 1:
                return [failed]
        return [result for task in tasks for result in await self.run_each(function, [task])]

    def _replace(self, pool: ProcessPool) -> None:
        """Put a new pool in the place of one whose processes were all killed: such a pool does not recover."""
        if pool is self._pool:
            self._pool, self._starting = self._new_pool(), None
            threading.Thread(target=_end, args=(pool,), daemon=True).start()

    async def _run_in(self, pool: ProcessPool, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        task = (self._cpu_limit, self._wall_limit, function, *args)
        future = _schedule(pool, _within, args=task, kwargs=kwargs)
        try:
            return await asyncio.wrap_future(future)
        except ProcessExpired as error:
            if error.exitcode == -CPU_SIGNAL:
                raise WorkerFailed(f"took over {self._cpu_limit:.0f} s of processor time") from None
            if error.exitcode == -WALL_SIGNAL:
                raise WorkerFailed(f"took over {self._wall_limit:.0f} s") from None
            raise WorkerFailed(f"the worker process died (exit code {error.exitcode})") from None
        except MemoryError:
            raise WorkerFailed(f"took over {self._memory_limit >> 20} MB of memory") from None

    def close(self) -> None:
        """End the workers; tasks under way are lost."""
        self._is_closed = True
        _end(self._pool)


def _schedule(pool: ProcessPool, function: Callable[..., T], **options: Any) -> ProcessFuture[T]:
    """As ``pool.schedule``, but raises ``BrokenProcessPool`` if the pool takes no tasks any more."""
    try:
        return pool.schedule(function, **options)
    except RuntimeError as error:
        raise BrokenProcessPool(str(error)) from error


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _within(cpu_limit: float, wall_limit: float, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """The function's result, in a worker. The system kills the worker at either limit."""
    with time_limits(cpu_limit, wall_limit, signal.SIG_DFL):
        return function(*args, **kwargs)


def _each(cpu_limit: float, wall_limit: float, function: Callable[[Task], T], tasks: Sequence[Task]) -> list[T]:
    """The results, in a worker. Each task begins the limits of time anew."""
    return [_within(cpu_limit, wall_limit, function, task) for task in tasks]


def _begin(memory_limit: int) -> None:
    """A worker's first act."""
    for sign in (signal.SIGINT, signal.SIGTERM):  # sent to the whole process group: the crawl itself ends the workers
        signal.signal(sign, signal.SIG_IGN)
    with suppress(ImportError, OSError, ValueError):  # no such limit on this system: the limits of time still hold
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = memory_limit + pages * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
