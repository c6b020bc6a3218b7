"""Exit codes of ``scrapy crawl policies``. ``crawler.dataset_command`` has those of the other commands."""

from typing import Final

FINISHED: Final = 0
"""Done: everything planned is settled, and nothing is missing for a reason that may pass."""
FAILED: Final = 1
"""An error of ours, or a disk that could not be written: the same command loses nothing and goes on."""
BAD_ARGUMENTS: Final = 2
"""Arguments or settings that can't be used, or a list without one line that can be used."""
STOPPED: Final = 3
"""Work is left, or not all could be had, for reasons that may pass: the same command goes on, and asks for what is
missing. After three runs a reason counts as lasting."""
SHUT_OUT: Final = 4
"""The archive shut us out (429 without end, connections refused), or is broken (errors to everything): wait, then the
same command resumes."""
HELD: Final = 5
"""Not started, because another process holds DATA_DIR."""
UNHEALTHY: Final = 6
"""Done as with 0, and a rule of health is broken (the settings ``HEALTH_...``, none of which is set by default), or
rows and histories are not up to date, because a file of DATA_DIR is damaged (``scrapy repair``)."""
