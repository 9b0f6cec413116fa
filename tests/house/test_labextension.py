"""The committed JupyterLab extension is what its sources build to, and the installs agree about it."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

import litlab
from litlab.server.place import SHARED, place

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "extensions/labextension"
BUILT = ROOT / "litlab/labextension"

pytestmark = pytest.mark.skipif(not SOURCE.is_dir(), reason="an installed litlab has no extension sources")


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def npm():
    program = shutil.which("npm")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("npm is not installed")
        pytest.skip("npm is not installed")

    def run(*arguments, folder):
        done = subprocess.run(
            [program, *arguments], cwd=folder, capture_output=True, text=True, timeout=200, check=False
        )
        assert done.returncode == 0, (
            f"npm {' '.join(arguments)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        )

    return run


def test_the_committed_extension_is_byte_for_byte_what_its_sources_build_to(npm, tmp_path):
    copy = tmp_path / "extensions/labextension"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("node_modules", "lib", "*.tsbuildinfo"))
    npm("ci", "--ignore-scripts", "--prefer-offline", folder=copy)
    npm("run", "build", folder=copy)
    built, committed = contents(tmp_path / "litlab/labextension"), contents(BUILT)
    assert sorted(built) == sorted(committed), "run `make labextension` and commit litlab/labextension"
    assert [name for name in built if built[name] != committed[name]] == []


def test_the_lock_file_names_no_registry():
    lock = json.loads((SOURCE / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


def test_the_extension_has_litlabs_version():
    for package in (SOURCE / "package.json", BUILT / "package.json"):
        assert json.loads(package.read_text())["version"] == litlab.__version__


def test_a_wheel_and_a_checkout_put_the_same_files_in_place():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    shared = build["targets"]["wheel"]["shared-data"]
    assert shared == {f"litlab/{source}": target for source, target in SHARED.items()}


def test_placing_again_repairs_what_changed_and_removes_what_an_earlier_build_left(tmp_path):
    place(tmp_path)
    folder = tmp_path / SHARED["labextension"]
    (folder / "package.json").write_text("{}")
    (folder / "static/remoteEntry.0000.js").write_text("")
    changed = place(tmp_path)
    assert changed == [folder / "package.json", folder / "static/remoteEntry.0000.js"]
    assert contents(folder) == contents(BUILT)


def test_placing_replaces_a_linked_folder_and_leaves_what_it_pointed_to_alone(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "package.json").write_text("{}")
    folder = tmp_path / SHARED["labextension"]
    folder.parent.mkdir(parents=True)
    folder.symlink_to(elsewhere)
    place(tmp_path)
    assert contents(folder) == contents(BUILT)
    assert contents(elsewhere) == {"package.json": b"{}"}


def test_jupyter_loads_our_server_extension_and_not_panels_open_preview(tmp_path):
    manager = pytest.importorskip("jupyter_server.extension.config")
    place(tmp_path)
    config = tmp_path / "etc/jupyter"
    (config / "jupyter_server_config.d/panel-client-jupyter.json").write_text(
        json.dumps({"ServerApp": {"jpserver_extensions": {"panel.io.jupyter_server_extension": True}}})
    )
    extensions = manager.ExtensionConfigManager(read_config_path=[str(config)]).get_jpserver_extensions()
    assert extensions == {"litlab.server": True, "panel.io.jupyter_server_extension": False}


def test_every_colour_of_the_extension_is_labs_own():
    style = (SOURCE / "style/index.css").read_text()
    assert "var(--jp-" in style
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?)\(", style) == []
