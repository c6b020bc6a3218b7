from __future__ import annotations

import pytest

from pipelines.header_fields import header, media_type


def test_the_first_field_of_a_name_counts_in_any_case() -> None:
    fields = [("Server", "x"), ("content-TYPE", "text/html"), ("Content-Type", "text/plain")]
    assert header(fields, "Content-Type") == "text/html"
    assert header(fields, "Location") is None


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("Text/HTML; charset=utf-8", "text/html"),
        ("text / html", "text/html"),
        ("; charset=utf-8", None),
        ("", None),
        (None, None),
    ],
)
def test_a_media_type_is_told_as_the_archives_index_tells_it(field: str | None, found: str | None) -> None:
    assert media_type(field) == found
