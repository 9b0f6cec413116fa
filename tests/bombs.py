"""Archives that inflate too far, read by a process whose memory is watched."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path

HEADER = b"time,price,volume,note\n"
PIECE = b"2013-10-07T14:00:00Z,13.9,100,a\n" * 100_000  # 3.2 MB

WATCHED = """
import json, sys, threading
from pathlib import Path
from litlab.adapters import inflating
from litlab.adapters.csv import CsvAdapter
from litlab.errors import LitlabError

def anonymous():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) * 1024

inflating.FREE = int(sys.argv[2])
peak, over = [anonymous()], threading.Event()
def watch():
    while not over.wait(0.002):
        peak.append(anonymous())
thread = threading.Thread(target=watch)
thread.start()
rows = 0
try:
    for batch in CsvAdapter({}, Path("cache")).parse(Path(sys.argv[1])):
        rows += batch.num_rows
except LitlabError as problem:
    print(json.dumps([type(problem).__name__, rows, max(peak)]))
finally:
    over.set()
    thread.join()
"""


def explode(folder: Path, kind: str, pieces: int, free: int) -> tuple[str, int, int]:
    """Return the error, the rows read before it and the bytes of memory of a bomb of `pieces`."""
    path = folder / f"a.{'csv.gz' if kind == 'gzip' else 'zip'}"
    with gzip.open(path, "wb", 9) if kind == "gzip" else zipfile.ZipFile(path, "w", 8) as outer:
        file = outer if kind == "gzip" else outer.open("a.csv", "w")
        file.write(HEADER)
        for _ in range(pieces):
            file.write(PIECE)
        file.close()
    command = [sys.executable, "-c", WATCHED, str(path), str(free)]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    name, rows, peak = json.loads(told.stdout)
    return name, rows, peak
