"""The settings that people give with ``-s``: misspelt names, and the folder for the dataset."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings, default_settings

from crawler import settings as project_settings
from pipelines.urls import without_secrets

#: The settings that only this project has.
OURS = {name for name in vars(project_settings) if name.isupper()} - vars(default_settings).keys() | {"ARCHIVE_URL"}
#: A name is taken for a misspelt one of ours if it is at least this near to it (``difflib``'s ratio).
NEAR = 0.8


class BadSetting(ValueError):
    """The setting can't be used; the message says what is wrong."""


def data_dir(settings: Mapping[str, Any]) -> Path:
    """The setting DATA_DIR, where there can be only one. Raises ``BadSetting`` as ``data_dirs``, and for several."""
    found = data_dirs(settings)
    if len(found) > 1:
        raise BadSetting(
            f"-s DATA_DIR={settings['DATA_DIR']}: several are for commands that only read:"
            f" scrapy gather {' '.join(map(str, found))} -s DATA_DIR=ALL joins them"
        )
    return found[0]


def data_dirs(settings: Mapping[str, Any]) -> list[Path]:
    """The setting DATA_DIR, which may name several folders, with commas between them.

    It does if one of these folders exists, and no folder whose name is the whole value. Raises ``BadSetting`` if a name
    is empty, or an address instead of a folder's path.
    """
    given = str(settings["DATA_DIR"] or "")
    if not given.strip():
        raise BadSetting("-s DATA_DIR=: it is empty, and has to name a folder")
    whole = local("-s DATA_DIR=", given)
    names = [name.strip() for name in given.split(",")]
    if whole.exists() or not any(name and Path(name).is_dir() for name in names):
        return [whole]
    if "" in names:
        raise BadSetting(f"-s DATA_DIR={given}: a name between two commas is empty")
    folders: dict[Path, Path] = {}
    for folder in (local("-s DATA_DIR=", name) for name in names):
        folders.setdefault(folder.resolve(), folder)
    return list(folders.values())


def local(what: str, given: str) -> Path:
    """A folder that a command takes on this machine alone. Raises ``BadSetting`` if it is an address."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", given):
        raise BadSetting(f"{what}{without_secrets(given)}: it has to be a folder of this machine, not an address")
    return Path(given)


def check_given(settings: BaseSettings, *, takes_several: bool = False) -> None:
    """Checks DATA_DIR, which may name several if ``takes_several``, and the names given on the command line.

    Raises ``BadSetting``. Scrapy ignores a setting that it does not know; of those, the ones that look like one of ours
    are misspelt.
    """
    (data_dirs if takes_several else data_dir)(settings)
    local("-s SLOTS_DIR=", str(settings["SLOTS_DIR"] or ""))
    for name in settings:
        is_given = settings.getpriority(name) == SETTINGS_PRIORITIES["cmdline"]
        if is_given and name not in OURS and not hasattr(default_settings, name):
            for right in difflib.get_close_matches(name.upper(), sorted(OURS), n=1, cutoff=NEAR):
                raise BadSetting(f"-s {name}: there is no such setting. It is called {right}")
