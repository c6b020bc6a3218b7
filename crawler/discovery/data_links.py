"""Links that stand in a page's data: a menu that scripts will write, as JSON has it.

The data of frameworks and of content systems have no common form. What a menu's entry always has is an address and
a name, and objects name these in much the same ways.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from crawler.discovery.anchors import Anchor, read_page
from pipelines.page.embedded import data_of

_ADDRESSES: Final = ("href", "url", "link", "to", "path", "uri", "permalink", "slug")
_NAMES: Final = ("label", "title", "text", "name", "children", "caption", "anchor")
_MOST_VALUES: Final = 200_000
_LONGEST_NAME: Final = 300


def anchors_in(scripts: list[str]) -> list[Anchor]:
    """The links in the data that a page's scripts hold, and those of the HTML in it, in no order that means anything.

    An object with an address counts as a link, with its own name or that of the object around it.
    """
    found: list[Anchor] = []
    markup: list[str] = []
    values: list[tuple[Any, str]] = [(value, "") for value in data_of(scripts)]
    for _ in range(_MOST_VALUES):
        if not values:
            break
        value, name = values.pop()
        if isinstance(value, dict):
            name = _first(value, _NAMES) or name
            if address := _first(value, _ADDRESSES):
                found.append(Anchor(address, name[:_LONGEST_NAME], "", "", "body", 1.0))
            values += [(inner, name) for inner in value.values()]
        elif isinstance(value, list):
            values += [(inner, "") for inner in value]
        elif isinstance(value, str) and "<a " in value:
            markup.append(value)
    return found + read_page("\n".join(markup)).anchors


def _first(value: dict[str, Any], names: Iterable[str]) -> str:
    """The first of these members that is a text; empty if none is."""
    return next((text for name in names if isinstance(text := value.get(name), str) and text.strip()), "")
