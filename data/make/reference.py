"""Makes what the docs' reference says of commands, settings, exit codes and outcomes, of the code that has them.

``docs/conf.py`` puts it into the pages when the docs are built: in place of a line ``<!-- made: commands -->``.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path
from pkgutil import iter_modules

from scrapy.commands import ScrapyCommand
from scrapy.settings import Settings

import crawler.commands
from pipelines.history.changes.concepts import SILENT
from pipelines.word_tables import read_word_table

ROOT = Path(__file__).parents[2]
_SCRAPYS = "Global Options"
"""The group of options that Scrapy gives to each command."""


@dataclass(frozen=True)
class Named:
    """A setting, an exit code or a word of the data."""

    name: str
    value: str
    """As ``-s`` takes it; empty if it is worked out."""
    doc: str


# Commands -------------------------------------------------------------------------------------------


def command_classes() -> dict[str, ScrapyCommand]:
    """All commands in ``crawler/commands``, by name."""
    found: dict[str, ScrapyCommand] = {}
    for module in iter_modules(crawler.commands.__path__):
        command = import_module(f"crawler.commands.{module.name}").Command()
        command.settings = Settings()
        found[module.name] = command
    return found


def options(command: ScrapyCommand) -> dict[str, list[argparse.Action]]:
    """The options of a command, by the title of their group."""
    parser = argparse.ArgumentParser(add_help=False, conflict_handler="resolve")
    command.add_options(parser)
    return {group.title or "": group._group_actions for group in parser._action_groups if group._group_actions}


def commands() -> str:
    """A section for each command: what it does, an example, its options."""
    parts = []
    shared: list[argparse.Action] = []
    for name, command in command_classes().items():
        groups = options(command)
        shared = groups.pop(_SCRAPYS)
        what, _, example = command.long_desc().partition("Example: ")
        parts += [f"## scrapy {name}", f"{command.short_desc()}."]
        if what.strip() not in ("", command.short_desc()):
            parts.append(what.strip())
        lines = [f"scrapy {name} {command.syntax()}".strip(), *([f"# Example: {example.strip()}"] if example else [])]
        parts.append("\n".join(["```text", *lines, "```"]))
        if groups:
            parts.append(_table("option", _option_rows(chain.from_iterable(groups.values()))))
    parts += ["## Options of every command", _table("option", _option_rows(shared))]
    return "\n\n".join(parts)


def _option_rows(actions: Iterable[argparse.Action]) -> Iterator[tuple[str, str]]:
    for action in actions:
        value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else action.dest.upper())
        takes = "" if action.nargs == 0 else f" {value}"
        names = ", ".join(f"`{name}{takes}`" for name in action.option_strings)
        yield names, (action.help or "") % {"default": action.default, "prog": "scrapy"}


# Settings, exit codes, outcomes ---------------------------------------------------------------------


def settings() -> str:
    """The project's settings and those of the add-on, each with its reason."""
    ours = _table("setting and default", _rows(project_settings()))
    addons = _table("setting and value", _rows(addon_settings()), "why")
    return f"## Of the project\n\n{ours}\n\n## Of the add-on\n\n{addons}"


def project_settings() -> list[Named]:
    """What ``crawler/settings.py`` sets, with the comments above."""
    lines, tree = _source("crawler/settings.py")
    found: list[tuple[str, ast.expr]] = []
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name.isupper():
                found.append((name, value))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if name.isupper():
                found.append((name, value))
    return _commented(lines, found)


def addon_settings() -> list[Named]:
    """What the add-on sets, but for those that the project has."""
    lines, tree = _source("crawler/addon.py")
    (defaults,) = (node.value for node in ast.walk(tree) if isinstance(node, ast.AnnAssign) and _is(node, "DEFAULTS"))
    assert isinstance(defaults, ast.Dict)
    pairs = [
        (str(key.value), value)
        for key, value in zip(defaults.keys, defaults.values, strict=True)
        if isinstance(key, ast.Constant) and not ast.unparse(value).startswith("ours.")
    ]
    return _commented(lines, pairs)


