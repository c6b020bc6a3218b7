"""The Scrapy add-on that lets any spider ask a web archive politely, and get what was archived untouched.

``ADDONS = {"crawler.addon.WaybackAddon": 0}`` in a project's settings switches it on; docs/other-spiders.md has an
example.
"""

from __future__ import annotations

import logging
from typing import Any

from scrapy.settings import BaseSettings

from crawler import __version__
from crawler import settings as ours
from crawler.downloader.budgets import BudgetMiddleware
from crawler.downloader.handler import EachRequestOnce
from crawler.extensions.progress import Progress
from pipelines.printable import PrintableRecord

DEFAULTS: dict[str, Any] = {
    "CDX_PER_MINUTE": ours.CDX_PER_MINUTE,
    "PLAYBACK_PER_MINUTE": ours.PLAYBACK_PER_MINUTE,
    "CDX_REQUESTS": ours.CDX_REQUESTS,
    "PLAYBACK_REQUESTS": ours.PLAYBACK_REQUESTS,
    "SLOTS_DIR": ours.SLOTS_DIR,
    "CONTACT": ours.CONTACT,
    # The archive's own gzip would hide what was archived: the bytes are wanted as they are.
    "DEFAULT_REQUEST_HEADERS": {"Accept": "*/*", "Accept-Encoding": "identity"},
    # What archives serve must come through untouched. Each of these loses archived data by Scrapy's default.
    "REDIRECT_ENABLED": False,
    "METAREFRESH_ENABLED": False,
    "COMPRESSION_ENABLED": False,
    "RETRY_ENABLED": False,  # an archived 503 is content, and would be asked for again
    "COOKIES_ENABLED": False,
    "HTTPERROR_ALLOW_ALL": True,
    "DOWNLOAD_FAIL_ON_DATALOSS": False,
    "URLLENGTH_LIMIT": 0,
    "REFERER_ENABLED": False,
    "ROBOTSTXT_OBEY": False,  # the archive is asked through its public interfaces, within their budgets
    "HTTPPROXY_ENABLED": True,  # where the machine has a proxy
    # The pools set the pace. Scrapy must neither slow them down nor hold back requests that wait for their turn.
    "CONCURRENT_REQUESTS": 0,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1000,
    "DOWNLOAD_DELAY": 0,
    "DOWNLOAD_DELAY_JITTER": 0,
    "AUTOTHROTTLE_ENABLED": False,
    # An archive takes its time, and holds large pages; what is larger than any policy is cut off.
    "DOWNLOAD_TIMEOUT": 90,
    "DOWNLOAD_MAXSIZE": 64 * 1024 * 1024,
    "DOWNLOAD_WARNSIZE": 0,
    # A server that is not the archive could make up history. The system's authorities are trusted, or SSL_CERT_FILE.
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
}


class WaybackAddon:
    """Switches on the download handler, the budgets, the progress display and the user agent.

    A setting that the project, the spider or the command line gives wins over the add-on's.
    """

    def update_settings(self, settings: BaseSettings) -> None:
        logging.setLogRecordFactory(PrintableRecord)  # the log quotes what archives and pages say
        for name, value in DEFAULTS.items():
            settings.set(name, value, "addon")
        settings.set("USER_AGENT", user_agent(settings["CONTACT"]), "addon")
        handlers = dict.fromkeys(("http", "https"), EachRequestOnce) | settings.getdict("DOWNLOAD_HANDLERS")
        settings.set("DOWNLOAD_HANDLERS", handlers, max(settings.getpriority("DOWNLOAD_HANDLERS") or 0, 15))
        settings.setdefault_in_component_priority_dict("DOWNLOADER_MIDDLEWARES", BudgetMiddleware, 950)
        settings.setdefault_in_component_priority_dict("EXTENSIONS", Progress, 0)


def user_agent(contact: str) -> str:
    """Names the software and whom to write to, as archives ask of their clients."""
    return f"wayback-policies/{__version__} ({contact or 'no contact set'})"
