"""What the prover said is there at the next visit, and stale once anything it rests on has changed."""

import pytest

from litlab.adapters import cache_files, load_adapter
from litlab.bars import kernel
from litlab.features import list_features, save_feature, verdicts
from litlab.features.verdicts import prove_feature, remembered
from litlab.features.workbench import Workbench
from litlab.sources import copy_to_team, save_source
from litlab.ticks.sample import write_sample
from litlab.workspace import Workspace


@pytest.fixture(scope="module")
def bench():
    bench = Workbench()
    yield bench
    bench.close()


@pytest.fixture
def project(tmp_path):
    project = Workspace(tmp_path).create_project("contoso", "volatility")
    tape = write_sample(project.team.folder("raw"), days=1, ticks_per_day=1_500, seed=7)
    paths = tuple(str(path) for path in tape.paths)
    cache_files(load_adapter(project.team, "lseg", {"paths": list(paths)}))
    project.update(adapter="lseg", paths=paths)
    return project


def test_a_verdict_is_remembered_with_its_evidence_and_goes_stale_with_the_script(project, bench):
    assert remembered(project.team, "sma", {"rate": 3}) is None
    made = prove_feature(project, "sma", {"rate": 3, "count": 2}, samples=4, bench=bench)
    assert made.proof.verdict == "no leak found"
    assert made.proof.ticks[0] < 0
    again, holds = remembered(project.team, "sma", {"rate": "3", "count": 2})
    assert (again, holds) == (made, True)
    assert remembered(project.team, "sma", {"rate": 4, "count": 2}) is None
    done, total = bench.progress()
    assert 0 < done <= total
    path = copy_to_team(project.team, "scripts", "sma")
    assert remembered(project.team, "sma", {"rate": 3, "count": 2}) == (made, True)
    save_source(project.team, "scripts", "sma", path.read_text() + "\n# changed\n")
    assert remembered(project.team, "sma", {"rate": 3, "count": 2}) == (made, False)
    assert list_features(project.team) == {}


def test_a_verdict_goes_stale_with_what_the_script_reads_and_with_the_kernels(project, bench, monkeypatch):
    save_feature(project.team, "bars", "unit_bar", {"count": 3, "unit": "minute", "size": 1})
    params = {"other": "bars", "column": 3}
    made = prove_feature(project, "standardised", params, samples=2, bench=bench)
    assert remembered(project.team, "standardised", params) == (made, True)
    monkeypatch.setattr(verdicts, "KERNEL_VERSION", kernel.KERNEL_VERSION + 1)
    assert not remembered(project.team, "standardised", params)[1]
    monkeypatch.undo()
    save_feature(project.team, "bars", "unit_bar", {"count": 4, "unit": "minute", "size": 1})
    assert not remembered(project.team, "standardised", params)[1]


def test_a_leak_is_refuted_with_its_line(project, bench):
    source = '"""Peeks."""\n\n\ndef feature(adapter, index, params={}, features={}):\n'
    source += "    return [[adapter[min(index + 1, len(adapter) - 1)]['index']]]\n"
    save_source(project.team, "scripts", "peeks", source)
    made = prove_feature(project, "peeks", {}, samples=2, bench=bench)
    assert made.proof.refuted
    assert made.proof.evidence
