"""Mojibake: UTF-8 that was once read as windows-1252 and encoded again."""

from __future__ import annotations

import re

_CP1252 = {bytes([i]).decode("cp1252", "ignore") or chr(i): i for i in range(0x80, 0x100)}
_CP1252 |= {chr(i): i for i in range(0x80, 0xA0)}  # PHP's utf8_encode() took them for ISO-8859-1's controls
_TRAIL = re.escape("".join(c for c, i in _CP1252.items() if i < 0xC0))
_CONTROL = re.compile("[\x80-\x9f]")
#: Where a sure run may start: a lead of Western text with a trail byte, a lead with a control character, or a lead
#: with five more characters.
_MOJIBAKE = re.compile(
    f"[ÂÃâ][{_TRAIL}]|[\xc2-\xf4][\x80-\x9f]|[\xc2-\xf4][{_TRAIL}][{re.escape(''.join(_CP1252))}]{{4}}"
)
#: Of the characters from U+00C0 to U+00FF, with which all mojibake begins, UTF-8's first byte.
_LEAD = b"\xc3"
#: Bytes with a blank in place of each ASCII character: faster than an expression that skips them.
_WITHOUT_ASCII = bytes(i if i >= 0x80 else 0x20 for i in range(0x100))
_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")


def repair_mojibake(text: str) -> str | None:
    """The text with its mojibake read rightly, as often as it was encoded; ``None`` if there is none.

    A run of characters beyond ASCII is mojibake if its windows-1252 bytes are UTF-8. By chance that happens too, so
    nothing is repaired unless some run is one that nobody would write: it starts with ``Â``, ``Ã`` or ``â``, it holds
    a control character, or it is long.

    >>> repair_mojibake("donâ€™t"), repair_mojibake("São Paulo")
    ('don’t', None)
    """
    if text.isascii():
        return None
    encoded = text.encode("utf-8", "replace")
    if _LEAD not in encoded:
        return None
    runs = b" ".join(encoded.translate(_WITHOUT_ASCII).split())
    if not _MOJIBAKE.search(runs.decode("utf-8")):
        return None
    sure = False

    def repair(found: re.Match[str]) -> str:
        nonlocal sure
        run = found[0]
        try:
            right = bytes(_CP1252[c] for c in run).decode("utf-8")
        except (KeyError, UnicodeDecodeError):
            return run
        sure = sure or run[0] in "ÂÃâ" or len(run) >= 6 or bool(_CONTROL.search(run))
        return right

    repaired = _BEYOND_ASCII.sub(repair, text)
    return (repair_mojibake(repaired) or repaired) if sure else None
