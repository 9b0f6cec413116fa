"""Binder's steps, done in a fresh environment: install its list, build its workspace, start."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
BINDER = TOP / "binder"


def pip_list() -> list[str]:
    """Return the lines of the pip section of environment.yml."""
    text = (BINDER / "environment.yml").read_text("utf-8")
    return re.findall(r"^ {6}- (.+)$", text.partition("- pip:")[2], re.M)


@pytest.mark.soak  # CI's own first step is a fresh environment from the same extras
@pytest.mark.timeout(600)
def test_a_fresh_environment_made_from_its_list_brings_the_demo_up(tmp_path: Path) -> None:
    # The wheel is built from what would be cloned, not from this checkout's leftovers.
    copy = tmp_path / "clone"
    kept = shutil.ignore_patterns(".venv", "node_modules", ".git", "*-workspace", "__pycache__", ".*_cache")
    shutil.copytree(TOP, copy, ignore=kept)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "env")], check=True)
    requirements = [part for line in pip_list() for part in line.split(" ")]
    assert any("train-cpu" in part for part in requirements)
    install = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "--quiet",
        "--python",
        str(python),
        *requirements,
    ]
    subprocess.run(install, cwd=copy / "binder", check=True)

    home = tmp_path / "workspace"
    env = {
        key: value for key, value in os.environ.items() if not key.startswith(("LITLAB", "PYTHON", "JUPYTER"))
    }
    env |= {
        "PATH": f"{python.parent}{os.pathsep}{env['PATH']}",
        "LITLAB_HOME": str(home),
        "LITLAB_DEMO_OPTIONS": "--days 5 --ticks-per-day 3000",
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
    }
    subprocess.run(["bash", str(copy / "binder" / "postBuild")], env=env, check=True)
    told = "import litlab; print([str(one) for one in litlab.Workspace().projects()])"
    start = ["bash", str(copy / "binder" / "start")]
    answer = subprocess.run(
        [*start, str(python), "-c", told], env=env, check=True, capture_output=True, text=True
    )
    assert answer.stdout.strip() == "['contoso/volatility']"

    # The wheel brought the JupyterLab extension and switched its server side on.
    listed = subprocess.run(
        [str(python), "-m", "jupyter", "labextension", "list"],
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )
    assert re.search(r"litlab-labextension .*enabled.*OK", listed.stderr + listed.stdout)
    config = python.parents[1] / "etc" / "jupyter" / "jupyter_server_config.d" / "litlab.json"
    assert json.loads(config.read_text())["ServerApp"]["jpserver_extensions"]["litlab.server"] is True
