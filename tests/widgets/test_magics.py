"""``%load_ext litlab`` in a shell: a cell becomes a script, is proved, and shows its form."""

import pytest
from IPython.core.error import UsageError
from IPython.terminal.interactiveshell import TerminalInteractiveShell

CELL = '''"""Price

Parameters
----------
back : number, 0 to 100
    How many ticks before [3]

Returns
-------
price
"""


def feature(adapter, index, params={}, features={}):
    at = index - params["back"]
    if at < 0:
        return None
    return adapter.window(at, at + 1, ["price"])["price"]
'''


@pytest.fixture(scope="module")
def shell():
    shell = TerminalInteractiveShell.instance(simple_prompt=True)
    shell.run_line_magic("load_ext", "litlab")
    yield shell
    TerminalInteractiveShell.clear_instance()


@pytest.fixture
def home(fresh, monkeypatch):
    monkeypatch.setenv("LITLAB_HOME", str(fresh.team.workspace.home))
    return fresh


def test_a_cell_becomes_a_script_that_is_proved_and_has_a_form(shell, home, capsys):
    form = shell.run_cell_magic("feature", "before", CELL)
    assert (home.team.folder("scripts") / "before.py").read_text() == CELL
    assert form.params() == {"back": 3}
    assert form.test().values.shape == (1, 1)


def test_a_cell_that_looks_ahead_is_saved_and_said(shell, home):
    from litlab.widgets.magics import proof_html

    shell.run_cell_magic("feature", "ahead", CELL.replace("index - params", "index + 1 + params"))
    assert "▲" in proof_html(home, "ahead", {"back": 3})
    assert "✓ no leak found" in proof_html(home, "unit_bar", {"count": 3, "unit": "minute", "size": 1})


@pytest.mark.parametrize("line", ["", "a b c", "../x", "fine nowhere/atall"])
def test_a_bad_line_is_refused_in_one_sentence(shell, home, line):
    with pytest.raises(UsageError):
        shell.run_cell_magic("feature", line, CELL)
    assert not list(home.team.folder("scripts").glob("*x.py"))


def test_a_cell_that_is_no_script_names_its_line(shell, home):
    with pytest.raises(UsageError, match=r"bad\.py"):
        shell.run_cell_magic("feature", "bad", "def feature(:\n")


def test_commands_run_and_fail_as_in_a_shell(shell, home, capfd):
    shell.run_line_magic("litlab", "builds --json")
    with pytest.raises(UsageError, match="status 2"):
        shell.run_line_magic("litlab", "build nothing")
