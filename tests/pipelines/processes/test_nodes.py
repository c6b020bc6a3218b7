from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import pipelines
from pipelines.dataset.places import Place
from pipelines.processes import nodes
from pipelines.processes.batch import EngineError
from pipelines.processes.nodes import code_of_package, digest_of_files, run_on_nodes
from pipelines.tools.warc_task import extractor_code


@pytest.fixture(autouse=True)
def goes_through_ray(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What goes to a node and back, pickled: each task is done twice, as by a node that was taken for dead."""
    seen: list[bytes] = []

    def run(engine: str, function: Callable[[Any], Any], tasks: Iterable[Any], processes: int | None) -> Iterator[Any]:
        assert engine == "ray"
        for task in tasks:
            seen.append(pickle.dumps((function, task)))
            results = [pickle.dumps(sent(given)) for sent, given in [pickle.loads(seen[-1])] * 2]
            seen.extend(results)
            yield pickle.loads(results[-1])

    monkeypatch.setattr(nodes, "run", run)
    return seen


def _doubled(name: str, folder: Path) -> str:
    (folder / name).write_text(name * 2)
    return name


def test_results_are_files_at_the_url_under_new_names_and_nothing_of_them_goes_through_ray(
    tmp_path: Path, goes_through_ray: list[bytes]
) -> None:
    work = Place((tmp_path / "work").as_uri())
    found = dict(run_on_nodes(_doubled, ["first", "second"], work, code=code_of_package))
    assert {task: work.read(name) for task, name in found.items()} == {
        "first": b"firstfirst",
        "second": b"secondsecond",
    }
    assert len(work.names()) == 4, "a node that was taken for dead wrote another file"
    assert not any(b"firstfirst" in each for each in goes_through_ray)


def _other_code_each_time() -> str:
    return nodes.new_name()


def test_a_node_with_other_code_is_refused_and_writes_nothing(tmp_path: Path) -> None:
    work = Place(str(tmp_path / "work"))
    with pytest.raises(EngineError, match="a node has another version of wayback-policies than this machine: "):
        list(run_on_nodes(_doubled, ["first"], work, code=_other_code_each_time))
    assert work.is_empty()


@pytest.mark.parametrize("changed", ["page/boilerplate.py", "page/data", "extraction.py", "timestamps.py"])
def test_a_change_of_any_file_is_other_code(tmp_path: Path, changed: str) -> None:
    """So a re-extraction that was interrupted begins anew with another extractor."""
    package = tmp_path / "pipelines"
    shutil.copytree(Path(pipelines.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    before = digest_of_files(package)
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "page.pyc").write_bytes(b"x")
    assert digest_of_files(package) == before
    file = package / changed
    if file.is_dir():
        file = next(path for path in sorted(file.rglob("*")) if path.is_file())
    with file.open("ab") as appended:
        appended.write(b"\n")
    assert digest_of_files(package) != before


def test_the_code_is_that_of_the_installed_package() -> None:
    assert code_of_package() == digest_of_files(Path(pipelines.__file__).parent)
    assert code_of_package() in extractor_code()
