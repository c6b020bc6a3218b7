import asyncio
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from multiprocessing import forkserver
from typing import Any

import pytest

from pipelines.processes.worker_pool import WorkerFailed, Workers

pytestmark = pytest.mark.slow

CPU_LIMIT = 1.0
WALL_LIMIT = 3.0
#: Seconds in which whatever does not hang has come to its end, on a machine that is busy with other work.
PATIENCE = 600
MEMORY_LIMIT = 256 << 20


def square(number: int) -> int:
    return number * number


def slowly(number: int) -> int:
    time.sleep(1)
    return number * number


def die() -> None:
    os._exit(7)


def hang() -> None:
    while True:
        time.sleep(60)


def spin() -> None:
    while True:
        pass


def sleep_longer_than_the_processor_limit() -> int:
    time.sleep(1.5 * CPU_LIMIT)
    return 9


def what_is_loaded() -> set[str]:
    return {"pipelines.extraction", "py3langid"} & sys.modules.keys()


def spin_in_a_library() -> None:
    sum(itertools.repeat(0))


def spin_for(seconds: float) -> int:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return os.getpid()


def swell() -> int:
    return len(bytearray(2 * MEMORY_LIMIT))


def fail(message: str) -> None:
    raise LookupError(message)


def unpicklable() -> Any:
    return lambda: None


def process_id() -> int:
    return os.getpid()


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    workers = Workers(2, cpu_limit=CPU_LIMIT, wall_limit=WALL_LIMIT, memory_limit=MEMORY_LIMIT)
    yield workers
    workers.close()


@pytest.fixture(scope="module")
def patient() -> Iterator[Workers]:
    """One worker, with time to wait for the processor: the machine may be busy."""
    workers = Workers(1, cpu_limit=CPU_LIMIT, wall_limit=60)
    yield workers
    workers.close()


def outcome(workers: Workers, function: Callable[..., Any], *args: Any) -> Any:
    """The function's result or error, with five others under way at the same time that must all go well."""

    async def run() -> Any:
        others: list[Awaitable[int]] = [workers.run(square, number) for number in range(5)]
        result, *squares = await asyncio.gather(workers.run(function, *args), *others, return_exceptions=True)
        assert squares == [0, 1, 4, 9, 16]
        return result

    return asyncio.run(run())


def test_a_function_runs_in_another_process(workers: Workers) -> None:
    assert outcome(workers, process_id) != os.getpid()


def test_keywords_are_passed_on(workers: Workers) -> None:
    assert asyncio.run(workers.run(square, number=3)) == 9


def test_a_worker_that_dies_costs_its_own_task_only(workers: Workers) -> None:
    error = outcome(workers, die)
    assert isinstance(error, WorkerFailed)
    assert "died" in str(error)


def test_a_worker_that_hangs_is_ended(workers: Workers) -> None:
    error = outcome(workers, hang)
    assert isinstance(error, WorkerFailed)
    assert str(error) == "took over 3 s"


@pytest.mark.parametrize("function", [spin, spin_in_a_library])
def test_a_worker_that_takes_too_much_processor_time_is_ended(function: Callable[[], None], patient: Workers) -> None:
    error = outcome(patient, function)
    assert isinstance(error, WorkerFailed)
    assert str(error) == "took over 1 s of processor time"


def test_time_that_a_task_waits_for_the_processor_does_not_count(patient: Workers) -> None:
    assert outcome(patient, sleep_longer_than_the_processor_limit) == 9


def test_the_processor_time_of_each_task_counts_by_itself(patient: Workers) -> None:
    async def run() -> list[int]:
        return [await patient.run(spin_for, 0.6) for _ in range(3)]

    assert len(set(asyncio.run(run()))) == 1  # one worker did them all


def test_a_worker_starts_with_what_an_extraction_needs(workers: Workers) -> None:
    assert outcome(workers, what_is_loaded) == {"pipelines.extraction", "py3langid"}


