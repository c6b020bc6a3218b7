"""Imported by the fork server of ``worker_pool``, so that every worker shares what is loaded here.

The first extraction loads models and trafilatura: over a second of CPU time, which is then spent once.
"""

import os
import signal

from trafilatura import bare_extraction

from pipelines.extraction import extract

_SERVER = os.getpid()


def _on_sigterm(*_: object) -> None:
    """Sent to the whole process group, it passes the server by, which ends with the crawl. A worker that only starts
    ends at once: what it starts from may be gone."""
    if os.getpid() != _SERVER:
        os._exit(0)


signal.signal(signal.SIGTERM, _on_sigterm)

_PARAGRAPH = "<p>This privacy policy says which personal information we collect, and what we use it for.</p>"
_PAGE = f"<html><body><main><h1>Privacy policy</h1>{_PARAGRAPH * 8}</main></body></html>"

extract(_PAGE.encode(), url="http://preload.example/privacy")
bare_extraction(_PAGE, favor_recall=True)
