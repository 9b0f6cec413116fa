"""The apps' process for browser tests, over a workspace of their own."""

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from litlab.workspace import Workspace

# Bokeh's own, where a page goes away in the middle of a message.
_LEFT = re.compile(r"Traceback .*\n(?:  .*\n)*    assert self\._session is not None\n(?:  .*\n)*Assert")


@contextlib.contextmanager
def serving(workspace: Workspace, log: Path, before: str = "", prefix: str = "") -> Iterator[str]:
    """Run ``python -m litlab.apps`` over a workspace and give its address; it must not stumble once.

    `before` is Python that its process runs first, to shorten a limit for example.
    """
    first = f"{before}\nimport runpy; runpy.run_module('litlab.apps', run_name='__main__', alter_sys=True)"
    run = ["-c", first] if before else ["-m", "litlab.apps"]
    command = [sys.executable, *run, "--workspace", str(workspace.home), "--prefix", prefix]
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[3].rstrip("/")
    finally:
        process.terminate()
        process.wait(15)
        process.stdout.close()
    said = _LEFT.sub("", log.read_text())
    assert "Traceback" not in said, said[-4000:]
