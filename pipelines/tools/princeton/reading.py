"""Reading the Princeton-Leuven corpus of privacy policies: its Markdown files and its SQLite release.

A Markdown file has a header line (whose policy, the day, the capture's address on the Wayback Machine with its
URL percent-encoded), ``# title``, and the body. The SQLite release has the tables ``sites`` (id, domain),
``policy_snapshots`` (site_id, policy_text_id, policy_snapshot_url, ...) and ``policy_texts`` (id, policy_text). The
year and phase of a snapshot are those asked for; only ``policy_snapshot_url`` has the capture's time.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, unquote

from pipelines.domains import BadDomain, normalize_domain
from pipelines.timestamps import digits, is_of_the_web, parse
from pipelines.urls import is_web_address

#: Characters of Markdown. A longer file is no policy.
MAX_CHARACTERS = 1_000_000

_HEADER = re.compile(
    r"> \*The following text is extracted and transformed from the (?P<domain>\S+) privacy policy that was "
    r"archived on (?P<day>\d{4}-\d\d-\d\d)\. Please check the \[original snapshot on the Wayback Machine\]"
    r"\((?P<address>\S+)\) for the most accurate reproduction\.\*"
)
_ADDRESS = re.compile(r"https?://web\.archive\.org/web/(?P<time>\d{14})(?:[a-z]{2}_)?/(?P<url>\S.*)")
_ESCAPED_SCHEME = re.compile(r"https?%3A", re.I)
_WAYBACK = "https://web.archive.org/web"
#: CommonMark: a backslash before a punctuation mark takes away its meaning.
_BACKSLASH = re.compile(r"\\([!-/:-@\[-`{-~])")
_SUFFIXES = (".md", ".txt", ".sqlite", ".db")
_SQLITE = b"SQLite format 3\x00"

_NEEDED = {
    "sites": {"id", "domain"},
    "policy_snapshots": {"site_id", "policy_text_id", "policy_snapshot_url"},
    "policy_texts": {"id", "policy_text"},
}
_WISHED = ("policy_title", "link_text")
_SNAPSHOTS = """
    SELECT sites.domain, snapshots.policy_snapshot_url, snapshots.policy_text_id, {}
    FROM policy_snapshots AS snapshots LEFT JOIN sites ON sites.id = snapshots.site_id
    ORDER BY sites.domain, snapshots.policy_snapshot_url
