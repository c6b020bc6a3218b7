"""Runs ``docs/notebook.ipynb`` on the release of the sample, and writes its outputs into it.

Run it from the checkout, with the extras ``report`` and ``test``: ``python -m data.make.notebook``. It crawls the
sample first, on loopback.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebook.ipynb"
SVG = "image/svg+xml"
#: The kinds of output that are kept, the best one first.
_KINDS = (SVG, "text/plain")


def run(notebook: dict[str, Any], folder: Path) -> None:
    """Runs the code cells in order, in ``folder``, and gives each its output: what its last line evaluates to."""
    names: dict[str, Any] = {}
    with chdir(folder):
        for number, cell in enumerate(code_cells(notebook), 1):
            cell["execution_count"] = number
            cell["outputs"] = _outputs(_run_cell("".join(cell["source"]), names), number)


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _run_cell(source: str, names: dict[str, Any]) -> Any:
    tree = ast.parse(source)
    last = tree.body[-1]
    shown = ast.Expression(last.value) if isinstance(last, ast.Expr) else None
    if shown:
        tree.body.pop()
    exec(compile(tree, "cell", "exec"), names)  # noqa: S102 (our own notebook)
    return eval(compile(shown, "cell", "eval"), names) if shown else None  # noqa: S307


def _outputs(value: Any, number: int) -> list[dict[str, Any]]:
    """The output of a cell as a notebook keeps it."""
    if value is None:
        return []
    found = value._repr_mimebundle_() if hasattr(value, "_repr_mimebundle_") else {}
    found = found[0] if isinstance(found, tuple) else found
    data = {"text/plain": repr(value)} | found
    kind = next(kind for kind in _KINDS if kind in data)
    shown = {kind: data[kind].splitlines(keepends=True)}
    return [{"output_type": "execute_result", "execution_count": number, "metadata": {}, "data": shown}]


def markdown_of(notebook: dict[str, Any]) -> str:
    """The notebook as a page of the docs."""
    parts = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        parts.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
        for output in cell.get("outputs", ()):
            data = output["data"]
            is_picture = SVG in data
            text = "".join(data[SVG] if is_picture else data["text/plain"])
            parts.append(f"```{{raw}} html\n{text}\n```" if is_picture else f"```text\n{text}\n```")
    return "\n\n".join(parts)


def main() -> None:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    with TemporaryDirectory() as folder:
        scrapy = [sys.executable, "-m", "scrapy"]
        subprocess.run([*scrapy, "demo", "-s", f"DATA_DIR={folder}"], check=True)  # noqa: S603 (our own commands)
        made = ["release", "-o", f"{folder}/release", "-s", f"DATA_DIR={folder}/demo"]
        subprocess.run([*scrapy, *made], check=True)  # noqa: S603
        run(notebook, Path(folder))
    NOTEBOOK.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
