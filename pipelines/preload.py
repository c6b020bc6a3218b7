"""Imported by the fork server of ``pipelines.workers``: what the first extraction loads (models, trafilatura: over a
second of CPU) is then loaded once, and shared by every worker from its first task on."""

import signal

from trafilatura import bare_extraction

from pipelines.extraction import extract

# Sent to the whole process group: the crawl still needs its workers then. The server ends with the crawl.
signal.signal(signal.SIGTERM, signal.SIG_IGN)

_PARAGRAPH = "<p>This privacy policy says which personal information we collect, and what we use it for.</p>"
_PAGE = f"<html><body><main><h1>Privacy policy</h1>{_PARAGRAPH * 8}</main></body></html>"

extract(_PAGE.encode(), url="http://preload.example/privacy")
bare_extraction(_PAGE, favor_recall=True)
