"""Counts calls of functions, so that a test can let something happen at any one of them."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Calls:
    """Counts calls, and lets ``act`` happen before the ``chosen`` one; with ``lasting`` before all later ones, too.

    ``act`` is told what is called. With ``chosen=0`` the calls are only counted.
    """

    def __init__(self, act: Callable[[str], None], chosen: int, *, lasting: bool = False) -> None:
        self.made = 0
        self.struck = ""
        """Where it happened first."""
        self._act = act
        self._chosen = chosen
        self._lasting = lasting
        self._lock = threading.Lock()

    def __call__(self, what: str) -> None:
        """Counts a call."""
        with self._lock:
            self.made += 1
            is_due = self.made == self._chosen or (self._lasting and self.made > self._chosen > 0)
            self.struck = self.struck or (what if is_due else "")
        if is_due:
            self._act(what)

    def before(self, function: Callable[..., object], what: str) -> Callable[..., object]:
        """The function, each call of which is counted first."""

        def call(*args: object, **kwargs: object) -> object:
            self(what)
            return function(*args, **kwargs)

        return call
