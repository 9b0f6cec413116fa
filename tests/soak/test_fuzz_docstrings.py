"""A hundred thousand docstrings: each gives a form that works, or BadScript with a line of it."""

import random

import pytest
from docstring_strategies import WORDS, check_docstring

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("seed", range(4))
def test_25_000_docstrings_give_a_form_or_bad_script(seed):
    draw = random.Random(seed)
    for _ in range(25_000):
        words = draw.choices(WORDS, k=draw.randint(0, 14))
        if draw.random() < 0.7:
            words = ["Parameters", "----------", *words, "Returns", "----------", draw.choice(WORDS)]
        check_docstring(draw.choice(["\n", "\n", "\n    ", ""]).join(words))


@pytest.mark.parametrize("seed", range(4))
def test_25_000_spoilt_docstrings_give_a_form_or_bad_script(seed):
    draw = random.Random(seed)
    whole = (
        "About.\n\nParameters\n----------\nrate : number, whole, 1 to 9, default 3\n    Bars; e.g. [4]\n"
        "unit : [hour,minute], default hour\nw : list, from 1, default 1, 2\n\n"
        "Returns\n-------\n[ a_{rate}, b_{w} ]\n"
    )
    for _ in range(25_000):
        text = list(whole)
        for _ in range(draw.randint(1, 4)):
            at = draw.randrange(len(text))
            stop = at + draw.choice([0, 1, 1, 5])
            text[at:stop] = draw.choice(["", draw.choice(whole), chr(draw.randrange(0x3000))])
        check_docstring("".join(text))