"""


@dataclass(frozen=True, slots=True)
class OlderPolicy:
    """One policy of the older corpus."""

    domain: str
    captured_at: datetime
    """The time of the capture asked for; the corpus does not know the time of the one served."""
    wayback_url: str
    """The capture's raw bytes. The captured URL in it stays escaped only where it is not Python's ``quote`` of
    ``policy_url``, so that an export can write the corpus's header line again."""
    policy_url: str
    title: str | None
    markdown: str
    """The body, without the line break at the end of the file."""
    link_text: str | None = None
    """Text of the homepage's link to it; only the release has it."""

    @property
    def view_url(self) -> str:
        """The capture as the Wayback Machine shows it to people."""
        return f"{_WAYBACK}/{digits(self.captured_at)}/{self.policy_url}"


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something that could not be read as a policy."""

    source: str
    reason: str


def read_older_corpus(path: Path) -> Iterator[OlderPolicy | Rejected]:
    """The policies in a Markdown file, in a SQLite release, or in all such files under a folder.

    Links to folders are not followed. Whatever cannot be read becomes a ``Rejected``, and no error is raised.
    """
    if path.is_dir():
        for found in sorted(path.rglob("*")):
            if found.suffix.lower() in _SUFFIXES and found.is_file():
                yield from read_older_corpus(found)
        return
    try:
        with path.open("rb") as file:
            start = file.read(len(_SQLITE))
            body = b"" if start == _SQLITE else start + file.read(4 * MAX_CHARACTERS)
    except OSError as error:
        yield Rejected(str(path), error.strerror or "cannot be read")
        return
    if start == _SQLITE:
        yield from _read_release(path)
    else:
        yield read_page(body.decode("utf-8-sig", "replace").replace("\r\n", "\n"), str(path))


def read_page(page: str, source: str) -> OlderPolicy | Rejected:
    """A policy in the Markdown form. ``source`` is named in the rejection if it is none."""
    head, _, rest = page.partition("\n\n")
    header = _HEADER.fullmatch(head)
    if not header:
        return Rejected(source, "the first line is not the corpus's header line of a privacy policy")
    title, _, body = rest.partition("\n\n")
    if not title.startswith("# ") or "\n" in title.rstrip("\n"):
        return Rejected(source, "no title line follows the header line")
    plain_title = _BACKSLASH.sub(r"\1", title[2:])
    policy = _policy(header["domain"], header["address"], plain_title, body.removesuffix("\n"), source)
    if isinstance(policy, OlderPolicy) and policy.captured_at.date().isoformat() != header["day"]:
        return Rejected(source, "the header line's day is not that of its address")
    return policy


def _read_release(path: Path) -> Iterator[OlderPolicy | Rejected]:
    """The policies of a SQLite release, by domain."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as release:
        release.text_factory = lambda text: text.decode("utf-8", "replace")
        try:
            if unread := [table for table in _NEEDED if not _is_stored(release, table)]:
                yield Rejected(str(path), f"not the release's form: {', '.join(unread)} must be stored as a table")
                return
            columns = {
                table: {column[1] for column in release.execute(f"PRAGMA table_info({table})")} for table in _NEEDED
            }
            if missing := [f"{table}.{name}" for table in _NEEDED for name in _NEEDED[table] - columns[table]]:
                yield Rejected(str(path), f"not the release's form: {', '.join(sorted(missing))} missing")
                return
            wished = [f"snapshots.{name}" if name in columns["policy_snapshots"] else "NULL" for name in _WISHED]
            # The texts are fetched one by one: in a join SQLite would sort them too, all 48 GB.
            snapshots = release.execute(_SNAPSHOTS.format(", ".join(wished)))
            for domain, address, text_id, title, link_text in snapshots:
                found = release.execute("SELECT policy_text FROM policy_texts WHERE id = ?", (text_id,)).fetchone()
                source = f"{path}: {domain} {address}"
                if not found or not isinstance(found[0], str):
                    yield Rejected(source, "no text")
                    continue
                yield _policy(domain, address, title, found[0], source, link_text)
        except sqlite3.DatabaseError as error:
            yield Rejected(str(path), f"damaged SQLite file: {error}")


def _is_stored(release: sqlite3.Connection, table: str) -> bool:
    """False for a view, whose rows are computed: a hostile one has no end. Also for a table that is not there."""
    stored = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name = ?"  # a virtual one has none
    return release.execute(stored, (table,)).fetchone() is not None


def _policy(
    domain: object,
    address: object,
    title: object,
    markdown: str,
    source: str,
    link_text: object = None,
) -> OlderPolicy | Rejected:
    """A policy from what the corpus says of it, or what is wrong with that."""
    parts = _ADDRESS.fullmatch(address) if isinstance(address, str) else None
    if not parts:
        return Rejected(source, "no address of a capture on the Wayback Machine")
    is_escaped = _ESCAPED_SCHEME.match(parts["url"])
    url = (unquote(parts["url"]) if is_escaped else parts["url"]).replace(" ", "%20")
    try:
        name = normalize_domain(domain if isinstance(domain, str) else "")
        captured_at = parse(parts["time"])
    except BadDomain as error:
        return Rejected(source, f"no domain: {error}")
    except ValueError:
        return Rejected(source, f"there is no such time: {parts['time']}")
    if reason := _unusable(url, parts["time"], markdown):
        return Rejected(source, reason)
    raw = parts["url"] if is_escaped and parts["url"] != quote(url) else url
    return OlderPolicy(
        domain=name,
        captured_at=captured_at,
        wayback_url=f"{_WAYBACK}/{parts['time']}id_/{raw}",
        policy_url=url,
        title=" ".join(title.split()) or None if isinstance(title, str) else None,
        markdown=markdown,
        link_text=link_text if isinstance(link_text, str) else None,
    )


def _unusable(url: str, timestamp: str, markdown: str) -> str | None:
    """Why a policy can't become a row; ``None`` if it can."""
    if not is_of_the_web(timestamp):
        return f"captured in the year {timestamp[:4]}"
    if not is_web_address(url):
        return "the captured URL is no http(s) address"
    if not markdown.strip():
        return "no text"
    if len(markdown) > MAX_CHARACTERS:
        return f"more than {MAX_CHARACTERS} characters"
    return None
