"""A wheel and a checkout put the same JupyterLab extension in place, with Lab's own colours."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from litlab.server.place import SHARED, place

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "extensions/labextension"
BUILT = ROOT / "litlab/labextension"

pytestmark = pytest.mark.skipif(not SOURCE.is_dir(), reason="an installed litlab has no extension sources")


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


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
