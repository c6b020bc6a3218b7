"""Imports go one way: from an upper room to a lower one, never in a circle, and from ``crawler`` to ``pipelines``.

And what all commands begin with is quickly imported.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]

#: The rooms, lowest first. A room imports only rooms of lower lines, so two rooms on one line do not know each other:
#: ``discovery`` and ``planning`` know no ledger, ``page`` knows no dataset.
ROOMS = {
    "pipelines": """
        batched columns domains header_fields outcomes printable surt timestamps word_tables
        urls
        document schema
        page
        dataset extraction
        processes
        audit history storage
        release
        report tools
    """,
    "crawler": """
        domains exit_codes figures health settings
        given_settings
        archives
        known local_archive
        discovery
        arguments
        planning
        forecast verdicts
        ledger downloader runs
        dataset_command histories rereading
        sample settling withdrawal
        crawl gathering repair status
        answers extensions
        addon look_ahead
        spiders console
        commands
    """,
}
#: The one module of ``pipelines`` that opens the ledger's file: it owns the register of part files.
REGISTER = "pipelines.dataset.parts"

#: What Scrapy imports before it runs any command.
BEFORE_COMMANDS = {"scrapy", "idna", *sys.stdlib_module_names}

#: Imports against the order that are not mended yet. This set only ever loses members.
STILL_TO_MEND: set[str] = set()


@cache
def trees() -> dict[str, ast.Module]:
    """The syntax trees of both packages, by module name."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): ast.parse(path.read_text())
        for package in ROOMS
        for path in (ROOT / package).rglob("*.py")
    }


def imports(tree: ast.Module) -> Iterator[str]:
    """The modules of both packages that a module imports, at its top or inside a function."""
    return (name for name in imported(ast.walk(tree)) if name.split(".")[0] in ROOMS)


def imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """What the import statements among some nodes name: modules of both packages, and what is imported of others."""
    for node in nodes:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            yield name if name in trees() or name.split(".")[0] not in ROOMS else name.rpartition(".")[0]


def room(module: str) -> str:
    """``pipelines.page`` for ``pipelines.page.blocks``."""
    return ".".join(module.split(".")[:2])


def heights() -> dict[str, int]:
    """Each room's line in ``ROOMS``."""
    return {
        f"{package}.{name}": number
        for package, lines in ROOMS.items()
        for number, line in enumerate(lines.strip().splitlines())
        for name in line.split()
    }


def strings(tree: ast.Module) -> Iterator[str]:
    """All string constants, f-strings' parts and docstrings too."""
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))


def but_for_the_known(wrong: set[str]) -> list[str]:
    """What is wrong beside what ``STILL_TO_MEND`` names."""
    return sorted(wrong - STILL_TO_MEND)


def test_every_room_has_its_place_in_the_order() -> None:
    assert sorted({room(module) for module in trees()} - heights().keys() - set(ROOMS)) == []


def test_a_room_imports_only_lower_rooms() -> None:
    height = heights()
    wrong = {
        f"{importer} imports {imported}"
        for importer, tree in trees().items()
        for imported in imports(tree)
        if importer.split(".")[0] == imported.split(".")[0]
        if room(importer) != room(imported) and imported not in ROOMS
        if height[room(imported)] >= height[room(importer)]
    }
    assert but_for_the_known(wrong) == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {module: {name for name in imports(tree) if name != module} for module, tree in trees().items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        assert but_for_the_known({circle}) == []


def test_pipelines_reaches_crawler_by_no_way() -> None:
    """Neither by an import, nor by a module's name in a string, nor by a table of the ledger in SQL text."""
    schema = (ROOT / "crawler" / "ledger" / "schema.sql").read_text()
    tables = "|".join(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", schema))
    named = re.compile(rf"\bcrawler\.[a-z]\w*|crawl\.sqlite|\b(?:FROM|INTO|UPDATE|TABLE|JOIN) (?:{tables})\b")
    wrong = set()
    for module, tree in trees().items():
        if module.startswith("pipelines"):
            wrong |= {f"{module} imports {name}" for name in imports(tree) if name.startswith("crawler")}
            if module != REGISTER:
                wrong |= {f"{module} names {found}" for text in strings(tree) for found in named.findall(text)}
    assert but_for_the_known(wrong) == []


def test_no_command_makes_the_others_wait_for_its_imports() -> None:
    """Scrapy loads all commands to run one of them, so each imports what it works with in its methods."""
    waiting = [name for name in trees() if room(name) in {"crawler.settings", "crawler.console", "crawler.commands"}]
    loaded: set[str] = set()
    wrong = set()
    while waiting:
        loaded.add(module := waiting.pop())
        for name in imported(trees()[module].body):
            if name in trees():
                above = {".".join(name.split(".")[:depth]) for depth in range(1, name.count(".") + 2)}
                waiting += above - loaded
            elif name.split(".")[0] not in BEFORE_COMMANDS:
                wrong.add(f"{module} imports {name}")
    assert but_for_the_known(wrong) == []
