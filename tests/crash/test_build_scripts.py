"""Scripts that misbehave in every way: each gets a verdict with its name, and what is done stays."""

import os

import numpy as np
import pytest
from tapes import minutes, new_team, tape, write_script

from litlab import engine
from litlab.builds import find_build, run_build
from litlab.errors import (
    BadOutput,
    BadScript,
    NotDeterministic,
    ScriptCrashed,
    ScriptFailed,
    ScriptOutOfMemory,
    ScriptTimeout,
)
from litlab.features import save_feature
from litlab.schemas import DataSet, Schema, Split, save_schema

DAYS = ("2013-10-07", "2013-10-08", "2013-10-09")
PARAMETERS = {"calendar": "XNYS", "conditions_column": "code", "time_unit": "ns"}
HEAD = "import ctypes, os, random, time\nimport numpy as np\n\n\n"
FEATURE = "def feature(adapter, index, params={}, features={}):\n"  # line 5: what it does begins on line 6
LABEL = "LABEL = True\n" + FEATURE + "    return [float(index % 4)]\n"
BEFORE = FEATURE + "    return [adapter[index]['price']]\n"


def lab(home, body, params=None, head=HEAD):
    """Make a schema of plain scripts: no kernel is compiled in the workers that they end."""
    team = new_team(home / "w")
    adapter = tape(team, home / "t", *[minutes(day, 8) for day in DAYS])
    for name, text in {"price": BEFORE, "mine": head + FEATURE + body, "quarter": LABEL}.items():
        write_script(team, name, text)
        save_feature(team, name, name, (params or {}) if name == "mine" else {})
    data = (DataSet("csv", tuple(map(str, adapter.paths)), PARAMETERS),)
    split = Split("date", DAYS[1], DAYS[2])
    return team, save_schema(team, Schema("minutes", "p", data, ("price", "mine"), ("quarter",), split))


ON_3 = "    if index != 3: return [1.0]\n"  # the fourth sample misbehaves, from line 7 on
WRONG = [
    (ON_3 + "    raise ValueError('no')\n", ScriptFailed, r"mine\.py, line 7, at index 3: ValueError: no"),
    (ON_3 + "    raise SystemExit(0)\n", ScriptFailed, r"mine\.py, line 7, at index 3: SystemExit: 0"),
    (ON_3 + "    return np.ones((2, 2, 2))\n", BadOutput, r"mine returned shape \(2, 2, 2\) at index 3"),
    (ON_3 + "    return [1.0, 2.0]\n", BadOutput, r"mine returned shape \(2, 1\) at index 3"),
    (ON_3 + "    return ['1.0']\n", BadOutput, r"mine returned values of type <U3 at index 3"),
    (ON_3 + "    return [1j]\n", BadOutput, r"mine returned values of type complex128 at index 3"),
    (ON_3 + "    return lambda: 1\n", BadOutput, r"mine returned a function at index 3"),
    (
        "    features['price'][0] = 7\n",
        ScriptFailed,
        r"mine\.py, line 6, at index 0: ValueError: .*read-only",
    ),
    ("    return [random.random()]\n", NotDeterministic, r"mine\.py gave two different answers at index 0"),
    ("    return [time.perf_counter()]\n", NotDeterministic, "Take clocks, unseeded random numbers"),
]
NAMES = ["raise", "exit", "shape", "size", "text", "complex", "object", "mutate", "dice", "clock"]


@pytest.mark.parametrize(("body", "kind", "told"), WRONG, ids=NAMES)
def test_what_a_script_raises_or_returns_is_told_with_its_name(tmp_path, body, kind, told):
    team, schema = lab(tmp_path, body)
    with pytest.raises(kind, match=told):
        run_build(team, schema, executor=engine.threads(1))
    assert find_build(team).state == "failed"


def test_a_gate_that_throws_dice_is_refused(tmp_path):
    head = "import itertools\n\nASKED = itertools.count()\nGATE = True\n" + HEAD
    team, schema = lab(tmp_path, "    return [1.0] if next(ASKED) % 2 else []\n", head=head)
    with pytest.raises(NotDeterministic, match=r"mine\.py"):
        run_build(team, schema, executor=engine.threads(1))


def test_a_script_that_changes_its_parameters_and_features_changes_nothing(tmp_path):
    head = '"""Mine.\n\nParameters\n----------\nsizes : list, default 1, 2\n"""\n' + HEAD
    body = "    params['sizes'].append(1)\n    features.clear()\n    return [len(params['sizes'])]\n"
    team, schema = lab(tmp_path, body, {"sizes": [1, 2]}, head)
    asset = run_build(team, schema, executor=engine.threads(1)).asset
    assert (asset.array("train", "mine") == 3).all()
    assert asset.array("train", "price").min() > 0


def test_nan_is_stored_and_counted(tmp_path):
    team, schema = lab(tmp_path, "    return [np.nan if index == 3 else 1e300]\n")
    asset = run_build(team, schema, executor=engine.threads(1)).asset
    values = asset.array("train", "mine").ravel()
    gone = np.isnan(values)
    assert (int(gone.sum()), set(values[~gone].tolist())) == (1, {float("inf")})


