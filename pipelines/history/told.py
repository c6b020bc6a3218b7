"""What the texts of a version tell: the class of its change, its paragraphs, its concepts.

That is the dear part of a history (some 20 ms a version); all else follows from the rows without their texts. So it is
kept, with the digest of what it was worked out of, and worked out again only where that digest is another one.

Processes that compare texts load this module, and with it neither Arrow nor what reads a dataset: 50 MB less for each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

from pipelines.history.changes.classify import FIRST, LANGUAGE, change_class
from pipelines.history.changes.concepts import concepts_of_text
from pipelines.history.changes.paragraphs import difference

if TYPE_CHECKING:
    import pyarrow as pa

    from pipelines.history.versions import Version

Row = dict[str, Any]

#: The columns of ``policies`` that say which text a row has: of these bytes, an extractor makes one text.
OF_A_TEXT = ("archive", "captured_at", "policy_url", "text_sha256", "extractor", "raw_sha256")
#: The code that compares texts and finds concepts, below ``pipelines``: folders and modules.
CODE = ("history/changes", "history/told.py", "page/normalization.py", "word_tables.py")


@dataclass(frozen=True, slots=True)
class Told:
    """What the texts of a version tell: columns of ``versions`` and ``changes``, by their names."""

    change: str
    concepts: list[Row]
    similarity: float | None = None
    """As are the next ones, of the change from the version before: ``None`` for the first version."""
    words_added: int | None = None
    words_removed: int | None = None
    paragraphs: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a version, for whoever tells what they tell: another process, maybe."""

    after: str
    before: str | None
    """That of the version before; ``None`` for the first version."""
    is_switch: bool
    """Whether the site's main language is another one now."""

    @classmethod
    def of(cls, version: Version, text: Callable[[int], str]) -> Texts:
        """``text`` gives that of a row, by the row's number."""
        before = None if version.compared is None else text(version.compared[0])
        return cls(text(version.row), before, version.is_switch)


def tell(texts: Texts) -> Told:
    """Works out what the texts tell."""
    before, after = texts.before, texts.after
    concepts = [{"concept": name, "count": count} for name, count in sorted(concepts_of_text(after).items())]
    if before is None:
        return Told(FIRST, concepts)
    found = difference(before, after)
    return Told(
        LANGUAGE if texts.is_switch else change_class(before, after),
        concepts,
        found.similarity,
        found.words_added,
        found.words_removed,
        [asdict(paragraph) for paragraph in found.paragraphs],
    )


@dataclass(frozen=True, slots=True)
class Task:
    """The texts of some versions, for one process."""

    number: int
    texts: Sequence[tuple[str, Texts]]
    """By ``made_of``."""

    def __str__(self) -> str:
        return f"{len(self.texts)} versions"


def tell_all(task: Task) -> tuple[int, Mapping[str, Told]]:
    """A task's number, and what its texts tell."""
    return task.number, {key: tell(texts) for key, texts in task.texts}


def made_of(version: Version, policies: pa.Table) -> str:
    """The digest of what ``tell`` works with: the texts that it compares, as their rows name them, and its code."""
    texts = [tuple(policies[name][row].as_py() for name in OF_A_TEXT) for row in texts_of(version)]
    return hashlib.sha256(repr((digest_of_code(), version.is_switch, texts)).encode()).hexdigest()[:32]


def texts_of(version: Version) -> Sequence[int]:
    """The rows whose texts ``tell`` reads; the version's own is the last one."""
    return version.compared or (version.row,)


def told_by(versions: pa.Table, changes: pa.Table) -> Mapping[str, Told]:
    """What kept rows of both tables tell, by ``made_of``. A change of which only one table has the row is left out."""
    differences = {row["made_of"]: row for row in changes.to_pylist()}
    told: dict[str, Told] = {}
    for row in versions.to_pylist():
        if row["change"] == FIRST:
            told[row["made_of"]] = Told(FIRST, row["concepts"])
        elif change := differences.get(row["made_of"]):
            told[row["made_of"]] = Told(
                row["change"],
                row["concepts"],
                *(change[name] for name in ("similarity", "words_added", "words_removed", "paragraphs")),
            )
    return told


@cache
def digest_of_code() -> str:
    """Changes when the code changes that compares texts: what an older one told is worked out again."""
    return digest_of(file for name in CODE for file in _files(files("pipelines").joinpath(name)))


def digest_of(code: Iterable[Traversable]) -> str:
    """Hex SHA-256 of files, with their names."""
    digest = hashlib.sha256()
    for file in code:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _files(place: Traversable) -> Iterator[Traversable]:
    if place.is_file():
        yield place
        return
    for each in sorted(place.iterdir(), key=lambda one: one.name):
        if each.name.endswith((".py", ".toml")):
            yield each
