"""What of a text is compared, and what says nothing."""

from __future__ import annotations

import pytest

from pipelines.history.changes.cosmetic import content
from pipelines.history.changes.words import sentence


@pytest.mark.parametrize(
    "line",
    [
        "Last updated: March 3, 2012",
        "Stand: 1. Januar 2010",
        "Dernière mise à jour : 3 mars 2012",
        "Última actualización: 3 de marzo de 2012",
        "最終更新日：2012年3月3日",
        "© 2012 Example Inc. All rights reserved.",
        "privacy@example.com",
        "https://www.example.com/privacy?lang=en",
        "10115 Berlin",
        "Musterstraße 12",
        "12 rue de la Paix, 75002 Paris",
        "+49 (0)30 1234567",
        "•",
    ],
)
def test_a_line_of_nothing_but_dates_and_addresses_says_nothing(line: str) -> None:
    assert not sentence(content(line)).words


def test_a_line_of_the_documents_history_that_says_a_number_is_no_date() -> None:
    line = "3 March 2012: Updated the licence from 2.5 to 4.0"
    assert "4.0" in content(line)
    assert not content("Last updated: 3 March 2012, 10:15").strip()
