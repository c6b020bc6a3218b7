"""What other clients of the Wayback Machine and this crawl get of an archive that has faults.

    python benchmarks/peers.py DIR [--faults WORD ...]

Forty policy addresses with six captures each (``synthetic.py``), all of which are asked for. In each round the archive
has one fault, which hits one address in ten or one capture in ten (a 429, without ``Retry-After``, one request).
waybackpy, EDGI's wayback and waybackpack are installed in DIR, each in an environment of its own, and used by
``peer_clients.py`` as their documentation shows; this crawl is given the addresses (``plan=all``). Nobody keeps a
budget, and all wait only a moment before they try again.

A capture is *obtained* if its bytes were given under its own date. What is missing was *told* if the client said
something about its address (an error, a line of its log, a row with a reason); else it was lost *silently*. *Wrong*:
other bytes stand under a capture's date. *Twice*: a capture was given more than once.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
import venv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import stage
import synthetic
from markdown_table import table_head, table_row

#: The clients' versions; the library by which all of them make their requests is the same.
PEERS = {"waybackpy": "waybackpy==3.0.6", "wayback": "wayback==0.5.1", "waybackpack": "waybackpack==0.6.4"}
REQUESTS = ("requests==2.34.2", "urllib3==2.8.0")
CLIENTS = Path(__file__).with_name("peer_clients.py")
OURS = "this crawl"
SITES = synthetic.sites(40, 6, [10])
#: One in so many addresses, or captures, is hit by a fault.
HIT = 10
SETTINGS = {"CDX_PER_MINUTE": 0, "PLAYBACK_PER_MINUTE": 0, "RETRY_SECONDS": 0.2, "SLOTS_DIR": ""}

#: (URL, timestamp) of a capture.
Key = tuple[str, str]
Rules = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Given:
    """What a client gave."""

    captures: Sequence[tuple[Key, str]]
    """Each with the SHA-256 of its bytes, as often as it was given."""
    told: set[str]
    """URLs of which it said that something went wrong."""


def archived() -> dict[Key, str]:
    """All captures there are, with the SHA-256 of their bytes."""
    return {
        (url, f"{when:%Y%m%d%H%M%S}"): hashlib.sha256(body).hexdigest()
        for site in SITES
        for url, when, body in synthetic.captures(site)
    }


# The faults


def on_queries(action: str, *, count: int | None = 1, asking: str = "", **options: Any) -> Rules:
    """Hits the index's answers for one address in ten, each the first ``count`` times (``None``: always).

    ``asking`` is what a query has to hold to be hit.
    """
    return [
        {"action": action, "pool": "cdx", "match": f"(?=.*{asking}).*{site.domain}", "count": count, **options}
        for site in SITES[::HIT]
    ]


def on_captures(keys: Iterable[Key], action: str, *, count: int | None = 1, **options: Any) -> Rules:
    """Hits the playback of these captures likewise."""
    return [
        {"action": action, "pool": "playback", "match": f"/{timestamp}(id_)?/{re.escape(url)}", "count": count,
         **options}
        for url, timestamp in keys
    ]  # fmt: skip


def faults(captures: Sequence[Key]) -> dict[str, Rules]:
    """The archive's faults by name."""
    hit = captures[3::HIT]
    drift = [
        rule
        for (_, before), key in zip(captures[2::HIT], hit, strict=True)  # of the same address
        for rule in on_captures([key], "offer", count=None, timestamp=before)
    ]
    return {
        "none": [],
        "index: 429, once": [{"action": "error", "pool": "cdx", "skip": 10, "count": 1, "status": 429}],
        "index: 504, twice": on_queries("error", status=504, count=2),
        "index: 504, always": on_queries("error", status=504, count=None),
        "index: an HTML page with 200, once": on_queries("html"),
        "index: an HTML page with 200, always": on_queries("html", count=None),
        "index: connection dropped, once": on_queries("drop"),
        "index: answer cut off, once": on_queries("truncate", keep=300),
        "index: an empty page with a key": on_queries("empty_page", asking="showResumeKey"),
        "index: rows twice": on_queries("duplicate_rows", count=None),
        "index: bad rows among the good ones": on_queries("bad_rows", count=None),
        "playback: 429, once": [{"action": "error", "pool": "playback", "skip": 100, "count": 1, "status": 429}],
        "playback: 503, once": on_captures(hit, "error", status=503),
        "playback: 503, always": on_captures(hit, "error", status=503, count=None),
        "playback: connection dropped, once": on_captures(hit, "drop"),
        "playback: body cut off, once": on_captures(hit, "truncate", keep=2000),
        "playback: says gzip, and is not": on_captures(hit, "content_encoding", value="gzip", count=None),
        "playback: drift (302 to another date)": drift,
    }


