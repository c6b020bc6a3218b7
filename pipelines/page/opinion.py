"""Trafilatura's opinion of what a page's text is, asked where the page's shape leaves a doubt."""

from __future__ import annotations

import logging
import re
from functools import cached_property
from importlib.metadata import version

from pipelines.page.blocks import Block

#: Trafilatura takes 12 s for 100,000 paragraphs; no policy page is as long as this.
_LONGEST_PAGE = 2_000_000
_NOT_WORD = re.compile(r"\W+")


class Opinion:
    """Asks trafilatura once, when the first question comes.

    It is asked with ``favor_recall`` and never to deduplicate: its cache for that outlives the page, and
    the same page would give another text the second time.
    """

    def __init__(self, html: str) -> None:
        self._html = html
        self.asked = False

    def keeps(self, block: Block) -> bool:
        """Whether trafilatura's result holds the block's words."""
        squeezed = _squeeze(block.text)
        return bool(squeezed) and squeezed in self._result

    @property
    def name(self) -> str:
        """``trafilatura 2.3.1``."""
        return f"trafilatura {version('trafilatura')}"

    @cached_property
    def _result(self) -> str:
        self.asked = True
        if len(self._html) > _LONGEST_PAGE:
            return ""
        from trafilatura import bare_extraction  # half a second to import: only when it is asked

        logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it discards is no news here
        result = bare_extraction(
            self._html,
            favor_recall=True,
            fast=True,
            include_comments=False,
            with_metadata=False,
            deduplicate=False,
        )
        return _squeeze(getattr(result, "text", None) or "")


def _squeeze(text: str) -> str:
    return _NOT_WORD.sub("", text).casefold()
