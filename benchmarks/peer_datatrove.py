"""datatrove's WARC reader and trafilatura (favor_recall) over a folder of WARC files: see ``reextract.py``.

python peer_datatrove.py WARC_DIR OUT_DIR PROCESSES        # in an environment with datatrove and trafilatura
"""

import sys

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.extractors import Trafilatura
from datatrove.pipeline.readers import WarcReader
from datatrove.pipeline.writers import JsonlWriter


def main(warcs: str, out: str, processes: int) -> None:
    LocalPipelineExecutor(
        [
            WarcReader(warcs, glob_pattern="*.warc.gz"),
            Trafilatura(favour_precision=False, favor_recall=True, deduplicate=False, timeout=60),
            JsonlWriter(f"{out}/texts"),
        ],
        tasks=2,
        workers=processes,
        logging_dir=f"{out}/log",
    ).run()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
