"""What every worker shares: the fork server of ``worker_pool`` imports this module before it forks.

The first extraction loads models and trafilatura, over a second of CPU time, which is then spent once. In any other
process the import does nothing.
"""

from __future__ import annotations

import gc
import os
import signal
import sys

_PARAGRAPH = "<p>This privacy policy says which personal information we collect, and what we use it for.</p>"
_PAGE = f"<html><body><main><h1>Privacy policy</h1>{_PARAGRAPH * 8}</main></body></html>"


def preload() -> None:
    """Load what an extraction needs, and outlive a SIGTERM."""
    server = os.getpid()

    def on_sigterm(*_: object) -> None:
        """Ignore it in the server, which ends with the crawl, and end a worker that has only begun to start.

        The signal comes if it is sent to the whole process group; what a new worker starts from may be gone by then.
        """
        if os.getpid() != server:
            os._exit(0)

    signal.signal(signal.SIGTERM, on_sigterm)
    from trafilatura import bare_extraction

    from pipelines.extraction import extract

    extract(_PAGE.encode(), url="http://preload.example/privacy")
    bare_extraction(_PAGE, favor_recall=True)
    gc.freeze()  # what is loaded stays: the collector need not look at it again and again


# Python starts its fork server as ``python -c 'from multiprocessing.forkserver import main; ...'``.
if any("multiprocessing.forkserver" in argument for argument in sys.orig_argv):
    preload()
