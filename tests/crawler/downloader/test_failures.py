"""When an archive counts as broken."""

from crawler.downloader.failures import DOMAINS, FAILURES, Failures

MANY = [f"site{number % DOMAINS}.example" for number in range(FAILURES * 3)]


def is_broken(failures: Failures, domains: list[str]) -> bool:
    return True in [failures.add(domain) for domain in domains]


def test_errors_in_a_row_for_several_domains_are_a_broken_archive() -> None:
    failures = Failures(0)
    assert not is_broken(failures, MANY[: FAILURES - 1])
    assert failures.add("site.example")


def test_one_domain_alone_does_not_tell_that_the_archive_is_broken() -> None:
    assert not is_broken(Failures(0), ["site.example"] * FAILURES * 10)


def test_a_good_answer_begins_the_count_anew() -> None:
    failures = Failures(0)
    assert not is_broken(failures, MANY[: FAILURES - 1])
    failures.forget()
    assert not is_broken(failures, MANY[: FAILURES - 1])


def test_errors_of_a_moment_are_no_broken_archive() -> None:
    assert not is_broken(Failures(600), MANY)
