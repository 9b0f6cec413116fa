"""Every shipped component keeps the contract, and the contract's check sees what it is for."""

import re
from pathlib import Path

import pytest

from litlab.scripts import list_scripts
from litlab.testing import check_component

pytestmark = pytest.mark.train

SHAPES = {"concatenate": [(12, 4), (12, 3)], "add": [(12, 4), (12, 4)], "embedding": [(6, 2)]}
PARAMS = {"output": {"head": "quantiles"}, "attention": {"causal": True}, "input": {"last": 5}}
# These two take their layers from elsewhere: tests/canvases/test_importing.py has them.
ELSEWHERE = {"shared", "opaque"}
SHIPPED = sorted(name for name in list_scripts(None, "components") if name not in ELSEWHERE)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_component_keeps_the_contract(name):
    path = list_scripts(None, "components")[name]
    report = check_component(path, PARAMS.get(name), SHAPES.get(name))
    assert report.ok, str(report)
    assert {one.check for one in report.findings} >= {"form", "shape"}


FORM = '"""Doc.\n\nReturns\n-------\n[ values ]\n"""\n'
BROKEN = {
    "form": "def make_part(params, inputs):\n    return inputs[0]\n",
    "keras": "import tensorflow as tf\nfrom keras import layers\n\n\n"
             "def make_component(params, inputs):\n"
             "    return layers.Dense(2, name=params['node'])(inputs[0])\n",
    "shape": "def make_component(params, inputs):\n    return 5\n",
    "layers": "from keras import layers\n\n\ndef make_component(params, inputs):\n"
              "    return layers.Lambda(lambda x: x * 2, name=params['node'])(inputs[0])\n",
    "names": "from keras import layers\n\n\ndef make_component(params, inputs):\n"
             "    return layers.Dense(2, name='mine')(inputs[0])\n",
    "seed": "import os\nfrom keras import initializers, layers\n\n\ndef make_component(params, inputs):\n"
            "    other = initializers.GlorotUniform(int.from_bytes(os.urandom(4), 'big'))\n"
            "    return layers.Dense(2, kernel_initializer=other, name=params['node'])(inputs[0])\n",
    "save": "from keras import layers\n\n\nclass Own(layers.Layer):\n"
            "    def __init__(self, by, **more):\n        super().__init__(**more)\n        self.by = by\n\n"
            "    def call(self, values):\n        return values * self.by[0]\n\n\n"
            "def make_component(params, inputs):\n    return Own([2.0], name=params['node'])(inputs[0])\n",
}  # fmt: skip


@pytest.mark.parametrize("promise", BROKEN)
def test_broken_promise_is_told_by_its_name(tmp_path, promise):
    path = tmp_path / "mine.py"
    path.write_text(FORM + BROKEN[promise])
    assert promise in [one.check for one in check_component(path).failed]


def test_the_component_that_the_documentation_shows_keeps_the_contract(tmp_path):
    page = Path(__file__).parents[2] / "docs" / "components.md"
    shown = re.search(r"```python\n(.*?)```", page.read_text("utf-8"), re.S)
    assert shown
    path = tmp_path / "residual.py"
    path.write_text(shown.group(1))
    report = check_component(path)
    assert report.ok, str(report)
