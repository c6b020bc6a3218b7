"""The project's settings, each with its reason. ``-s NAME=VALUE`` overrides any of them.

What every spider needs that asks an archive (how requests are sent) is set by the add-on, ``crawler.addon``.
"""

import os
from pathlib import Path

from scrapy.utils.conf import closest_scrapy_cfg

#: What the software calls itself.
BOT_NAME = "wayback-policies"


def beside_scrapy_cfg(name: str) -> Path:
    """The path of a file or folder beside the closest ``scrapy.cfg``, relative to the current folder.

    Scrapy finds the project from any subfolder, so in ``tests/`` the folder ``data`` is ``../data``. Outside of any
    project the name stays as it is.
    """
    cfg = closest_scrapy_cfg()
    return Path(os.path.relpath(Path(cfg).with_name(name))) if cfg else Path(name)


def state_folder() -> str:
    """The user's folder for state that outlives a program's runs (XDG Base Directory), with a subfolder of ours.

    Empty if there is none.
    """
    named = Path(os.environ.get("XDG_STATE_HOME", ""))
    try:
        return str((named if named.is_absolute() else Path.home() / ".local" / "state") / BOT_NAME)
    except RuntimeError:  # this user has no home
        return ""


# Where Scrapy finds spiders, commands and the add-on.
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"
COMMANDS_MODULE = "crawler.commands"
ADDONS = {"crawler.addon.WaybackAddon": 0}

# --- ours

#: Where the ledger and the dataset are: by default the folder `data` beside `scrapy.cfg`, from any of its subfolders;
#: where there is none, in the current folder. Commands that only read take several, with commas between them.
DATA_DIR = str(beside_scrapy_cfg("data"))
#: Who is crawling: a mail address or URL, sent with every request as part of the user agent.
CONTACT = ""
#: Requests per minute to the CDX index and to playback; 0 is no limit. The archive blocks at 30 and 600 and asks
#: clients to use 24 and 480. These hold per network address: all crawls of one machine keep them together (SLOTS_DIR).
CDX_PER_MINUTE = 24
PLAYBACK_PER_MINUTE = 480
#: The most requests that one run sends to the index and to playback; 0 is no limit. A run that has sent them finishes
#: what it has begun, as far as the other budget goes, and ends with exit code 3.
CDX_REQUESTS = 0
PLAYBACK_REQUESTS = 0
#: The folder where a file per archive's host says when it may be asked next. Crawls that have this folder in common
#: share budgets, of which the lowest holds, and pauses. By default `wayback-policies` in `$XDG_STATE_HOME` or
#: `~/.local/state`. Empty: each crawl for itself, and no pause outlives it.
SLOTS_DIR = state_folder()
#: Rows per CDX page: many enough for few requests, few enough for an answer in time.
CDX_PAGE_ROWS = 10_000
#: Seconds until the first retry of a request that the archive could not answer; each further one waits three times as
#: long.
RETRY_SECONDS = 10
#: An address is believed to have had one text all the time between two captures with it that are at most this many days
#: apart: ``plan=versions`` fetches nothing there. 0 believes no two.
BELIEVED_DAYS = 730
#: A list's domains that are known are visited again when they are due, by their own history: after this long (``7d``,
#: ``36h``) at the soonest, after 90 days at the latest; after a year where nothing is archived or shown.
MIN_REFRESH = "7d"
#: The index is asked for the whole of a domain again after this many days, which brings what it has gained late and
#: what visits do not see: other addresses. Each domain has its own day in that time. 0 asks at every visit.
REDISCOVER_DAYS = 180
#: When a run is unhealthy: it names each broken rule, and ends with exit code 6 instead of 0 (crawler.health). Largest
#: shares, such as 0.1, of the captures that it asked for and could not have, of the pages it read that had no text, and
#: of the domains that are incomplete; longest time since a run wrote a row. Empty: no such rule.
HEALTH_FAILED_CAPTURES = ""
HEALTH_EMPTY_TEXTS = ""
HEALTH_INCOMPLETE_DOMAINS = ""
HEALTH_DAYS_WITHOUT_ROWS = ""
#: Processes that extract texts; 0 is one per core.
EXTRACTION_PROCESSES = 0
#: Rows are written after this many seconds, rows, or bytes of text, whichever comes first: a crash can cost that much.
#: While they are written they take some six times these bytes in memory.
FLUSH_SECONDS = 120
FLUSH_ROWS = 2000
FLUSH_BYTES = 16 * 1024 * 1024

# --- Scrapy's

# Servers that run code for whoever connects.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# Logs are for people: lines with time and zone, and no inventory of Scrapy's parts.
LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"
LOG_DATEFORMAT = "%Y-%m-%d %H:%M:%S%z"
LOGSTATS_INTERVAL = 0  # crawler.extensions.progress tells more
STATS_DUMP = False
LOG_VERSIONS: list[str] = []