# --- in a process of its own -------------------------------------------------------------------------

DEAF = "    while True:\n        try: time.sleep(99)\n        except BaseException: pass\n"
ENDS = {
    "loops": ("    while True: pass\n", ScriptTimeout, r"line 7, at index 3: .* after 1 s"),
    "sleeps deaf": (DEAF, ScriptTimeout, r"line 8, at index 3"),
    "eats memory": ("    return np.ones(5_000_000_000 // 4)\n", ScriptOutOfMemory, "line 7, at index 3"),
    "exits": ("    os._exit(7)\n", ScriptCrashed, r"line 7, at index 3: .*\(exit status 7\), 3 times"),
    "is killed": ("    os.kill(os.getpid(), 9)\n", ScriptCrashed, r"at index 3: .*\(SIGKILL.*memory"),
    "segfaults": ("    ctypes.string_at(0)\n", ScriptCrashed, r"line 7, at index 3: .*Segmentation fault"),
}


IMPORTED = {
    "loops": ("while True: pass\n", r"line 4: it was still being loaded after 1 s"),
    "prints": ("while True: os.write(1, b'x' * 65_536)\n", r"line 4: it prints more than 1,048,576 bytes"),
    "eats memory": ("EATEN = bytearray(10 << 30)\n", r"line 4: it needs more than 1,073,741,824 bytes"),
    "exits": ("os._exit(0)\n", r"line 4: it ends its process when it is loaded \(exit status 0\)"),
}


@pytest.mark.parametrize(("text", "told"), IMPORTED.values(), ids=IMPORTED)
def test_a_script_that_misbehaves_while_it_is_loaded_ends_no_build_but_its_own(tmp_path, text, told, capfd):
    team, schema = lab(tmp_path, "    return [1.0]\n", head=HEAD)
    write_script(team, "mine", HEAD.rstrip() + "\n\n" + text + FEATURE + "    return [1.0]\n")
    with pytest.raises(BadScript, match=rf"mine\.py, {told}"):
        run_build(team, schema, sample_timeout_s=1.0, memory_limit=1 << 30)
    assert capfd.readouterr().out == ""
    write_script(team, "mine", HEAD + FEATURE + "    return [1.0]\n")
    assert run_build(team, schema, executor=engine.threads(1)).samples


IN_WORKERS = "if 'litlab.engine' in getattr(sys.modules['__main__'].__spec__, 'name', ''): "
WORKERS = {
    "exits": ("os._exit(9)\n", r"line 4: it ends its process when it is loaded \(exit status 9\)"),
}


@pytest.mark.parametrize(("text", "told"), WORKERS.values(), ids=WORKERS)
def test_a_script_that_misbehaves_only_when_a_worker_loads_it_is_named_too(tmp_path, text, told):
    team, schema = lab(tmp_path, "    return [1.0]\n")
    head = "import os, sys, time\n\n\n" + IN_WORKERS + text
    write_script(team, "mine", head + FEATURE + "    return [1.0]\n")
    with pytest.raises(BadScript, match=rf"mine\.py, {told}"):
        run_build(team, schema, workers=1, sample_timeout_s=1.0)


LONG = [pytest.param(case, marks=pytest.mark.soak) for case in ("sleeps deaf", "is killed")]


@pytest.mark.parametrize(
    "case", [*(case for case in ENDS if case not in ("sleeps deaf", "is killed")), *LONG]
)
def test_a_script_that_takes_its_process_along_is_tried_thrice_and_named(tmp_path, case):
    body, kind, told = ENDS[case]
    team, schema = lab(tmp_path, ON_3 + body)
    with pytest.raises(kind, match=rf"mine\.py, .*{told}"):
        run_build(team, schema, workers=1, sample_timeout_s=1.0)
    build = find_build(team)
    assert build.state == "failed"
    assert sum("is tried again" in line for line in build.lines()) == 2


def test_a_worker_that_dies_once_is_replaced_and_disturbs_nobody(tmp_path):
    mark = str(tmp_path / "mark")
    once = f"    if index == 3 and not os.path.exists({mark!r}):\n        open({mark!r}, 'w').close()\n"
    team, schema = lab(tmp_path / "once", once + "        os._exit(1)\n    return [1.0]\n")
    asset = run_build(team, schema, workers=2).asset
    build = find_build(team)
    assert build.state == "complete"
    assert {about["state"] for about in build.pids().values()} == {"failed", "done"}
    assert sum("minutes_0_15 is tried again" in line for line in build.lines()) == 1
    assert len(asset.index("train"))
    assert not list(build.processes.glob("*.crash"))


def test_what_scripts_print_is_kept_up_to_a_megabyte_and_stops_nobody(tmp_path):
    much = (
        "    if index == 3:\n        for _ in range(1000): os.write(1, b'x' * 1_000_000)\n    return [1.0]\n"
    )
    team, schema = lab(tmp_path, much)
    result = run_build(team, schema, workers=1)
    printed = [path.stat().st_size for path in find_build(team).processes.glob("*.log")]
    assert 1 << 20 <= sum(printed) < (1 << 20) + 100
    assert result.samples
    assert os.path.getsize(result.log / "workflow.log") < 100_000