def exit_codes() -> str:
    """What the exit codes of the crawl and of the other commands say."""
    crawl = _table("exit code", _by_value(_documented("crawler/exit_codes.py")), "the crawl")
    others = _table("exit code", _by_value(_documented("crawler/dataset_command.py")), "the command")
    return f"## scrapy crawl policies\n\n{crawl}\n\n## The other commands\n\n{others}"


def outcomes() -> str:
    """The words for what became of a thing."""
    parts = []
    for node in _source("pipelines/outcomes.py")[1].body:
        if isinstance(node, ast.ClassDef):
            rows = [(f"`{ast.literal_eval(each.value)}`", each.doc) for each in _documented_in(node.body)]
            parts += [f"## {node.name}", _markdown(ast.get_docstring(node) or ""), _table("word", rows)]
    return "\n\n".join(parts)


def concepts() -> str:
    """The names that the column ``concepts`` may hold, in the order of their table."""
    names = [name for name in read_word_table("pipelines.history.changes", "concepts.toml") if name != SILENT]
    return ", ".join(f"`{name}`" for name in names)


def _documented(path: str) -> list[Named]:
    return _documented_in(_source(path)[1].body)


def _documented_in(body: list[ast.stmt]) -> list[Named]:
    """The constants in upper case of a module or class, with the strings that stand below them."""
    found = []
    for node, after in zip(body, [*body[1:], None], strict=True):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name.isupper():
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if name.isupper():
                pass
            case _:
                continue
        match after:
            case ast.Expr(value=ast.Constant(value=str(doc))):
                found.append(Named(name, ast.unparse(value), _markdown(doc)))
            case _ if isinstance(value, ast.Constant):
                found.append(Named(name, ast.unparse(value), ""))
    return found


def _commented(lines: list[str], nodes: list[tuple[str, ast.expr]]) -> list[Named]:
    """Each with the comment at its line's end, above it, or above those that stand right before it."""
    found: list[Named] = []
    above, last = "", 0
    for name, value in nodes:
        comment: list[str] = []
        number = value.lineno - 2
        while lines[number].lstrip().startswith("#"):
            comment.insert(0, lines[number].strip().lstrip("#:").strip())
            number -= 1
        if comment or number + 1 != last:
            above = " ".join(comment)
        last = value.end_lineno or value.lineno
        beside = re.search(r",?  # (.+)$", lines[last - 1])
        is_worked_out = any(isinstance(node, ast.Call) for node in ast.walk(value))
        written = "" if is_worked_out else ast.unparse(value).strip("'")
        found.append(Named(name, written, _markdown(beside[1] if beside else above)))
    return found


def _by_value(found: Iterable[Named]) -> Iterator[tuple[str, str]]:
    return ((each.value, each.doc) for each in found)


def _rows(found: Iterable[Named]) -> Iterator[tuple[str, str]]:
    """Settings as ``-s`` takes them; those of one comment share a row."""
    for doc, settings in groupby(found, key=attrgetter("doc")):
        yield ", ".join(f"`{each.name}={each.value}`" if each.value else f"`{each.name}`" for each in settings), doc


def _source(path: str) -> tuple[list[str], ast.Module]:
    text = (ROOT / path).read_text(encoding="utf-8")
    return text.splitlines(), ast.parse(text)


def _is(node: ast.AnnAssign, name: str) -> bool:
    return isinstance(node.target, ast.Name) and node.target.id == name


def _markdown(text: str) -> str:
    """A docstring or comment as one line of Markdown."""
    return " ".join(text.replace("``", "`").split())


def _table(first: str, rows: Iterable[tuple[str, ...]], *more: str) -> str:
    heads = [first, *(more or ("meaning",))]
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


#: What stands in place of ``<!-- made: NAME -->`` in a page.
MADE: dict[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings,
    "exit-codes": exit_codes,
    "outcomes": outcomes,
    "concepts": concepts,
}


def filled(page: str) -> str:
    """A page's Markdown with all that is made. ``KeyError`` for a name that nothing is made of."""
    return re.sub(r"^<!-- made: ([\w-]+) -->$", lambda found: MADE[found[1]](), page, flags=re.M)
