"""Runs tasks on the nodes of a Ray cluster, which put their results, as files, into a folder at a URL.

So nothing but names goes through Ray, and neither DATA_DIR nor the ledger has to be shared.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from uuid import uuid4

from pipelines.dataset.places import Place
from pipelines.processes.batch import EngineError, run

Task = TypeVar("Task")
Result = TypeVar("Result")


def run_on_nodes(
    write: Callable[[Task, Path], Result],
    tasks: Iterable[Task],
    work: Place,
    processes: int | None = None,
    *,
    code: Callable[[], str],
) -> Iterator[tuple[Result, str]]:
    """What ``write`` returns for each task, and the name in ``work`` of the file that it wrote there.

    ``write`` does a task, and leaves one file in the folder of the node that it is given. Whoever takes it from
    ``work`` deletes it. Its name is new: a node that was taken for dead may still write another.

    ``code`` names the code that a machine has. Raises ``EngineError`` if a node has other code than this machine, and
    as ``batch.run`` does; what ``write`` raises is raised here.
    """
    on_node = partial(_on_node, write=write, work=work.url, code=code, here=code())
    return run("ray", on_node, tasks, processes)


def new_name() -> str:
    """The name of a Parquet file that no other has."""
    return f"{uuid4().hex}.parquet"


def _on_node(
    task: Task, *, write: Callable[[Task, Path], Result], work: str, code: Callable[[], str], here: str
) -> tuple[Result, str]:
    if code() != here:
        raise EngineError(f"a node has another version of wayback-policies than this machine: {platform.node()}")
    with TemporaryDirectory() as folder:
        result, name = write(task, Path(folder)), new_name()
        (file,) = Path(folder).iterdir()
        Place(work).put(file, name)
    return result, name


@cache
def code_of_package() -> str:
    """Names all the code of this package: another name when any of its files changes."""
    return digest_of_files(Path(str(files("pipelines"))))


def digest_of_files(package: Path) -> str:
    """A digest of the names and contents of all files of a package, its data files included.

    Of the whole package, and not only of the modules that do the work: one that is forgotten in a list of modules would
    let the results of two versions be mixed.
    """
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"{path.relative_to(package).as_posix()} {path.stat().st_size} ".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
