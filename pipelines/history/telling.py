"""Works out histories. Most of the time goes into comparing texts, which processes of this machine do, or a cluster.

A node of a cluster knows nothing but a URL: it reads the texts there, and puts there what they tell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.dataset.errors import DatasetError
from pipelines.dataset.part_writer import COMPRESSION
from pipelines.dataset.places import Place
from pipelines.history.derive import Derived, Outline
from pipelines.history.tables import KEPT
from pipelines.history.told import Task, Texts, Told, tell, tell_all
from pipelines.processes.batch import EngineError, cores, run
from pipelines.processes.nodes import code_of_package, new_name, run_on_nodes

#: Versions whose texts are compared at once, or characters of these texts: some MB, and some seconds. Where no more are
#: new, this process does it: others take a second to start, nodes more. A domain's versions stay together.
_AT_ONCE, _CHARACTERS = 200, 2_000_000

_KEY = KEPT["versions"].field("made_of")
#: The texts of versions, as a node reads them.
_TEXTS = pa.schema(
    [_KEY, pa.field("after", pa.string()), pa.field("before", pa.string()), pa.field("is_switch", pa.bool_())]
)
#: What texts tell, as a node writes it.
_TOLD = pa.schema(
    [_KEY, *(KEPT["versions"].field(name) for name in ("change", "concepts"))]
    + [
        KEPT["changes"].field(name).with_nullable(True)
        for name in ("similarity", "words_added", "words_removed", "paragraphs")
    ]
)


@dataclass(frozen=True, slots=True)
class Comparers:
    """Who compares the texts of new versions; the histories are the same whoever does."""

    processes: int | None = None
    """How many at a time (default: one per core)."""
    work: Place | None = None
    """A folder that the nodes of a Ray cluster reach: then they do it, and not processes of this machine."""


LOCAL = Comparers()


@dataclass(frozen=True, slots=True)
class Domain:
    """What one domain's history follows from."""

    outline: Outline
    told: Mapping[str, Told]
    """What is known of what its texts tell."""
    texts: Sequence[tuple[str, Texts]]
    """The texts of its other versions."""


def work_out(domains: Iterable[Domain], take: Callable[[Derived], None], comparers: Comparers) -> None:
    """Gives the histories of these domains to ``take``, in any order.

    ``DatasetError`` if a process died, or the cluster can't do it; ``OSError`` if its folder can't be reached.
    """
    waiting: dict[int, list[tuple[Outline, Mapping[str, Told]]]] = defaultdict(list)

    def tasks() -> Iterator[Task]:
        number, texts = 0, list[tuple[str, Texts]]()
        for domain in domains:
            if not domain.texts:
                take(domain.outline.derived(domain.told))
                continue
            waiting[number].append((domain.outline, domain.told))
            texts += domain.texts
            if len(texts) >= _AT_ONCE or sum(len(each.after) for _, each in texts) >= _CHARACTERS:
                yield Task(number, texts)
                number, texts = number + 1, []
        if texts:
            yield Task(number, texts)

    try:
        for number, new in _done(tasks(), comparers):
            for outline, told in waiting.pop(number):
                take(outline.derived({**told, **new}))
    except EngineError as error:
        raise DatasetError(f"no history was worked out: {error}") from error


_Kind = TypeVar("_Kind", Texts, Told)
_Done = tuple[int, Mapping[str, Told]]
"""A task's number, and what its texts tell."""


def _done(tasks: Iterator[Task], comparers: Comparers) -> Iterator[_Done]:
    first = list(islice(tasks, 2))
    processes, all_of_them = comparers.processes or cores(), chain(first, tasks)
    if len(first) < 2:
        return map(tell_all, first)
    if comparers.work is not None:
        return _done_on_nodes(all_of_them, comparers.work, comparers.processes)
    return map(tell_all, all_of_them) if processes == 1 else run("processes", tell_all, all_of_them, processes)


@dataclass(frozen=True, slots=True)
class _Put:
    """A task whose texts are in a file."""

    number: int
    versions: int
    work: str
    """URL of the folder with the file."""
    texts: str
    """The file's name."""

    def __str__(self) -> str:
        return f"{self.versions} versions"


def _done_on_nodes(tasks: Iterator[Task], work: Place, processes: int | None) -> Iterator[_Done]:
    def put() -> Iterator[_Put]:
        for task in tasks:
            name = new_name()
            work.write(_packed(task.texts, _TEXTS), name)
            yield _Put(task.number, len(task.texts), work.url, name)

    for task, name in run_on_nodes(_tell_on_node, put(), work, processes, code=code_of_package):
        told = _unpacked(work.read(name), Told)
        for each in (name, task.texts):
            work.delete(each)
        yield task.number, told


def _tell_on_node(task: _Put, folder: Path) -> _Put:
    texts = _unpacked(Place(task.work).read(task.texts), Texts)
    (folder / task.texts).write_bytes(_packed(((key, tell(each)) for key, each in texts.items()), _TOLD))
    return task


def _packed(found: Iterable[tuple[str, Texts | Told]], schema: pa.Schema) -> bytes:
    """A Parquet file of what there is of some versions, by ``made_of``."""
    rows = [{_KEY.name: key, **asdict(each)} for key, each in found]
    file = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema), file, compression=COMPRESSION)
    return bytes(file.getvalue())


def _unpacked(content: bytes, kind: type[_Kind]) -> dict[str, _Kind]:
    rows = pq.read_table(pa.BufferReader(content)).to_pylist()
    return {row.pop(_KEY.name): kind(**row) for row in rows}
