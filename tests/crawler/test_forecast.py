from crawler.forecast import Forecast
from crawler.planning.expected import Expected


def test_what_begun_domains_are_expected_to_take_is_left() -> None:
    forecast = Forecast()
    forecast.advanced(1, Expected(3, 10))
    forecast.advanced(2, Expected(1, 2))
    assert forecast.left(open_domains=2, planned=4, sent=0, fetched=0) == (8, 16)


def test_other_domains_are_expected_to_take_as_much_as_those() -> None:
    forecast = Forecast()
    forecast.advanced(1, Expected(0, 10))
    forecast.finished(1)
    forecast.advanced(2, Expected(10, 10))
    fewest, most = forecast.left(open_domains=4, planned=0, sent=50, fetched=50)
    assert fewest == most == 10 + 3 * (50 + 10) / 2


def test_requests_on_the_way_to_a_capture_count() -> None:
    forecast = Forecast()
    forecast.advanced(1, Expected(100, 100))
    assert forecast.left(open_domains=1, planned=0, sent=3000, fetched=1000).most > 250


def test_of_a_crawl_that_begins_only_what_is_planned_is_known() -> None:
    assert Forecast().left(open_domains=500, planned=7, sent=0, fetched=0) == (7, 7)
