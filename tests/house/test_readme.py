"""What the README shows runs as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from litlab.ticks.sample import write_sample

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.train
def test_the_readmes_code_runs_on_the_sample_tape(tmp_path: Path) -> None:
    found = re.search(r"```python\n(.*?)```", README.read_text("utf-8"), re.S)
    assert found
    # Labels of both kinds on every day: a few hundred samples are enough.
    write_sample(tmp_path / "raw", days=6, ticks_per_day=4_000)
    # As a plain script, without a guard around it: worker processes do not run it again.
    (tmp_path / "readme.py").write_text(found.group(1))
    done = subprocess.run(
        [sys.executable, "readme.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "reference" in done.stdout


def test_the_readmes_pictures_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README.read_text("utf-8"))
    assert pictures
    assert all((README.parent / picture).is_file() for picture in pictures)
