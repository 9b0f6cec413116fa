"""Errors: one sentence, one remedy, ordinary kinds, and whole after a trip through a pipe."""

import inspect
import string
from multiprocessing.reduction import ForkingPickler

import pytest

from litlab import errors
from litlab.errors import LitlabError, UnknownName

EVERY = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, LitlabError)]
ORDINARY = (ValueError, LookupError, OSError, RuntimeError, ImportError)


def fields_of(kind):
    """Return values for every field that the sentence and the remedy name."""
    values = {}
    for _, name, form, _ in string.Formatter().parse(kind.sentence + kind.remedy):
        if name:
            numeric = form and form[-1] in "%fgde,"
            values[name] = 3 if numeric else f"<{name}>"
    return values


def made(kind):
    if kind is UnknownName:
        return UnknownName(kind="unit", given="minuet", known=["minute", "hour"])
    return kind(**fields_of(kind))


@pytest.mark.parametrize("kind", [one for one in EVERY if one is not LitlabError])
def test_an_error_names_what_was_given_is_ordinary_and_survives_a_pipe(kind):
    problem = made(kind)
    assert isinstance(problem, ORDINARY)
    assert kind.__doc__
    again = ForkingPickler.loads(ForkingPickler.dumps(problem))
    assert (type(again), str(again), again.args) == (kind, str(problem), problem.args)
    for name, value in ({} if kind is UnknownName else fields_of(kind)).items():
        assert str(value) in str(problem), name
    assert "{" not in str(problem)


def test_the_nearest_right_name_is_proposed():
    assert "Did you mean 'minute'?" in str(made(UnknownName))
    assert "Known: none yet." in str(UnknownName(kind="team", given="x"))
