"""What the last audit found, as DATA_DIR keeps it for the next release's card: figures only, no name of a domain."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipelines.dataset.errors import DamagedFileError
from pipelines.dataset.part_writer import whole_file

FILE_NAME = "audit.json"
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well two people agree in their answers to one question."""

    rows: int
    """Rows that both answered."""
    same: float | None
    """The share of these with the same answer."""
    kappa: float | None
    """Cohen's kappa: 1 is always, 0 as often as by chance; ``None`` where it has no meaning."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How often the dataset is wrong in one way."""

    rows: int
    """Rows that were judged."""
    share: float | None
    """The share of the dataset's rows that is wrong; ``None`` where no row was judged."""
    low: float | None
    high: float | None
    """The ends of the 95 % interval."""


@dataclass(frozen=True, slots=True)
class Result:
    """What an audit found."""

    date: str
    seed: int
    rows: int
    """Of the sample."""
    of_rows: int
    """Rows of ``policies`` when it was drawn."""
    strata: int
    extractors: Sequence[str]
    """Which software made the texts that were looked at."""
    agreement: Mapping[str, Agreement]
    """By question."""
    rates: Mapping[str, Rate]
    """By measure."""

    def as_dict(self) -> dict[str, Any]:
        """What is written as JSON, its figures rounded."""
        return _rounded(asdict(self))  # type: ignore[no-any-return]


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return round(value, _DIGITS) if isinstance(value, float) else value


def keep_result(data_dir: Path, result: Result) -> Path:
    """Keeps a result in ``data_dir``, instead of the one before."""
    path = data_dir / FILE_NAME
    with whole_file(path) as file:
        file.write((json.dumps(result.as_dict(), indent=1) + "\n").encode())
    return path


def read_result(data_dir: Path) -> Result | None:
    """The last audit's result; ``None`` where nobody has audited. ``DatasetError`` where the file is damaged."""
    path = data_dir / FILE_NAME
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        parts = {"agreement": Agreement, "rates": Rate}
        made = {name: {key: part(**each) for key, each in told[name].items()} for name, part in parts.items()}
        return Result(**{**told, **made})
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedFileError(path, "it does not hold an audit's result") from error
