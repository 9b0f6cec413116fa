"""Any docstring: text, pieces of forms in any order, and forms with a piece out of place."""

from __future__ import annotations

from hypothesis import strategies as st

from litlab.docstrings import parse_docstring
from litlab.errors import BadParameter, BadScript
from litlab.forms import KINDS, columns

WORDS = [
    "Parameters", "Returns", "----------", "-", "\n", "\n", "\n", "    ", "rate : number", "Notes",
    "unit : [hour,minute]", "x:text", "a : b", "[10]", "[ a, b ]", "[", "]", ",", ":", "é", "\t", "\r",
    "\x0b", "\x00", "\u2028", "f : feature", "y : [ , ]", "z : []", "q : [[a]]", "1x : number",
    ", default 3", ", 1 to 5", ", whole", ", from 2", ", up to nan", "default", "[ {rate}_a, {z} ]",
    "{", "}", "[ {f} ]", "w : list, whole, default 1, 2", "b : boolean, default no",
    "u : [a,b], default c", "\ud800",
]  # fmt: skip
PIECES = st.sampled_from(WORDS)
FORMS = st.lists(PIECES, min_size=1, max_size=6).map(
    lambda pieces: "Parameters\n----------\n" + "\n".join(pieces) + "\n\nReturns\n-------\n[ x_{rate} ]"
)
DOCSTRINGS = st.one_of(
    st.text(), st.lists(PIECES).map("".join), st.lists(PIECES).map("\n".join), FORMS
)  # fmt: skip


def check_docstring(text: str) -> None:
    """Assert that `text` is a form that works, or BadScript with a line of the text, and nothing else."""
    try:
        fields, returns = parse_docstring(text, first_line=7)
    except BadScript as problem:
        assert 7 <= problem.fields["line"] <= 7 + text.count("\n")  # noqa: PT017 - one of two right answers
        return
    assert len({field.name for field in fields}) == len(fields)
    for field in fields:
        assert field.name.isidentifier()
        assert field.kind in KINDS
        assert bool(field.choices) == (field.kind == "choice")
        prefill = field.prefill()
        assert prefill is None or field.read(prefill) == prefill
        assert not field.default or field.read(field.default) is not None
    assert all(returns)
    params = {field.name: field.prefill() for field in fields if field.prefill() is not None}
    try:
        names = columns(returns, fields, params)
        assert len(set(names)) == len(names)
    except BadParameter as problem:
        assert "column" in str(problem)  # noqa: PT017
