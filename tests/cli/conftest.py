"""Calling the command line in this process: what it printed, and its exit status."""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from litlab.cli import main


@dataclasses.dataclass(frozen=True)
class Done:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The JSON object on the last line."""
        return json.loads(self.out.splitlines()[-1])


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Done]:
    """Call ``litlab`` with arguments; the default workspace and temporary folder are the test's own."""
    monkeypatch.setenv("LITLAB_HOME", str(tmp_path / "home"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", tempfile.gettempdir())  # one checker of canvases serves all tests
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))

    def litlab(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["litlab", *map(str, arguments)])
        status = 0
        try:
            main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        printed = capsys.readouterr()
        return Done(status, printed.out, printed.err)

    return litlab
