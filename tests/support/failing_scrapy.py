"""``python -m tests.support.failing_scrapy FAULT WRITE arguments...``: ``scrapy arguments...`` on a disk that fails.

``FAULT`` is a place in ``disk_faults.FAULTS``. stderr names the write that failed.
"""

import sys

from scrapy import cmdline

from tests.support.disk_faults import FAULTS, failing

if __name__ == "__main__":
    _, fault, chosen, *arguments = sys.argv
    with failing(FAULTS[int(fault)], int(chosen)) as calls:
        try:
            cmdline.execute(["scrapy", *arguments])
        finally:
            print(f"STRUCK: {calls.struck or 'nothing'}", file=sys.stderr)
