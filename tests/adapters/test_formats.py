"""docs/formats.md names every shipped adapter and every parameter with its default."""

import json
import re
from pathlib import Path

import pytest

import litlab
from litlab import plugins
from litlab.adapters import TradersBaseAdapter
from litlab.adapters.quotes import QuotesBaseAdapter

PAGE = (Path(litlab.__file__).parents[1] / "docs" / "formats.md").read_text("utf-8")


def rows(heading):
    """Return the cells of the table below a heading, by the name in its first column."""
    part = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| `")]
    return {first.strip(" `"): [cell.strip() for cell in rest] for first, *rest in cells}


def test_every_shipped_adapter_has_its_row():
    assert set(rows("Adapters")) == set(plugins.named("adapters"))


@pytest.mark.parametrize("name", rows("Adapters"))
def test_an_adapters_row_names_its_own_parameters(name):
    kind = plugins.load_named("adapters", name)
    shared = (QuotesBaseAdapter if issubclass(kind, QuotesBaseAdapter) else TradersBaseAdapter).PARAMETERS
    own = {key for key, value in kind.PARAMETERS.items() if key not in shared or shared[key] != value}
    assert set(re.findall(r"`(\w+)`", rows("Adapters")[name][1])) == own


def test_shared_parameters_are_told_with_their_defaults():
    told = {name: json.loads(cells[0].strip("`")) for name, cells in rows("Shared parameters").items()}
    assert told == TradersBaseAdapter.PARAMETERS
    of_trades = {name for name, cells in rows("Shared parameters").items() if "trades only" in cells[1]}
    assert set(told) - of_trades == set(QuotesBaseAdapter.PARAMETERS)
