"""Put litlab's Jupyter files in place for a checkout: ``python -m litlab.server.place``.

A wheel brings ``share/jupyter/labextensions/`` and ``etc/jupyter/`` itself. An editable install leaves
them out or copies them once, as the version of the build backend has it, so they go stale with the next
build of the extension. This copies what differs and removes what an earlier build left behind.

Copies, not links: Jupyter serves no linked file, and through a linked folder an uninstaller would
delete the checkout's own files.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from litlab.atomic import write_bytes

PACKAGE = Path(__file__).resolve().parents[1]

# As [tool.hatch.build.targets.wheel.shared-data] in pyproject.toml has them; a test holds them equal.
SHARED = {
    "labextension": "share/jupyter/labextensions/litlab-labextension",
    "server/jupyter/litlab.json": "etc/jupyter/jupyter_server_config.d/litlab.json",
    "server/jupyter/zz-litlab-no-panel-preview.json": (
        "etc/jupyter/jupyter_server_config.d/zz-litlab-no-panel-preview.json"
    ),
}


def place(prefix: Path) -> list[Path]:
    """Put litlab's Jupyter files into an environment.

    Parameters
    ----------
    prefix : path
        The environment, ``sys.prefix`` for the running one.

    Returns
    -------
    changed : list of paths
        The files written or removed; empty when everything was in place.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as prefix:
    ...     first, second = place(Path(prefix)), place(Path(prefix))
    >>> len(first) > 3, second
    (True, [])
    """
    wanted = dict(pair for name, root in SHARED.items() for pair in _pairs(name, prefix / root))
    changed = []
    for target, source in wanted.items():
        content = source.read_bytes()
        if target.is_symlink() or not target.is_file() or target.read_bytes() != content:
            write_bytes(target, content)
            changed.append(target)
    for path in sorted((prefix / SHARED["labextension"]).rglob("*")):
        if path not in wanted and not path.is_dir():
            path.unlink()
            changed.append(path)
    return changed


def _pairs(name: str, target: Path) -> Iterator[tuple[Path, Path]]:
    """Pair every target with its source; a folder yields its files."""
    source = PACKAGE / name
    if source.is_file():
        yield target, source
        return
    if target.is_symlink():  # a developer's link to the whole folder
        target.unlink()
    for path in sorted(source.rglob("*")):
        if path.is_file():
            yield target / path.relative_to(source), path


def main() -> None:
    """Put the files into the running environment and say how many changed."""
    print(f"{len(place(Path(sys.prefix)))} of litlab's Jupyter files changed in {sys.prefix}")


if __name__ == "__main__":
    main()
