"""Ports for servers that can't choose one themselves, or that come again at the one that they had."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

#: Below those from which systems choose one for each connection, so that none is taken before its server listens.
_NOBODYS = range(10_000, 32_000)


def free_port() -> int:
    """A port of the loopback on which nothing listens."""
    while True:
        port = random.SystemRandom().choice(_NOBODYS)  # test workers may have the same seed
        with suppress(OSError), socket.socket() as one:
            one.bind(("127.0.0.1", port))
            return port
