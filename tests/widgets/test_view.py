"""The tick chart of notebooks: views stay in the data, buffers hold what is there."""

import json

import numpy as np
import pytest

from litlab.charts import sight
from litlab.widgets import TickView


@pytest.fixture
def view(adapter):
    return TickView(adapter, 3000, ticks=500)


def test_points_are_the_prices_in_view(view, adapter):
    start, stop = view.view
    assert view.picture["kind"] == "points"
    np.testing.assert_array_equal(
        np.frombuffer(view.picture["price"]), adapter.store.column("price", start, stop)
    )
    assert json.loads(view.record) == json.loads(json.dumps(adapter[3000]))


def test_a_view_stays_within_the_data_and_no_narrower_than_ten_ticks(view, adapter):
    view.view = (-100, 10**9)
    assert view.view == (0, len(adapter))
    view.view = (50, 51)
    assert view.view == (50, 60)
    view.view = (10**9, 10**9 + 100)
    assert view.view == (len(adapter) - 100, len(adapter))


def test_many_ticks_are_an_image_and_very_many_candles(view, adapter, monkeypatch):
    view.view = (0, len(adapter))
    rows, columns = view.picture["shape"]
    assert (columns, rows) == view.size
    assert len(view.picture["image"]) == rows * columns
    monkeypatch.setattr(sight, "DENSITY", 1000)
    view.size = (700, 300)
    assert view.picture["kind"] == "candles"
    assert len(np.frombuffer(view.picture["candles"])) == 4 * 100


def test_a_search_marks_and_a_bad_one_is_said(view, adapter):
    view.search = "ODD[IRGCOND]"
    codes = np.frombuffer(view.picture["codes"], np.uint8)
    np.testing.assert_array_equal(codes > 0, adapter.search("ODD[IRGCOND]", *view.view))
    view.search = "/(/"
    assert "regular expression" in view.problem


def test_another_index_is_another_record(view, adapter):
    view.index = 17
    assert json.loads(view.record)["index"] == 17
