"""A script tried at one tick: what people see of it, and what no script can do to whoever tries it."""

import os
import tempfile
import threading
import time

import numpy as np
import pytest

from litlab.adapters import cache_files, load_adapter, load_adapter_by_project
from litlab.errors import (
    BadParameter,
    BadScript,
    LookaheadError,
    NotOpened,
    ScriptEnded,
    ScriptFailed,
    ScriptOutOfMemory,
    ScriptStopped,
    ScriptTimeout,
    UnknownName,
)
from litlab.features import compute_sample, load_features, save_feature, test_feature
from litlab.features.tested import loaded_with_needs, shared_bench
from litlab.features.workbench import PRINTED_BYTES, Workbench
from litlab.ticks.sample import write_sample
from litlab.workspace import Workspace

AT = 1_500
BARS = {"count": 5, "unit": "minute", "size": 1, "current": "partial"}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    project = Workspace(tmp_path_factory.mktemp("tested")).create_project("contoso", "volatility")
    tape = write_sample(project.team.folder("raw"), days=2, ticks_per_day=1_500, seed=7)
    paths = tuple(str(path) for path in tape.paths)
    cache_files(load_adapter(project.team, "lseg", {"paths": list(paths)}))
    project.update(adapter="lseg", paths=paths)
    return project


def script(project, name, body, docstring="A script."):
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    text = f'"""{docstring}"""\n\n\ndef feature(adapter, index, params={{}}, features={{}}):\n{lines}\n'
    (project.team.folder("scripts") / f"{name}.py").write_text(text)
    return name


