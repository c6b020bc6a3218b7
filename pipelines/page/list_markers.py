"""What stands before the items of HTML lists: bullets, numbers, letters."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.page.inline import Run
from pipelines.page.tree import Element

#: The signs of items. ``\uf0b7`` is the bullet of Word's symbol font.
_BULLETS = "•·▪◦‣⁃∙\uf0b7"
#: What authors type before an item, though its list has a marker. Before no item of a list, ``■個人情報の利用`` is a
#: heading.
_TYPED_BULLET = re.compile(rf"(?:[{_BULLETS}●○■]\s*|[–—-]\s+)(?=\S)")


@dataclass(slots=True)
class OpenList:
    """A list whose items are being read."""

    ordered: bool
    style: str
    """HTML's ``type``: ``1``, ``a``, ``A``, ``i`` or ``I``."""
    next: int
    """The next item's number."""
    step: int = 1


def marker_of(here: OpenList, element: Element) -> str:
    """The marker of the list's next item, ``•`` or ``3.``."""
    if not here.ordered:
        return "•"
    number = _int(element.get("value"), here.next)
    here.next = number + here.step
    return f"{_numeral(number, element.get('type') or here.style)}."


def open_list(element: Element) -> OpenList:
    """The list that begins with this element."""
    ordered = element.tag == "ol"
    back = ordered and element.get("reversed") is not None
    first = len(element.findall("li")) if back else 1
    return OpenList(ordered, element.get("type", "1"), _int(element.get("start"), first), -1 if back else 1)


def _numeral(number: int, style: str) -> str:
    """A number as a list of this style writes it; in digits, if the style has no such number."""
    if style in ("a", "A") and 1 <= number <= 26 * 27:  # after "z" comes "aa"
        first, last = divmod(number - 1, 26)
        letter = (chr(ord("a") + first - 1) if first else "") + chr(ord("a") + last)
    elif style in ("i", "I") and 1 <= number < 90:
        tens, ones = divmod(number, 10)
        letter = ("", "x", "xx", "xxx", "xl", "l", "lx", "lxx", "lxxx")[tens] + (
            "", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")[ones]  # fmt: skip
    else:
        return str(number)
    return letter.upper() if style.isupper() else letter


def _int(value: str | None, default: int) -> int:
    return int(value) if value and re.fullmatch(r"\s*-?\d{1,6}\s*", value) else default


def is_item_without_list(lines: list[list[Run]]) -> bool:
    """True if the lines of a paragraph are an item as Word and old pages write it: one line with a bullet before it."""
    return len(lines) == 1 and lines[0][0].text[0] in _BULLETS


def without_bullet(line: list[Run]) -> list[Run]:
    """The first line of an item without the bullet that its author typed beside the list's own."""
    first, *others = line
    typed = _TYPED_BULLET.match(first.text + "".join(run.text for run in others[:1]))
    if typed is None:
        return line
    if len(first.text) > typed.end():
        return [first._replace(text=first.text[typed.end() :]), *others]
    return [others[0]._replace(text=others[0].text.lstrip()), *others[1:]]
