"""Runs a function over tasks in local processes or on Ray; the function knows nothing of either.

Each engine takes a function that can be pickled and its tasks, and gives the results in the order in which they are
done.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import ExitStack
from importlib import import_module
from itertools import chain, islice
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from pipelines.processes.beginning import begin_worker, context

ENGINES = ("processes", "ray")
#: How often a task of Ray's is tried whose worker or node died.
TRIES = 4

Task = TypeVar("Task")
Result = TypeVar("Result")


class EngineError(Exception):
    """A worker died, or the engine is not installed; the message says which task it was, or what to install."""


def run(
    engine: str, function: Callable[[Task], Result], tasks: Iterable[Task], processes: int | None = None
) -> Iterator[Result]:
    """The results of ``function`` for each task, on ``engine``; ``processes`` run at a time (default: one per core).

    What ``function`` raises is raised here. Raises ``EngineError`` if a worker died (memory, a signal); on Ray, whose
    nodes come and go, if that happened to one task again and again.
    """
    if engine == "ray":
        return _on_ray(function, tasks, processes)
    if engine == "processes":
        return _on_processes(function, tasks, processes or cores())
    raise ValueError(f"unknown engine {engine!r}: one of {', '.join(ENGINES)}")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _on_processes(function: Callable[[Task], Result], tasks: Iterable[Task], processes: int) -> Iterator[Result]:
    rest = iter(tasks)
    first = list(islice(rest, processes))
    to_do = chain(first, rest)
    most = max(1, len(first))
    with ProcessPool(max_workers=most, initializer=_begin, context=context()) as pool, ExitStack() as ending:
        ending.callback(pool.stop)
        waiting: dict[Future[Result], Task] = {}
        while True:
            # Each process has one to do and one that waits: tasks may be large, and made as they are asked for.
            for task in islice(to_do, max(0, 2 * most - len(waiting))):
                waiting[pool.schedule(function, args=[task])] = task
            if not waiting:
                return
            for done in wait(waiting, return_when=FIRST_COMPLETED).done:
                task = waiting.pop(done)
                try:
                    result = done.result()
                except ProcessExpired as error:
                    raise EngineError(f"the worker for {task} died: {error}") from error
                yield result


def _begin() -> None:
    """A worker's first act. It ends as soon as the process that started it does, however that ends."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # which its server may outlive (``preload``)
    begin_worker()
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _on_ray(function: Callable[[Task], Result], tasks: Iterable[Task], processes: int | None) -> Iterator[Result]:
    try:
        ray: Any = import_module("ray")
    except ImportError:
        raise EngineError("Ray is not installed: pip install 'wayback-policies[ray]'") from None
    with ExitStack() as ending:
        if not ray.is_initialized():
            here = {} if "RAY_ADDRESS" in os.environ else {"num_cpus": processes, "include_dashboard": False}
            ray.init(log_to_driver=False, **here)
            ending.callback(ray.shutdown)
        remote = ray.remote(max_retries=TRIES - 1)(lambda task: function(task))  # it takes nothing but functions
        to_do = iter(tasks)
        running: dict[Any, Task] = {}
        while True:
            most = processes or max(1, int(ray.cluster_resources().get("CPU", 1)))  # nodes come and go
            running.update({remote.remote(task): task for task in islice(to_do, max(0, most - len(running)))})
            if not running:
                return
            (done,), _ = ray.wait(list(running), num_returns=1)
            task = running.pop(done)
            try:
                result = ray.get(done)
            except ray.exceptions.RayTaskError as error:
                raise error.cause from error  # what the function itself raised, without Ray's account of it
            except ray.exceptions.RayError as error:
                raise EngineError(f"the worker for {task} died {TRIES} times: {error}") from error
            yield result
