import logging

from pipelines.printable import PrintableRecord, printable


def test_nothing_that_a_terminal_obeys_comes_through() -> None:
    assert printable("a\x1b[2J\x9b1m\x07b\u202ec\td\r\ne") == "a\ufffd[2J\ufffd1m\ufffdb\ufffdc d\ne"


def test_a_line_of_the_log_quotes_an_archive_without_its_escapes() -> None:
    record = PrintableRecord("x", logging.INFO, __file__, 1, "the archive says %s", ("\x1b]0;title\x07",), None)
    assert record.getMessage() == "the archive says \ufffd]0;title\ufffd"
