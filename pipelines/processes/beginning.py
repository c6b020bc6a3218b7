"""How processes begin, with no more than they need: what each has before it begins is there once for each of them.

Workers are forked from a server that has loaded what they need. There is one for each process, started by the first
pool of workers: a later pool finds loaded what that one needed.
"""

from __future__ import annotations

import os
import sys
import threading
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from multiprocessing.context import ForkServerContext, ForkServerProcess

#: What multiprocessing takes for a package that is run by ``python -m``, which it does not import again.
_NO_SCRIPT = ModuleSpec("pipelines.__main__", None)
_starting = threading.Lock()


class _Worker(ForkServerProcess):
    """A process without the script that began this one: Scrapy's brings all of Scrapy, 36 MB and 0.4 s for each.

    multiprocessing imports it in case it has the function that is to run. Ours are all in modules; and so a script that
    calls us need not say ``if __name__ == "__main__"``. The environment is the one of the process that starts it, as it
    is by then: its server has the one of its own beginning, which may lack the keys to a place.
    """

    def start(self) -> None:
        self._environment = dict(os.environ)
        main = sys.modules["__main__"]
        with _starting:
            spec, main.__spec__ = getattr(main, "__spec__", None), _NO_SCRIPT  # a debugger's has none
            try:
                super().start()
            finally:
                main.__spec__ = spec

    def run(self) -> None:
        os.environ.clear()
        os.environ.update(self._environment)
        super().run()


class _Workers(ForkServerContext):
    Process = _Worker


def context(*modules: str) -> ForkServerContext:
    """What ``multiprocessing`` starts workers with. Their server imports ``modules``, if it is not there yet."""
    workers = _Workers()
    workers.set_forkserver_preload([*modules])
    return workers


class _WithoutPandas(MetaPathFinder):
    def find_spec(self, name: str, path: object, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not loaded here: nothing of ours needs it", name=name)


_WITHOUT_PANDAS = _WithoutPandas()


def begin_worker() -> None:
    """A worker's first act: it runs our functions alone, and does without pandas.

    pyarrow imports that, where it is installed, to look whether what becomes an array is a series: 45 MB and 0.3 s.
    """
    sys.meta_path.insert(0, _WITHOUT_PANDAS)


def spare_pandas() -> None:
    """Lets pyarrow do without pandas in a process that others have code in, too, until that asks for a data frame.

    pyarrow looks for it once, and again for a data frame. Who has imported pandas by now keeps it.
    """
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    sys.meta_path.insert(0, _WITHOUT_PANDAS)
    try:
        pa.array([])
    finally:
        sys.meta_path.remove(_WITHOUT_PANDAS)
