"""How long the work on one page may take: a limit of processor time, and a longer one of time on the clock.

A busy machine slows a task down and costs it no processor time. The second limit ends a task that sleeps or waits.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

#: Seconds of processor time.
CPU_LIMIT = 30.0
#: Seconds on the clock.
WALL_LIMIT = 120.0

CPU_SIGNAL, WALL_SIGNAL = signal.SIGPROF, signal.SIGALRM


class TookTooLong(BaseException):
    """Not an ``Exception``: libraries catch those and go on."""


def give_up(number: int, frame: FrameType | None) -> NoReturn:
    """Ends the block only. Code in C is ended as soon as it comes back to Python."""
    raise TookTooLong


@contextmanager
def time_limits(
    cpu: float, wall: float, at_limit: Callable[[int, FrameType | None], object] | signal.Handlers = give_up
) -> Iterator[None]:
    """Limits the seconds that the block may take; call it in a process's main thread.

    ``at_limit`` is what one of the two signals does. By default it raises ``TookTooLong`` in the block. With
    ``signal.SIG_DFL`` the system kills the process, which also ends a loop in C that never comes back to Python.
    """
    timers = {CPU_SIGNAL: (signal.ITIMER_PROF, cpu), WALL_SIGNAL: (signal.ITIMER_REAL, wall)}
    before = {number: signal.signal(number, at_limit) for number in timers}
    try:
        for timer, seconds in timers.values():
            signal.setitimer(timer, seconds)
        yield
    finally:
        for timer, _ in timers.values():
            signal.setitimer(timer, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
