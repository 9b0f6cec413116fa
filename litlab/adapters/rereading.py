"""Physical lines of a raw file, read a second time: only where some rows could not be used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from litlab.adapters.inflating import Inflated

_PIECE = 1 << 18


def physical_lines(path: Path, lines: Sequence[int]) -> dict[int, bytes]:
    r"""Return the raw bytes of some lines without their ends.

    Parameters
    ----------
    path : Path
        Plain or compressed text.
    lines : sequence of int
        Counted from 1 as a ``Reader`` counts them; those the file does not have are left out.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.csv"
    ...     _ = path.write_bytes(b"time,price\r\n1,x\r\n2,13.5")
    ...     physical_lines(path, [2, 3, 9])
    {2: b'1,x', 3: b'2,13.5'}
    """
    wanted = sorted(set(lines), reverse=True)
    found: dict[int, bytes] = {}
    first, rest = 1, b""
    with Inflated(path) as file:
        while wanted and (data := file.read(_PIECE)):
            *whole, rest = (rest + data).split(b"\n")
            while wanted and wanted[-1] < first + len(whole):
                number = wanted.pop()
                found[number] = whole[number - first].removesuffix(b"\r")
            first += len(whole)
    if wanted and wanted[-1] == first and rest:
        found[first] = rest.removesuffix(b"\r")
    return found
