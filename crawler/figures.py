"""Figures as people read them: counts, times, sizes."""

from __future__ import annotations

from collections.abc import Mapping


def number_of(count: int, one: str, many: str = "") -> str:
    """``1 domain``, ``2,000 domains``; ``many`` is given where it is not ``one`` with an ``s``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def counted(counts: Mapping[str, int]) -> str:
    """``14: 12 found, 2 not archived``: the sum, and how many have which outcome, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    told = ", ".join(f"{count:,} {outcome.replace('_', ' ')}" for outcome, count in ordered)
    return f"{sum(counts.values()):,}: {told}" if told else "0"


def duration(seconds: float) -> str:
    """``45 s``, ``12 min``, ``3 h 20 min``, ``4 d 6 h``"""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    if minutes < 90:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // 1440} d {minutes % 1440 // 60} h"


def between(least: float, most: float) -> str:
    """A range of durations, with the unit said once where both have that one alone: ``12 to 20 min``."""
    shortest, longest = duration(least), duration(most)
    if shortest == longest:
        return longest
    unit = longest.partition(" ")[2]
    return f"{shortest if ' ' in unit else shortest.removesuffix(f' {unit}')} to {longest}"


def size(count: int) -> str:
    """``512 bytes``, ``34 kB``, ``1.2 GB``"""
    if count < 1000:
        return f"{count} bytes"
    units = ["kB", "MB", "GB", "TB"]
    value = count / 1000
    while value >= 999.5 and len(units) > 1:
        value /= 1000
        del units[0]
    return f"{value:.1f} {units[0]}" if value < 10 else f"{value:.0f} {units[0]}"
