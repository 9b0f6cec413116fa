"""``import litlab`` costs next to nothing: a scoring machine and a shell completion depend on it."""

from __future__ import annotations

import json
import subprocess
import sys

import litlab


def modules_after(code: str) -> set[str]:
    tell = "import json; print(json.dumps(sorted(set(sys.modules) - before)))"
    program = f"import sys; before = set(sys.modules); {code}; {tell}"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(found.stdout))


def test_import_litlab_loads_the_standard_library_only() -> None:
    loaded = {name.partition(".")[0] for name in modules_after("import litlab")} - {"litlab"}
    assert loaded <= set(sys.stdlib_module_names), loaded - set(sys.stdlib_module_names)


def test_importing_a_workspace_does_not_load_numpy() -> None:
    assert "numpy" not in modules_after("import litlab; litlab.Workspace")


def test_every_public_name_can_be_reached() -> None:
    for name in litlab.__all__:
        assert getattr(litlab, name) is not None


def test_the_scorer_does_without_tensorflow() -> None:
    loaded = modules_after("import litlab.vault.scorer, litlab.deployments.service")
    assert not {"tensorflow", "keras"} & {name.partition(".")[0] for name in loaded}