# The clients


def install(folder: Path) -> dict[str, Path]:
    """The interpreters of the peers' environments, which are made where they are not there yet."""
    pythons = {}
    for name, package in PEERS.items():
        python = folder / name / "bin" / "python"
        if not python.exists():
            venv.create(folder / name, with_pip=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", package, *REQUESTS], check=True)
        pythons[name] = python
    return pythons


def theirs(name: str, python: Path, archive: str, urls: Path) -> Given:
    """What a peer gives of the URLs."""
    command: list[str | Path] = [python, CLIENTS, name, archive, urls]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, timeout=1800)
    answers = json.loads(done.stdout)
    captures = [((url, timestamp), digest) for url, (got, _) in answers.items() for timestamp, digest in got]
    return Given(captures, {url for url, (_, said) in answers.items() if said})


def ours(folder: Path, archive: str, urls: Path) -> Given:
    """What a crawl of the URLs gives."""
    import pyarrow.dataset as ds

    with stage.crawl(folder, archive, source="urls", asked=urls, settings=SETTINGS) as process:
        code = process.wait(1800)
    if code not in (0, 3):
        raise SystemExit(f"the crawl ended with {code}:\n{(folder / 'log.txt').read_text()}")
    by_domain = {site.domain: url for site in SITES for url in [f"http://www.{site.domain}/{synthetic.PATHS[0]}"]}

    def rows(table: str) -> list[dict[str, Any]]:
        return ds.dataset(folder / table).to_table().to_pylist() if (folder / table).exists() else []

    captures = [
        ((row["policy_url"], f"{row['captured_at']:%Y%m%d%H%M%S}"), row["raw_sha256"]) for row in rows("policies")
    ]
    told = {by_domain[row["domain"]] for row in rows("domains") if row["reason"]}
    told |= {row["policy_url"] for row in rows("captures") if row["outcome"] in ("unplayable", "failed")}
    return Given(captures, told)


# The table


def cell(given: Given, truth: Mapping[Key, str]) -> str:
    """What a client made of a fault, in a few words."""
    times = Counter(key for key, digest in given.captures if truth.get(key) == digest)
    wrong = {key for key, digest in given.captures if truth.get(key) != digest} - times.keys()
    missing = truth.keys() - times.keys() - wrong
    counts = {
        "told": sum(url in given.told for url, _ in missing),
        "silent": sum(url not in given.told for url, _ in missing),
        "wrong": len(wrong),
        "twice": sum(count > 1 for count in times.values()),
    }
    return ", ".join([str(len(times)), *(f"{count} {name}" for name, count in counts.items() if count)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--faults", nargs="+", default=[""], metavar="WORD", help="only faults with one of these words")
    options = parser.parse_args()
    pythons = install(options.folder.resolve())
    truth = archived()
    folder = Path(tempfile.mkdtemp(prefix="peers-"))
    warc, _ = synthetic.write_archive(folder, SITES)
    urls = folder / "urls.txt"
    urls.write_text("".join(f"{url}\n" for url in dict.fromkeys(url for url, _ in truth)))
    names = [*PEERS, OURS]
    print(table_head("fault", *names), flush=True)
    with stage.archive(warc) as archive:
        for name, rules in faults(list(truth)).items():
            if any(word in name for word in options.faults):
                cells = []
                for client in names:
                    stage.set_faults(archive, rules)
                    if client == OURS:
                        given = ours(folder / "data", archive, urls)
                        shutil.rmtree(folder / "data")
                    else:
                        given = theirs(client, pythons[client], archive, urls)
                    cells.append(cell(given, truth))
                print(table_row(name, *cells), flush=True)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
