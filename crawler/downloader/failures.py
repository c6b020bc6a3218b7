"""Tells a broken archive, which answers nothing but errors, from one that can't answer for some domains."""

from __future__ import annotations

import time

#: An archive is broken after this many useless answers in a row, to requests for this many domains.
FAILURES = 20
DOMAINS = 5


class Failures:
    """The answers of a pool since its last good one, all of them errors.

    One domain alone may have many captures that fail, and any archive answers with errors for some seconds now and
    then. So the errors have to concern several domains, and to go on for some time.
    """

    def __init__(self, seconds: float) -> None:
        """``seconds`` is how long an archive that works may answer with errors alone."""
        self._seconds = seconds
        self.forget()

    def forget(self) -> None:
        """Notes a good answer."""
        self.count = 0
        self._domains: set[str] = set()

    def add(self, domain: str) -> bool:
        """Notes an error in place of an answer for a domain. True if the archive is broken."""
        if not self.count:
            self._since = time.monotonic()
        self.count += 1
        if len(self._domains) < DOMAINS:
            self._domains.add(domain)
        return (
            self.count >= FAILURES and len(self._domains) >= DOMAINS and time.monotonic() - self._since >= self._seconds
        )
