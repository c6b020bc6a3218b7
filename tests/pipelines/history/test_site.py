"""What captures of a site and looks at its homepage tell of half-years without a policy."""

from __future__ import annotations

import pytest

from pipelines.history.site import ARCHIVED, NOT_ARCHIVED, NOT_ASKED, HomepageLook, Site
from pipelines.timestamps import half_year
from tests.support.rows import moment


@pytest.mark.parametrize(
    ("nearest", "day", "state"),
    [
        ("2007-03-01", "20070101", ARCHIVED),
        ("2007-03-01", "20070701", NOT_ARCHIVED),
        ("2007-03-01", "20100101", NOT_ARCHIVED),
        ("2007-03-01", "20120101", NOT_ARCHIVED),
        ("2007-03-01", "20060701", NOT_ASKED),
        ("2007-03-01", "20130101", NOT_ASKED),
        ("2010-01-01", "20100701", NOT_ASKED),
        (None, "19990101", NOT_ARCHIVED),
        (None, "20100101", NOT_ARCHIVED),
    ],
)
def test_what_is_nearer_to_the_day_asked_for_than_the_capture_named_is_not_archived(
    nearest: str | None, day: str, state: str
) -> None:
    site = Site.of([], [HomepageLook(moment("2010-01-01"), nearest and moment(nearest))])
    assert site.state(half_year(day)) == state
