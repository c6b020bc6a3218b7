"""What texts tell is worked out again if the code is another that reads them."""

from __future__ import annotations

from pathlib import Path

import pipelines
from pipelines.history.told import CODE
from tests.test_rooms import imports, trees

PACKAGE = Path(pipelines.__file__).parent
#: What the code imports and what decides nothing of a text.
OTHERS = {"pipelines.history.versions", "pipelines"}


def test_all_modules_that_compare_texts_are_in_the_digest_of_the_code() -> None:
    """Those that are imported by them, too."""
    modules = {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for name in CODE
        for path in [PACKAGE / name, *(PACKAGE / name).glob("*.py")]
        if path.suffix == ".py"
    }
    assert {name for module in modules for name in imports(trees()[module])} - OTHERS <= modules
