"""What ``make`` installs is locked: each package by its version and hashes."""

import re
from importlib.metadata import requires

import pytest
from packaging.requirements import Requirement

from data.make.locked import canonical, locked


def packages(*extras: str) -> dict[str, str]:
    return {
        canonical(re.split("==", block)[0]): block for block in re.findall(r"^\w.*\n(?: .*\n)*", locked(extras), re.M)
    }


def test_each_package_has_its_version_and_hashes() -> None:
    for name, block in packages("report", "test", "browser", "dev", "docs", "ray", "s3").items():
        assert re.match(r"[\w.-]+==\d\S*( ;.*)? \\\n    --hash=sha256:[0-9a-f]{64}", block), name
        assert "://" not in block


@pytest.mark.parametrize("extras", [(), ("report", "test", "browser")])
def test_what_a_locked_package_needs_is_locked_too(extras: tuple[str, ...]) -> None:
    found = packages(*extras)
    for name, block in found.items():
        marker = re.match(r"[^;\n]*;(.*) \\", block)
        if marker and not Requirement(f"x;{marker[1]}").marker.evaluate():
            continue
        for needed in map(Requirement, requires(name) or ()):
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                assert canonical(needed.name) in found, f"{name} needs {needed.name}"


def test_an_extra_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        locked(["nonsense"])


def test_a_package_that_is_locked_once_for_each_python_is_there_for_each() -> None:
    versions = re.findall(r"^sphinx==\S+ ; (.*) \\$", locked(["docs"]), re.M)
    assert len(versions) > 1
    assert sum(Requirement(f"sphinx;{version}").marker.evaluate() for version in versions) == 1
