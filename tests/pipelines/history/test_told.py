"""What texts tell is worked out again if the code is another that reads them."""

from __future__ import annotations

import ast
from pathlib import Path

import pipelines
from pipelines.history.told import CODE
from tests.test_rooms import imports, trees

PACKAGE = Path(pipelines.__file__).parent
#: What the code imports and what decides nothing of a text.
OTHERS = {"pipelines.history.versions", "pipelines"}
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    for name in CODE
    for path in [PACKAGE / name, *(PACKAGE / name).glob("*.py")]
    if path.suffix == ".py"
}


def test_all_modules_that_compare_texts_are_in_the_digest_of_the_code() -> None:
    """Those that are imported by them, too."""
    assert {name for module in MODULES for name in imports(trees()[module])} - OTHERS <= MODULES


def test_a_process_that_compares_texts_loads_neither_arrow_nor_what_imports_it() -> None:
    """What is imported for type checkers alone stands in a block of its own."""
    loaded = ast.Module(
        [node for module in MODULES for node in trees()[module].body if not isinstance(node, ast.If)], []
    )
    assert set(imports(loaded)) <= MODULES
    assert "pyarrow" not in {
        alias.name for node in ast.walk(loaded) if isinstance(node, ast.Import) for alias in node.names
    }
