"""The rows that could not be used, as they stand in the raw file, with their line and the reason."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from litlab.ticks.account import RowAccount
from litlab.ticks.version import file_digest

LIMIT_BYTES = 8 << 20
LIMIT_CHARACTERS = 1 << 16  # of one row


def write_quarantine(folder: Path, account: RowAccount) -> dict[str, Any] | None:
    """Write the rejected rows into `folder`, in the file's order: ``line,reason,text``.

    Parameters
    ----------
    account : RowAccount
        ``text`` stays empty where it knows no lines of text.

    Returns
    -------
    dict or None
        ``file``, named by its content; ``rows`` in it; ``complete``: whether these are all, whole (at most
        10,000 rows, about 8 MiB, 65,536 characters of a row are kept). None where nothing was rejected.
    """
    if not account.rejected:
        return None
    rejects = sorted(account.rejects, key=lambda one: int(one["line"]))
    found = account.texts([one["line"] for one in rejects]) if account.texts else {}
    draft = folder / "quarantine.csv"
    rows, size, whole = 0, 0, True
    # Bytes that are no UTF-8 are written as they were read.
    with draft.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["line", "reason", "text"])
        for one in rejects:
            text = found.get(one["line"], b"").decode("utf-8", "surrogateescape")
            whole &= len(text) <= LIMIT_CHARACTERS
            out.writerow([one["line"], one["reason"], text[:LIMIT_CHARACTERS]])
            rows, size = rows + 1, size + len(text)
            if size > LIMIT_BYTES:
                break
    name = f"quarantine-{file_digest(draft)[:12]}.csv"
    draft.rename(folder / name)
    return {"file": name, "rows": rows, "complete": whole and rows == account.rejected}