def test_values_reads_and_times_are_those_of_compute_sample(project):
    save_feature(project.team, "bars", "unit_bar", BARS)
    adapter = load_adapter_by_project("contoso", "volatility", project.team.workspace)
    sample = compute_sample(adapter, AT, load_features(project.team, ["bars"]))
    found = test_feature(project, "unit_bar", BARS, AT)
    assert np.array_equal(found.values, sample.values["bars"], equal_nan=True)
    assert found.reads == (sample.read_lo, sample.read_hi)
    first, now = (int(adapter.store.times(at, at + 1)[0]) for at in (sample.read_lo, AT))
    assert found.reads_ns == (first - now, 0)
    assert found.columns[:4] == ("open", "high", "low", "close")
    for (start, stop), row in zip(found.spans.tolist(), found.values, strict=True):
        assert len({int(at) // 60_000_000_000 for at in adapter.store.times(start, stop)}) == 1
        assert {row[0], row[1], row[2], row[3]} <= set(adapter.store.column("price", start, stop).tolist())
    assert found.spans[-1, 1] == AT + 1


def test_the_last_rows_of_a_longer_window_stand_at_its_last_bars(project):
    found = test_feature(project, "sma", {"rate": 3, "count": 4}, AT)
    bars = test_feature(project, "unit_bar", {**BARS, "count": 4}, AT)
    assert np.array_equal(found.spans, bars.spans)


def test_ticks_asked_for_by_get_bars_and_window_are_known_too(project):
    name = script(project, "ticks", "return adapter.window(index - 4, index + 1, ['price'])['price']")
    found = test_feature(project, name, {}, AT)
    assert found.spans.tolist() == [[at, at + 1] for at in range(AT - 4, AT + 1)]
    assert found.columns == ("column 1",)
    name = script(project, "own_bars", "return adapter.get_bars(index, 3, 'minute')[:, :1]")
    found = test_feature(project, name, {}, AT)
    assert len(found.spans) == 3
    assert found.spans[-1, 1] <= AT
    name = script(project, "no_times", "return [[1.0], [2.0]]")
    assert test_feature(project, name, {}, AT).spans is None


def test_a_label_reads_ahead_and_a_feature_is_refused_with_its_line(project):
    found = test_feature(project, "price_next_bars", {}, AT)
    assert found.is_label
    assert found.reads[1] > AT + 1
    assert found.reads_ns[1] > 0
    name = script(project, "peeks", "return [[adapter[index + 1]['index']]]")
    with pytest.raises(LookaheadError, match=r"peeks\.py, line 5"):
        test_feature(project, name, {}, AT)


def test_a_rejected_sample_names_who_rejected_it(project):
    script(project, "never", "return []")
    assert test_feature(project, "never", {}, AT).rejected_by == "never"
    save_feature(project.team, "nothing", "never", {})
    found = test_feature(project, "standardised", {"other": "nothing"}, AT)
    assert found.values is None
    assert found.rejected_by == "nothing"


def test_a_gate_is_accepted_at_the_end_of_its_minute_only(project):
    adapter = load_adapter_by_project("contoso", "volatility", project.team.workspace)
    ends, _ = adapter.period_ends(0, len(adapter), "minute")
    inside = next(at for at in range(AT, len(adapter)) if at not in ends)
    params = {"unit": "minute", "size": 1}
    assert test_feature(project, "per_unit", params, int(ends[5])).rejected_by == ""
    assert test_feature(project, "per_unit", params, inside).rejected_by == "per_unit"


def test_what_a_script_reads_is_computed_first_and_may_not_be_missing(project):
    save_feature(project.team, "bars", "unit_bar", BARS)
    found = test_feature(project, "standardised", {"other": "bars", "column": 3}, AT)
    assert abs(found.values.mean()) < 1e-9
    assert [one.name for one in loaded_with_needs(project.team, "standardised", {"other": "bars"})] == [
        "bars", "standardised",
    ]  # fmt: skip
    with pytest.raises(UnknownName, match="'bras'"):
        test_feature(project, "standardised", {"other": "bras"}, AT)


def test_wrong_parameters_are_refused_before_anything_runs(project):
    with pytest.raises(BadParameter, match="rate"):
        test_feature(project, "sma", {"rate": "many"}, AT)
    with pytest.raises(BadParameter, match="cached ticks"):
        test_feature(project, "sma", {}, 10**9)


EVIL = {
    "raises": ("x = 1\nreturn 1 / 0", ScriptFailed, "line 6"),
    "leaves": ("import os\nos._exit(3)", ScriptEnded, r"line 6.*os\._exit\(3\)"),
    "crashes": ("import os\nos.abort()", ScriptEnded, "line 6.*Aborted"),
    "hangs": ("while True:\n    pass", ScriptTimeout, "line [56]"),
    "sleeps": ("import time\ntime.sleep(60)", ScriptTimeout, "line 6"),
    "eats": ("import numpy as np\nreturn np.ones((1 << 40, 1))", ScriptOutOfMemory, "line 6"),
    "quits": ("import sys\nsys.exit(2)", ScriptFailed, "line 6"),
    "interrupts": ("raise KeyboardInterrupt", ScriptEnded, "interrupts"),
}


@pytest.mark.parametrize("name", EVIL)
def test_no_script_takes_the_process_of_whoever_tests_it(project, name):
    body, error, said = EVIL[name]
    script(project, name, f"{body}")
    with pytest.raises(error, match=said):
        test_feature(project, name, {}, AT, timeout_s=1.0)
    assert test_feature(project, "sma", {}, AT).values is not None


def test_lines_of_the_module_itself_may_hang_too(project):
    (project.team.folder("scripts") / "stuck.py").write_text("n = 0\nwhile True:\n    n += 1\n")
    with pytest.raises(BadScript, match=r"(?s)stuck\.py.* line [23].*still being loaded after 1 s"):
        test_feature(project, "stuck", {}, AT, timeout_s=1.0)


def test_what_is_printed_and_logged_is_kept_up_to_a_limit_also_where_it_fails(project):
    body = "import logging\nlogging.getLogger('mine').info('seen')\nprint('hello')\nreturn [[1.0]]"
    found = test_feature(project, script(project, "talks", body), {}, AT)
    assert "hello\n" in found.printed
    assert "INFO talks.py, line 6: seen" in found.printed
    found = test_feature(project, script(project, "shouts", "print('x' * 10**6)\nreturn [[1.0]]"), {}, AT)
    assert PRINTED_BYTES <= len(found.printed) < PRINTED_BYTES + 100
    with pytest.raises(ScriptEnded) as caught:
        test_feature(project, script(project, "last", "print('bye')\nimport os\nos._exit(1)"), {}, AT)
    assert caught.value.fields["printed"] == "bye\n"


def test_a_second_test_is_quick_and_each_gets_a_fresh_module(project):
    body = "import builtins\nglobal count\ncount = globals().get('count', 0) + 1\nreturn [[count]]"
    name = script(project, "counts", body)
    assert test_feature(project, name, {}, AT).values.tolist() == [[1.0]]
    begun = time.perf_counter()
    assert test_feature(project, name, {}, AT).values.tolist() == [[1.0]]
    assert time.perf_counter() - begun < 1.0


def test_a_thread_that_a_script_leaves_behind_goes_with_its_process(project):
    body = "import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()"
    before = shared_bench()._pid.result(60)
    test_feature(project, script(project, "threads", f"{body}\nreturn [[1.0]]"), {}, AT)
    assert shared_bench()._pid.result(60) != before


def test_work_is_stopped_from_another_thread(project):
    name = script(project, "long", "import time\ntime.sleep(60)")
    bench = Workbench()
    test_feature(project, "sma", {}, AT, bench=bench)
    stopping = threading.Timer(1.0, bench.stop)
    stopping.start()
    begun = time.perf_counter()
    with pytest.raises(ScriptStopped, match=r"long\.py was stopped"):
        test_feature(project, name, {}, AT, timeout_s=30, bench=bench)
    assert time.perf_counter() - begun < 15
    bench.close()


def test_a_script_is_not_charged_for_data_that_take_long_to_open():
    bench = Workbench()
    with pytest.raises(NotOpened, match=r"Opening the data of a/b failed before any script ran: still at it"):
        bench.open(time.sleep, 60, what="the data of a/b", script="sma", limit_s=0.5)
    with pytest.raises(NotOpened, match="the process ended: exit status 3"):
        bench.open(os._exit, 3, what="the data of a/b", script="sma", limit_s=5)
    assert bench.run(sum, [1, 2], script="sum").value == 3
    bench.close()


def test_a_process_that_hangs_is_followed_by_one_that_was_made_ready_meanwhile(tmp_path):
    bench = Workbench(spare=True)
    bench.open(tempfile.mkdtemp, None, None, tmp_path, what="a folder")
    assert bench._spare is None
    with pytest.raises(ScriptTimeout):
        bench.run(time.sleep, 60, script="sleeps", limit_s=1.2)
    assert bench.run(sum, [1, 2], script="sum").value == 3
    assert len(list(tmp_path.iterdir())) == 2  # the second process has opened what the first one had
    assert bench._spare is None
    bench.close()
