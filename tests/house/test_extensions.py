"""What is committed of the TypeScript extensions is what their sources build to, in any folder."""

import dataclasses
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import litlab

ROOT = Path(__file__).resolve().parents[2]
LEFT_BEHIND = shutil.ignore_patterns("node_modules", "lib", "*.tsbuildinfo")


@dataclasses.dataclass(frozen=True)
class Extension:
    """Where its sources lie, what builds them, and where all that they build to is committed."""

    name: str
    script: str
    built: str
    files: str  # of the folder ``built``, those that are its own

    @property
    def source(self):
        return ROOT / "extensions" / self.name

    def contents(self, root):
        folder = root / self.built
        paths = [path for path in folder.rglob(self.files) if path.is_file()]
        return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


CANVAS = Extension("canvas", "bundle", "litlab/static", "canvas.*")
LAB = Extension("labextension", "build", "litlab/labextension", "*")

pytestmark = pytest.mark.skipif(
    not (ROOT / "extensions").is_dir(), reason="an installed litlab has no sources of its extensions"
)
both = pytest.mark.parametrize("extension", [CANVAS, LAB], ids=lambda one: one.name)


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
        said = f"npm {' '.join(arguments)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        assert done.returncode == 0, said

    return run


def copied(extension, npm, root):
    """Copy the sources into a folder of their own, and install what they need."""
    folder = root / "extensions" / extension.name
    shutil.copytree(extension.source, folder, ignore=LEFT_BEHIND)
    npm("ci", "--ignore-scripts", "--prefer-offline", folder=folder)
    return folder


@both
def test_what_is_committed_is_byte_for_byte_what_the_sources_build_to(extension, npm, tmp_path):
    npm("run", extension.script, folder=copied(extension, npm, tmp_path))
    built, committed = extension.contents(tmp_path), extension.contents(ROOT)
    assert sorted(built) == sorted(committed), f"run `make extension` and commit {extension.built}"
    assert [name for name in built if built[name] != committed[name]] == []


@pytest.mark.soak
def test_the_types_of_the_canvas_are_right(npm, tmp_path):
    npm("run", "check", folder=copied(CANVAS, npm, tmp_path))  # building Lab's extension checks its own


@both
def test_the_lock_file_names_no_registry(extension):
    lock = json.loads((extension.source / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


@pytest.mark.parametrize(
    "package",
    [CANVAS.source / "package.json", LAB.source / "package.json", ROOT / LAB.built / "package.json"],
    ids=lambda path: str(path.relative_to(ROOT).parent),
)
def test_an_extension_has_litlabs_version(package):
    assert json.loads(package.read_text())["version"] == litlab.__version__
