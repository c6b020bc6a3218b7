from __future__ import annotations

from pipelines.report import figures
from pipelines.report.facts import read_facts
from pipelines.report.figures import Figures
from pipelines.report.pictures import pictures
from tests.support.data_dirs import data_dir
from tests.support.rows import asked, policy


def added_up(root, rows):
    found = Figures()
    for facts in read_facts(data_dir(root, rows, [], [asked(domain) for domain in {row["domain"] for row in rows}])):
        found.add(facts)
    return found


def words(count):
    return " ".join(f"word{number}" for number in range(count))


def test_domains_and_versions_are_counted_and_the_days_between_which_they_were_seen(tmp_path):
    rows = [policy(f"{name}.test", f"{year}-02-01", f"{words(year)} {name}") for name, year in
            (("b", 2011), ("a", 2010), ("a", 2012), ("c", 2011))]  # fmt: skip
    found = added_up(tmp_path, rows)
    assert (found.domains, found.versions, found.first_seen, found.last_seen) == (3, 4, "2010-02-01", "2012-02-01")


def test_a_policy_counts_in_each_half_year_in_which_it_is_known_to_stand(tmp_path):
    found = added_up(tmp_path, [policy("a.test", day, "We use cookies.") for day in ("2010-02-01", "2011-02-01")])
    assert [(row["half_year"], row["domains"], row["speak_of_cookies"]) for row in found.by_half_year()] == [
        ("2010-H1", 1, 1), ("2010-H2", 1, 1), ("2011-H1", 1, 1),
    ]  # fmt: skip


def test_quartiles_are_those_of_the_policies_that_stood(tmp_path):
    rows = [policy(f"{count}.test", "2010-02-01", words(count)) for count in (10, 20, 30, 40, 50)]
    (row,) = added_up(tmp_path, rows).by_half_year()
    assert [row[f"words_{name}"] for name in ("lower_quartile", "median", "upper_quartile")] == [20, 30, 40]


def test_the_newest_changes_are_kept_however_many_there_are(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "NEWEST", 3)
    rows = [
        policy(f"{name}.test", f"20{year}-02-01", f"{words(year)} {name}") for name in "ab" for year in (11, 12, 13)
    ]
    newest = added_up(tmp_path, rows).newest
    assert [(row["domain"], row["name"], row["change_before"].year) for row in newest] == [
        ("a.test", "v3", 2013), ("b.test", "v3", 2013), ("a.test", "v2", 2012),
    ]  # fmt: skip


def test_titles_say_what_was_found_and_of_how_many(tmp_path):
    rows = [policy("a.test", "2010-02-01", words(400)), policy("a.test", "2012-02-01", words(2100))]
    titles = {picture.name: (picture.title, picture.counted) for picture in pictures(added_up(tmp_path, rows))}
    assert titles["words"][0] == "The median policy grew from 400 to 2,100 words"
    assert "1 policy in 2010-H1" in titles["words"][1]
    assert titles["standing"][0] == "2 versions of 1 policy are known"


def test_without_a_policy_there_is_no_picture():
    assert pictures(Figures()) == []
