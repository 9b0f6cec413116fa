"""Scripts that misbehave while they are loaded: one error with the line, and nothing of it here."""

import ast
import os
import time
from pathlib import Path

import pytest

from litlab import rehearsal
from litlab.errors import BadScript
from litlab.features.prover import load_bare
from litlab.rehearsal import is_plain, limited
from litlab.scripts import list_scripts, load_script

FEATURE = "\n\ndef feature(adapter, index, params={}, features={}):\n    return [1.0]\n"
HEAD = "import os\nimport time\n\n"  # what it does begins on line 4
WRONG = {
    "loops": ("while True:\n    pass\n", r"line [45]: it was still being loaded after 1 s"),
    "sleeps": ("time.sleep(1e6)\n", r"line 4: it was still being loaded after 1 s"),
    "is deaf": (
        "while True:\n    try:\n        time.sleep(99)\n    except BaseException:\n        pass\n",
        r"line \d: it was still being loaded after 1 s",
    ),
    "hangs in a function": (
        "def forever():\n    while True:\n        pass\n\n\nforever()\n",
        r"line [56]: it was still being loaded after 1 s",
    ),
    "prints": ("for _ in range(10**9):\n    os.write(1, b'x' * 65_536)\n", r"line [45]: it prints more than"),
    "eats memory": ("EATEN = bytearray(10 << 30)\n", r"line 4: it needs more than 1,073,741,824 bytes"),
    "exits": ("LATER = 1\nos._exit(0)\n", r"line 5: it ends its process when it is loaded \(exit status 0\)"),
    "is killed": ("os.kill(os.getpid(), 9)\n", r"line 4: it ends its process .*\(SIGKILL\)"),
    "crashes": ("import ctypes\nctypes.string_at(0)\n", r"line 5: it ends its process .*\(Segmentation fa"),
    "raises": ("raise ValueError('no')\n", r"line 4: ValueError: no"),
    "leaves": ("raise SystemExit(3)\n", r"line 4: SystemExit: 3"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "told"), WRONG.values(), ids=WRONG)
def test_what_a_script_does_while_it_is_loaded_is_told_with_its_line(tmp_path, text, told, capfd):
    path = tmp_path / "mine.py"
    path.write_text(HEAD + text + FEATURE)
    began = time.monotonic()
    for load in (load_script, load_bare):
        with limited(1.0, 1 << 30), pytest.raises(BadScript, match=rf"mine\.py, {told}"):
            load(path)
    assert time.monotonic() - began < 30
    assert capfd.readouterr().out == ""


def test_a_process_that_a_script_leaves_behind_is_ended_with_it(tmp_path):
    path, mark = tmp_path / "mine.py", tmp_path / "pid"
    path.write_text(
        "import subprocess\nLEFT = subprocess.Popen(['sleep', '60'])\n"
        f"open({str(mark)!r}, 'w').write(str(LEFT.pid))\nwhile True: pass\n{FEATURE}"
    )
    with limited(1.0), pytest.raises(BadScript):
        load_script(path)
    pid = int(mark.read_text())
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0]
        except FileNotFoundError:
            return
        if state == "Z":
            return
        time.sleep(0.02)
    raise AssertionError(f"{pid} is still there")


def test_a_script_is_rehearsed_once_and_again_when_it_is_changed(tmp_path):
    path, count = tmp_path / "mine.py", tmp_path / "count"
    text = f"import os\nwith open({str(count)!r}, 'a') as file:\n    file.write(f'{{os.getpid()}} ')\n"
    path.write_text(text + FEATURE)
    for _ in range(3):
        load_script(path)
    first = count.read_text().split()
    assert first.count(str(os.getpid())) == 3
    assert len(first) == 4
    path.write_text(text + FEATURE + "# changed\n")
    load_script(path)
    assert len(count.read_text().split()) == 6


def test_a_worker_process_trusts_what_was_rehearsed_for_it(tmp_path, monkeypatch):
    path = tmp_path / "mine.py"
    path.write_text("HALF = sum([0.5])\n" + FEATURE)
    monkeypatch.setattr(rehearsal, "_passed", set())
    digest = load_script(path).digest
    monkeypatch.setattr(rehearsal, "_passed", set())
    monkeypatch.setattr(rehearsal, "Rehearsal", None)
    with pytest.raises(TypeError):
        load_script(path)
    rehearsal.trust([digest])
    assert load_script(path).digest == digest


PLAIN = [
    "import numpy as np\nfrom numba import njit\nLABEL = True\nRATE: int = -14\nNAMES = ('a', *['b'])\n",
    "import logging\nLOG = logging.getLogger(__name__)\nSEEN = {}\nDAY_S = 24 * 60 * 60\nEMPTY = set()\n",
    "from numba import njit\n@njit(cache=True)\ndef kernel(x):\n    while True: pass\n",
    "import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass A:\n    x: int = 1\n    f = 1\n",
    "from litlab.adapters import TradersBaseAdapter\nclass Mine(TradersBaseAdapter):\n"
    "    PARAMETERS = {**TradersBaseAdapter.PARAMETERS, 'a': 1}\n",
    "def feature(adapter: 'x', index: int | None = 1, *rest: dict[str, int], **more) -> list[int]: pass\n",
]
NOT_PLAIN = [
    "while True: pass", "for _ in range(3): pass", "import os\nos._exit(1)", "X = [0] * 10**11",
    "X = 10 ** 10**10",
    "X = [x for x in iter(int, 1)]", "import os\n@os._exit(1)\ndef f(): pass", "def f(x=print(1)): pass",
    "class A:\n    while True: pass", "class A(metaclass=print): pass", "import os\nos.x = 1",
    "assert print(1)",
    "def set(): pass\nX = set()", "def f(g): pass\n@f\ndef h(): pass", "if print(): pass", "X = f'{1:{2}}'",
    "import time as re\nre.compile = re.sleep\nX = re.compile(60)", "class A: pass\nclass B(A): pass",
    "import time as logging\nX = logging.sleep(9)", "X = 'a' * 10_000_000_000", "del X", "with X: pass",
]  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_what_only_defines_things_is_plain(text):
    assert is_plain(ast.parse(text))


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_what_does_something_is_not_plain(text):
    assert not is_plain(ast.parse(text))


def test_shipped_scripts_are_plain_so_that_a_copy_of_one_is_loaded_at_once():
    slow = [
        name
        for name, path in list_scripts(None, "scripts").items()
        if not is_plain(ast.parse(path.read_text()))
    ]
    assert slow == []
