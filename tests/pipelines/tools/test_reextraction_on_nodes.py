"""Texts read again and histories worked out where other machines do the work."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from pipelines.dataset.lock import DataDirLock
from pipelines.dataset.places import Place
from pipelines.dataset.reading import part_files
from pipelines.history import telling
from pipelines.history.derive import Derived
from pipelines.history.keeping import DomainFile, WorkedOut, bring_up_to_date, file_of
from pipelines.history.tables import KEPT
from pipelines.history.telling import Comparers
from pipelines.processes.batch import EngineError
from pipelines.processes.nodes import new_name, run_on_nodes
from pipelines.schema import CAPTURES, DOMAINS
from pipelines.tools.warc_task import read_file
from tests.support.hand_crawl import read_here
from tests.support.reextraction import NewTexts, many_files, read_rows, reextracted

pytestmark = pytest.mark.slow  # documents are read in worker processes


def _histories(data_dir: Path, note: Callable[[Derived], None] = lambda derived: None, **options: Any) -> list[bytes]:
    """The files of the histories of ``many_files``, worked out."""
    file = DomainFile(0, frozenset(f"d{line}{n}.test" for line in range(2) for n in range(3)), {})
    done = WorkedOut()
    with DataDirLock(data_dir):
        bring_up_to_date(
            data_dir, [file], lambda _: (CAPTURES.empty_table(), DOMAINS.empty_table()), note, done, **options
        )
    assert (done.domains, done.texts) == (6, 24)
    return [file_of(data_dir, table, 0).read_bytes() for table in KEPT]


@pytest.mark.long
def test_two_ray_nodes_of_which_one_is_killed_give_the_same_rows_and_histories(tmp_path, monkeypatch):
    """The nodes know nothing but two URLs: they read WARC files at the one, and put rows and histories at the other."""
    ray, cluster_utils = (pytest.importorskip(name) for name in ("ray", "ray.cluster_utils"))
    here = many_files(tmp_path / "here")
    there = shutil.copytree(here, tmp_path / "there")
    stored = shutil.move(there / "warc", tmp_path / "store" / "warc")
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    monkeypatch.setenv("RAY_ADDRESS", cluster.address)
    monkeypatch.setattr(telling, "_AT_ONCE", 4)  # a task for each domain
    work = (tmp_path / "store" / "work").as_uri()
    nodes = []

    def kill(*_: object) -> None:
        while nodes:
            cluster.remove_node(nodes.pop(), allow_graceful=False)

    try:
        nodes.append(cluster.add_node(num_cpus=1))
        urls = {"warcs": Path(stored).as_uri(), "work": work}
        assert reextracted(there, engine="ray", progress=kill, **urls) == reextracted(here, processes=2)
        nodes.append(cluster.add_node(num_cpus=1))
        local = _histories(here, comparers=Comparers(processes=1))
        with ray.init(log_to_driver=False):  # once: it takes seconds
            assert _histories(there, kill, comparers=Comparers(work=Place(work))) == local
            with pytest.raises(EngineError, match=r"^a node has another version of wayback-policies than this machine"):
                list(run_on_nodes(read_file, [None], Place(work), code=new_name))
    finally:
        cluster.shutdown()
    assert not nodes and read_rows(here) == read_rows(there)
    read, same = ([path.read_bytes() for path in part_files(each / "policies")] for each in (here, there))
    assert read == same and len(read_rows(here)) == 24
    assert len(Place(work).names()) <= 2, "more is left than what each killed node may just have put there"


def test_rows_that_nodes_put_at_a_url_are_those_of_processes_of_this_machine(data_dir, tmp_path_factory, monkeypatch):
    def run(engine: str, function: Callable[[Any], Any], tasks: Iterable[Any], processes: int | None) -> list[Any]:
        return [function(pickle.loads(pickle.dumps(task))) for task in tasks]

    there, work = tmp_path_factory.mktemp("there"), tmp_path_factory.mktemp("work")
    shutil.copytree(data_dir, there, dirs_exist_ok=True)
    monkeypatch.setattr("pipelines.processes.nodes.run", run)
    with read_here():
        done = reextracted(there, engine="ray", work=work.as_uri(), judge=NewTexts())
        assert done == reextracted(data_dir, judge=NewTexts()) and done.documents == 6
    assert read_rows(there) == read_rows(data_dir) and not list(work.iterdir())
