"""The docs say what the code says: their reference is whole, and their code could run."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from scrapy.settings import default_settings

from crawler import settings as project_settings
from crawler.addon import DEFAULTS
from crawler.arguments import NAMES
from crawler.given_settings import OURS
from data.make import reference
from pipelines.dataset.overrides import read_overrides
from tests.support.docs import ALL, DOCS, NOT_RUN, PAGES, Block, commands, named
from tests.support.processes import ROOT

COMMANDS = reference.command_classes()
OPTIONS = {
    name: {text: action for group in reference.options(command).values() for action in group
           for text in action.option_strings} | {"--help": None, "-h": None}
    for name, command in COMMANDS.items()
}  # fmt: skip
#: Commands of Scrapy itself.
SCRAPYS = {"runspider", "startproject", "version", "list"}
UNIT = DOCS / "systemd" / "wayback-policies.service"


def page(name: str) -> str:
    return reference.filled((DOCS / name).read_text("utf-8"))


# The reference --------------------------------------------------------------------------------------


def test_every_command_has_its_section_with_all_its_options() -> None:
    assert COMMANDS.keys() == {path.stem for path in (ROOT / "crawler" / "commands").glob("[!_]*.py")}
    sections = dict(re.findall(r"^## scrapy (\w+)\n(.*?)(?=^## )", page("commands.md"), re.M | re.S))
    assert sections.keys() == COMMANDS.keys()
    shared = page("commands.md").partition("## Options of every command")[2]
    for name, options in OPTIONS.items():
        told = set(re.findall(r"(?<![\w-])-{1,2}[A-Za-z][\w-]*", sections[name] + shared))
        assert options.keys() - told - {"--help", "-h"} == set(), name


def test_a_commands_line_names_all_choices_of_an_option_or_none() -> None:
    for name, options in OPTIONS.items():
        for option, action in options.items():
            named = re.search(rf"{option} (\w+(?:\|\w+)+)", COMMANDS[name].syntax())
            assert not named or named[1].split("|") == list(action.choices), (name, option)


def test_every_setting_stands_in_its_page_with_a_meaning() -> None:
    told = dict(re.findall(r"^\| (`[A-Z].*?) \| (.*) \|$", page("settings.md"), re.M))
    names = {name for cell in told for name in re.findall(r"`([A-Z_]+)", cell)}
    assert {name for name in vars(project_settings) if name.isupper()} | DEFAULTS.keys() <= names
    assert all(told.values())


def test_every_argument_of_the_crawl_stands_in_its_page() -> None:
    assert set(re.findall(r"-a (\w+)=", page("arguments.md"))) >= set(NAMES)


@pytest.mark.parametrize("name", ["exit-codes.md", "outcomes.md", "settings.md"])
def test_nothing_that_is_made_of_the_code_goes_without_a_meaning(name: str) -> None:
    rows = re.findall(r"^\|.*\|$", page(name), re.M)
    assert len(rows) > 10
    assert [row for row in rows if row.endswith("|  |")] == []


def test_the_concepts_that_a_text_may_name_stand_where_changes_are_explained() -> None:
    assert "`location`" in page("versions.md") and "`law_gdpr`" in page("versions.md")


def test_a_page_can_not_ask_for_what_nothing_is_made_of() -> None:
    with pytest.raises(KeyError):
        reference.filled("<!-- made: nothing -->")


# The code in the pages ------------------------------------------------------------------------------


def test_the_readme_fits_on_two_screens() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 85


@pytest.mark.parametrize("block", ALL, ids=str)
def test_code_is_in_a_language_and_well_formed(block: Block, tmp_path: Path) -> None:
    match block.language:
        case "python":
            compile(block.text, str(block), "exec")
        case "toml":
            (tmp_path / "overrides.toml").write_text(block.text)
            assert tomllib.loads(block.text) and read_overrides(tmp_path)
        case "json":
            json.loads(block.text)
        case "sh" | "text":
            pass
        case other:
            raise AssertionError(f"no test knows what to do with {other}")


def test_a_script_begins_its_crawl_only_where_it_is_the_program_and_not_in_its_worker_processes() -> None:
    scripts = [block for block in ALL if block.language == "python" and "process.start()" in block.text]
    assert scripts
    assert [str(block) for block in scripts if "\n    process.start()" not in block.text] == []
    assert all('if __name__ == "__main__":' in block.text for block in scripts)


def test_blocks_that_are_not_run_say_why() -> None:
    reasons = [block.text.splitlines()[0].removeprefix(NOT_RUN) for block in ALL if block.text.startswith(NOT_RUN)]
    assert reasons and all(len(reason) > 5 for reason in reasons)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_what_is_said_to_be_made_is_a_target_of_the_makefile(path: Path) -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M)
    assert set(re.findall(r"(?:^|`)make ([\w-]+)", path.read_text("utf-8"), re.M)) <= set(targets)


def test_blocks_that_are_files_have_tests_of_their_own() -> None:
    tests = (ROOT / "tests" / "whole" / "test_starts.py").read_text("utf-8")
    files = [block for block in ALL if block.own_test]
    assert files
    assert [
        str(block) for block in files if f'example("{Path(block.page).name}", "{block.own_test}")' not in tests
    ] == []


@pytest.mark.parametrize("path", [*PAGES, UNIT], ids=lambda path: path.name)
def test_commands_arguments_options_and_settings_in_the_docs_exist(path: Path) -> None:
    here = str(path.relative_to(ROOT))
    texts = [block.text for block in ALL if block.page == here and block.language in ("sh", "text")]
    texts += named(path) if path != UNIT else re.findall(r"^ExecStart=((?:.*\\\n)*.*)", path.read_text("utf-8"), re.M)
    wrong = [problem for text in texts for name, words in commands(text) for problem in problems(name, words)]
    assert wrong == []


def problems(name: str, words: Sequence[str]) -> list[str]:
    """What of a command's line does not exist."""
    if name in SCRAPYS or name.isupper() or name.startswith("-"):
        return []
    if name not in COMMANDS:
        return [f"there is no command {name}"]
    found = []
    for word, value in pairwise([*words, ""]):
        option = word.partition("=")[0]
        if re.match(r"--?[A-Za-z]", word) and option not in OPTIONS[name]:
            found.append(f"scrapy {name} has no option {option}")
        if word == "-a" and value.partition("=")[0] not in NAMES:
            found.append(f"-a {value}: no argument")
        setting = value.partition("=")[0]
        if word == "-s" and setting not in OURS and not hasattr(default_settings, setting):
            found.append(f"-s {value}: no setting")
    return found


def test_a_wrong_option_argument_or_setting_would_be_found() -> None:
    (line,) = commands("scrapy crawl policies --dry -a domian=x \\\n -s DATADIR=y  # a comment -z")
    assert problems(*line) == [
        "scrapy crawl has no option --dry",
        "-a domian=x: no argument",
        "-s DATADIR=y: no setting",
    ]
    assert [problems(*line) for line in commands("cd x && .venv/bin/scrapy krawl | cat")] == [
        ["there is no command krawl"]
    ]
