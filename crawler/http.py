"""Scrapy's responses as plain values."""

from __future__ import annotations

from scrapy.http import Response


def header_pairs(response: Response) -> tuple[tuple[str, str], ...]:
    """The header fields as (name, value), repeated ones each on their own."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    )