def test_only_the_fork_server_preloads() -> None:
    code = (
        "import signal, sys; import pipelines.processes.preload; "
        "print('pipelines.extraction' in sys.modules, signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False True\n"


def test_importing_the_pool_leaves_the_library_s_settings_alone() -> None:
    code = (
        "from pebble import CONSTS; before = CONSTS.term_timeout; import pipelines.processes.worker_pool; "
        "print(CONSTS.term_timeout == before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_a_worker_that_eats_memory_is_stopped(workers: Workers) -> None:
    error = outcome(workers, swell)
    assert isinstance(error, WorkerFailed)
    assert "memory" in str(error)
    assert "256 MB" in str(error)


def call(function: Callable[[], Any]) -> Any:
    return function()


def test_of_many_tasks_at_once_each_has_its_own_fate(workers: Workers) -> None:
    one, died, took_too_long, swelled, other = asyncio.run(
        workers.run_each(call, [process_id, die, hang, swell, process_id])
    )
    assert isinstance(one, int) and isinstance(other, int)
    assert [str(died), str(took_too_long), str(swelled)] == [
        "the worker process died (exit code 7)", "took over 3 s", "took over 256 MB of memory",
    ]  # fmt: skip


def test_of_many_tasks_at_once_the_time_of_each_counts_by_itself(patient: Workers) -> None:
    assert len(set(asyncio.run(patient.run_each(spin_for, [0.6, 0.6, 0.6])))) == 1  # one worker did them all


def test_what_a_function_raises_comes_as_it_is(workers: Workers) -> None:
    error = outcome(workers, fail, "no such word")
    assert isinstance(error, LookupError)
    assert "no such word" in str(error)


def test_a_result_that_cannot_be_sent_back_is_an_error(workers: Workers) -> None:
    assert isinstance(outcome(workers, unpicklable), Exception)


def test_the_workers_go_on_after_all_of_that(workers: Workers) -> None:
    async def run() -> list[Any]:
        functions = [die, swell, die, swell, die, die]
        return await asyncio.gather(*(workers.run(function) for function in functions), return_exceptions=True)

    assert all(isinstance(result, WorkerFailed) for result in asyncio.run(run()))
    assert outcome(workers, square, 7) == 49


def workers_of(workers: Workers) -> list[int]:
    return list(workers._pool._pool_manager.worker_manager.workers)


@pytest.mark.parametrize("is_busy", [True, False])
def test_after_all_processes_were_killed_others_take_their_place(is_busy: bool) -> None:
    async def run() -> list[int]:
        workers = Workers(2, wall_limit=180)
        assert await workers.run(square, 2) == 4
        tasks = [asyncio.create_task(workers.run(slowly, number)) for number in range(4 * is_busy)]
        await asyncio.sleep(0.3)
        for process in (forkserver._forkserver._forkserver_pid, *workers_of(workers)):
            os.kill(process, signal.SIGKILL)
        await asyncio.sleep(0.3)
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, WorkerFailed | int) for result in done)
        results = [await workers.run(square, number) for number in range(4)]
        await asyncio.to_thread(workers.close)
        return results

    assert asyncio.run(asyncio.wait_for(run(), PATIENCE)) == [0, 1, 4, 9]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_costs_no_task(sign: int) -> None:
    async def run() -> int:
        workers = Workers(1, wall_limit=60)
        await workers.run(square, 2)
        task = asyncio.create_task(workers.run(slowly, 3))
        await asyncio.sleep(0.3)
        for process in (forkserver._forkserver._forkserver_pid, *workers_of(workers)):
            os.kill(process, sign)
        result = await task
        await asyncio.to_thread(workers.close)
        return result

    assert asyncio.run(asyncio.wait_for(run(), PATIENCE)) == 9


def test_closed_workers_take_no_task() -> None:
    async def run() -> None:
        workers = Workers(1)
        await asyncio.to_thread(workers.close)
        await workers.run(square, 2)

    with pytest.raises(WorkerFailed):
        asyncio.run(run())


def test_the_event_loop_is_not_blocked_while_workers_start_and_die() -> None:
    """No longer, that is, than a thread beside it has to wait for the processor, as on a busy machine."""

    async def run() -> tuple[float, float]:
        workers = Workers(1, wall_limit=60)
        of_the_loop, of_a_thread = [0.0], [0.0]
        is_done = threading.Event()

        async def watch() -> None:
            while not is_done.is_set():
                before = time.monotonic()
                await asyncio.sleep(0.005)
                of_the_loop.append(time.monotonic() - before)

        def compare() -> None:
            while not is_done.is_set():
                before = time.monotonic()
                time.sleep(0.005)
                of_a_thread.append(time.monotonic() - before)

        watching = asyncio.gather(watch(), asyncio.to_thread(compare))
        with pytest.raises(WorkerFailed):
            await workers.run(die)
        assert await workers.run(square, 2) == 4
        is_done.set()
        await watching
        await asyncio.to_thread(workers.close)
        return max(of_the_loop), max(of_a_thread)

    of_the_loop, of_a_thread = asyncio.run(run())
    assert of_the_loop < of_a_thread + 0.25


def test_closing_ends_tasks_that_are_under_way() -> None:
    async def run() -> None:
        workers = Workers(1, wall_limit=60)
        task = asyncio.create_task(workers.run(hang))
        await asyncio.sleep(0)
        started = time.monotonic()
        await asyncio.to_thread(workers.close)
        assert time.monotonic() - started < 10
        task.cancel()

    asyncio.run(run())
