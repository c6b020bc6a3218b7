"""What trafilatura takes for a page's text: asked where the page's own shape leaves a doubt."""

from __future__ import annotations

import logging
import re
from functools import cached_property

from pipelines.page.blocks import Block

_NOT_WORD = re.compile(r"\W+")
#: Characters. Trafilatura takes minutes for longer pages.
_LONGEST_PAGE = 2_000_000


class SecondOpinion:
    """Trafilatura's view of one page, which it reads once, when the first question comes.

    It is asked with ``favor_recall`` and never to deduplicate: its cache for that outlives the page, and the same page
    would give another text the second time.
    """

    def __init__(self, html: str) -> None:
        self._html = html
        self.was_asked = False

    def choice(self, blocks: list[Block]) -> list[Block]:
        """The blocks from the first to the last one whose words trafilatura's result holds."""
        self.was_asked = True
        squeezed = [_squeeze(block.text) for block in blocks]
        kept = [place for place, text in enumerate(squeezed) if text and text in self._result]
        return blocks[kept[0] : kept[-1] + 1] if kept else []

    @cached_property
    def _result(self) -> str:
        if len(self._html) > _LONGEST_PAGE:
            return ""
        from trafilatura import bare_extraction  # takes half a second to import, and is seldom asked

        logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it logs each page that it finds too short
        result = bare_extraction(
            self._html, favor_recall=True, fast=True, include_comments=False, with_metadata=False, deduplicate=False
        )
        return _squeeze(getattr(result, "text", None) or "")


def _squeeze(text: str) -> str:
    return _NOT_WORD.sub("", text).casefold()
