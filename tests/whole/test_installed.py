"""The wheel, installed in an environment of its own, outside of the checkout: its command works in any folder."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from crawler import __version__
from tests.support.processes import ROOT

#: It downloads what builds a wheel.
pytestmark = [pytest.mark.slow, pytest.mark.long]


def run(*line: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}  # nothing of the checkout
    return subprocess.run([*map(str, line)], cwd=cwd, env=env, capture_output=True, text=True, timeout=400)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``wayback-policies`` in a fresh environment. The other packages are those of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    built = run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, ROOT, cwd=folder)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env")
    python = folder / "env" / "bin" / "python"
    into = ("--python", python)  # spares a pip of its own
    done = run(sys.executable, "-m", "pip", *into, "install", "--quiet", "--no-deps", wheel, cwd=folder)
    assert done.returncode == 0, done.stderr
    (packages,) = (folder / "env" / "lib").glob("python*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    return python.with_name("wayback-policies")


def test_its_command_has_the_version_of_the_package(installed: Path, tmp_path: Path) -> None:
    assert run(installed, "--version", cwd=tmp_path).stdout == f"wayback-policies {__version__}\n"


def test_the_demo_and_the_commands_work_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    demo = run(installed, "demo", cwd=tmp_path)
    assert demo.returncode == 0 and "everything planned is settled" in demo.stdout, demo.stdout + demo.stderr
    status = run(installed, "status", "-s", "DATA_DIR=data/demo", cwd=tmp_path)
    assert "14: 11 found" in status.stdout, status.stdout + status.stderr


def test_a_scrapy_cfg_of_the_users_names_other_settings(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = mine\n")
    (tmp_path / "mine.py").write_text("from crawler.settings import *\nDATA_DIR = 'elsewhere'\n")
    done = run(installed, "status", cwd=tmp_path)
    assert done.returncode == 2 and "there is no dataset in elsewhere" in done.stderr, done.stdout + done.stderr
