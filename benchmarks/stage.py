"""What the benchmarks share: the local archive and the real crawl, each in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from crawler.local_archive.process import archive_process

ROOT = Path(__file__).resolve().parent.parent
#: As people call it: processes may import the script that began the one which starts them.
SCRAPY = [sys.executable, str(Path(sys.executable).with_name("scrapy"))]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


def archive(*warcs: Path, latency: float = 0.0) -> AbstractContextManager[str]:
    """Serves WARC files from a process; gives the archive's URL."""
    return archive_process(*map(str, warcs), "--latency", str(latency))


@contextmanager
def crawl(
    data_dir: Path,
    url: str,
    *,
    asked: Path,
    source: str = "domains",
    plan: str = "all",
    settings: Mapping[str, object] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A crawl of the ``domains`` (or ``urls``) in a file, in a process; what still runs at the end is told to stop.

    The loop-stall probe runs with it and writes ``data_dir/stalls.json``.
    """
    all_settings = {
        "DATA_DIR": data_dir,
        "STALLS_FILE": data_dir / "stalls.json",
        "EXTENSIONS": json.dumps({"crawler.extensions.progress.Progress": 0, "benchmarks.stalls.StallProbe": 0}),
        **(settings or {}),
    }
    options = [part for name, value in all_settings.items() for part in ("-s", f"{name}={value}")]
    arguments = ["-a", f"{source}={asked}", "-a", f"archive_url={url}", "-a", f"plan={plan}"]
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [*SCRAPY, "crawl", "policies", *arguments, *options],
            cwd=ROOT,
            env=ENVIRONMENT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            process.wait(120)


def cpu_seconds_of(session: int) -> dict[int, float]:
    """CPU seconds so far of each process of a session (a crawl's id is that of its process)."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                found[int(stat.parent.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def cpu_seconds(process: int | str = "self") -> float:
    """CPU seconds so far of a process, and of those that it started: which have ended, and which still run.

    Workers are started by a server that runs as long as the process does, so ``RUSAGE_CHILDREN`` has nothing of them.
    """
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended
        if process == "self":  # no: this system has no /proc
            raise
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") + sum(map(cpu_seconds, children(process)))


def memory(process: int) -> dict[int, float]:
    """MB of a process and of those that it started, by id: what several share counts as a part in each (PSS)."""
    try:
        about = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:  # it has just ended
        return {}
    found = {process: next(int(line.split()[1]) / 1024 for line in about.splitlines() if line.startswith("Pss:"))}
    for child in children(process):
        found |= memory(child)
    return found


def children(process: int | str) -> Iterator[int]:
    """The processes that a process has started and that still run."""
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):  # it has just ended
            yield from map(int, thread.read_text().split())


def size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def requests(url: str) -> list[dict[str, Any]]:
    """The archive's log: ``time`` (monotonic), ``pool``, ``path``, ``status`` of each request so far."""
    with urllib.request.urlopen(f"{url}/__log__") as answer:
        found: list[dict[str, Any]] = json.load(answer)
        return found


def forget_requests(url: str) -> None:
    """Clears the archive's log."""
    urllib.request.urlopen(urllib.request.Request(f"{url}/__log__", method="DELETE")).close()


def set_faults(url: str, rules: Sequence[Mapping[str, Any]]) -> None:
    """Gives the archive these faults, in place of those that it had."""
    body = json.dumps(list(rules)).encode()
    urllib.request.urlopen(urllib.request.Request(f"{url}/__faults__", body, method="PUT")).close()


def stalls(data_dir: Path) -> dict[str, Any]:
    """What the loop-stall probe found."""
    found: dict[str, Any] = json.loads((data_dir / "stalls.json").read_text())
    return found


def stall_line(data_dir: Path) -> str:
    """The same in a few words."""
    found = stalls(data_dir)
    return (
        f"loop late {found['late_99'] * 1000:.0f} ms (99 %), {found['late_longest'] * 1000:.0f} ms (longest);"
        f" longest callback {found['callback_longest'] * 1000:.0f} ms of CPU"
    )
