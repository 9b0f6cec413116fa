"""Figures of ticks: what is drawn is what is there."""

import re
from datetime import date

import numpy as np
import pytest

from litlab.charts import TickChart, sight, tick_chart, times
from litlab.charts.hits import Token, read_tokens
from litlab.charts.tokens import DARK, HIT_CODE, HIT_CODES, LIGHT, OUTLINE_CODE
from litlab.charts.values import DrawnValues
from litlab.errors import BadParameter


def contrast(one, other):
    """WCAG contrast of two colours."""

    def light(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted([light(one), light(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_text_can_be_read_in_both_themes(theme):
    for colour in (theme.text, theme.muted, theme.accent, theme.warning):
        assert contrast(colour, theme.surface) >= 4.5, colour
    for colour in (theme.density[0], theme.point, theme.volume):
        assert contrast(colour, theme.surface) >= 2.2, colour


def test_few_ticks_are_points_and_columns_add_up(adapter):
    seen = sight.look(adapter.store, 100, 1100, 300, 200)
    assert seen.image is None
    np.testing.assert_array_equal(seen.price, adapter.store.column("price", 100, 1100))
    assert seen.volume.sum() == adapter.store.column("volume", 100, 1100).sum()
    assert seen.edges[0] == 100
    assert seen.edges[-1] == 1100


def test_many_ticks_are_one_image_with_every_tick_in_it(adapter):
    total = len(adapter)
    seen = sight.look(adapter.store, 0, total, 400, 200)
    assert seen.image.shape == (200, 400)
    assert seen.image.dtype == np.uint8
    price = adapter.store.column("price", 0, total)
    row = ((price - seen.low) * 199 / (seen.high - seen.low) + 0.5).astype(int)
    column = np.arange(total) * 400 // total
    assert (seen.image[row, column] > 0).all()


def test_a_search_marks_the_matches_and_counts_them(adapter):
    total = len(adapter)
    odd = read_tokens("ODD[IRGCOND]")
    seen = sight.look(adapter.store, 0, total, 400, 200, odd)
    assert seen.hits[0] == adapter.search("ODD[IRGCOND]", 0, total).sum() > 0
    assert {HIT_CODE, OUTLINE_CODE} <= set(np.unique(seen.image).tolist())
    assert sight.look(adapter.store, 0, 500, 400, 200, odd).hit[0].sum() == (
        adapter.search("ODD[IRGCOND]", 0, 500).sum()
    )


def test_several_tokens_have_a_colour_each_and_one_may_be_an_expression(adapter):
    total = len(adapter)
    tokens = read_tokens("ODD[IRGCOND], /^1?32\\[/")
    assert tokens[1] == Token("^1?32\\[", regex=True)
    seen = sight.look(adapter.store, 0, total, 400, 200, tokens)
    words = [adapter[at]["Qualifiers"] or "" for at in range(0, total, 97)]
    found = adapter.search(tokens[1].text, 0, total, regex=True)[::97]
    assert found.tolist() == [bool(re.match(r"1?32\[", word)) for word in words]
    assert seen.hits == tuple(int(one.find(adapter.store, 0, total).sum()) for one in tokens)
    assert set(HIT_CODES[: sum(hits > 0 for hits in seen.hits)]) <= set(np.unique(seen.image).tolist())
    assert read_tokens("a,b , /x{1,2}/")[2] == Token("x{1,2}", regex=True)
    with pytest.raises(BadParameter, match="at most 3"):
        read_tokens("a,b,c,d")


def test_a_bad_expression_is_refused_and_the_search_before_stays(adapter):
    chart = TickChart(adapter, 1000, ticks=500)
    chart.search("ODD[IRGCOND]")
    with pytest.raises(BadParameter, match="regular expression"):
        chart.search("/(unclosed/")
    assert [str(one) for one in chart.tokens] == ["ODD[IRGCOND]"]


def test_closed_hours_are_strips_and_silences_end_at_a_tick(adapter):
    seen = sight.look(adapter.store, 0, len(adapter), 400, 200)
    session = adapter.store.column("session", 0, len(adapter))
    assert len(seen.strips) >= 2
    for begin, end in seen.strips.tolist():
        assert session[begin] != 0
        assert end <= len(adapter)
    times_ns = adapter.store.times(0, len(adapter))
    for at in seen.silences.tolist():
        assert times_ns[at] - times_ns[at - 1] >= sight.SILENCE_NS
        assert session[at] == session[at - 1] == 0


def test_a_span_too_wide_to_count_is_candles_and_matches_are_shares(adapter, monkeypatch):
    odd = read_tokens("ODD[IRGCOND]")
    near = sight.look(adapter.store, 0, len(adapter), 300, 200, odd)
    monkeypatch.setattr(sight, "DENSITY", 1_000)
    far = sight.look(adapter.store, 0, len(adapter), 300, 200, odd)
    assert far.image is None
    assert len(far.candles.first) == 300 // sight.CANDLE
    price = adapter.store.column("price", 0, len(adapter))
    assert far.candles.first[0] == price[0]
    assert far.candles.last[-1] == price[-1]
    assert far.hits == near.hits
    assert (far.share[0] * np.diff(far.edges)).sum() == pytest.approx(near.hits[0])
    monkeypatch.setattr(sight, "SEARCHED", 1_000)
    assert sight.look(adapter.store, 0, len(adapter), 300, 200, odd).hits is None
    # Sums per second leave out prints that do not count as volume.
    assert 0.5 * near.volume.sum() < far.volume.sum() <= near.volume.sum()


def test_equal_counts_get_equal_codes_and_more_ticks_a_higher_one():
    codes = sight.levels(np.array([[0, 1, 2], [2, 5, 1]]))
    assert codes[0, 0] == 0
    assert codes[0, 1] == codes[1, 2] < codes[0, 2] == codes[1, 0] < codes[1, 1]


def test_axis_labels_stand_at_the_first_tick_of_a_round_moment(adapter):
    labels = times.axis_labels(adapter.store, adapter.zone, 0, len(adapter), 900)
    starts = times.day_starts(adapter.store, adapter.zone, 0, len(adapter))
    assert sorted(starts.values()) == [date(2024, 1, 3), date(2024, 1, 4)]
    for index in starts:
        assert labels[index].endswith(("Wed 3 Jan 2024", "Thu 4 Jan 2024"))
    gaps = np.diff(sorted(labels)) * 900 / len(adapter)
    assert gaps.min() >= 60


def test_a_handful_of_ticks_still_has_times_on_its_axis(adapter):
    labels = times.axis_labels(adapter.store, adapter.zone, 1000, 1004, 900)
    assert len(labels) >= 2
    assert "2024" in next(iter(labels.values()))


def test_a_time_is_read_in_the_exchange_zone_unless_it_says_otherwise():
    zone, today = "America/New_York", date(2024, 1, 3)
    nine = 1_704_292_200 * 10**9
    assert times.parse_time("09:30", zone, today) == nine
    assert times.parse_time("2024-01-03 14:30:00.000000001Z", zone, today) == nine + 1
    assert times.parse_time(str(nine), zone, today) == nine
    assert times.stamp(nine + 1, zone) == "2024-01-03 09:30:00.000000001"
    with pytest.raises(BadParameter, match="New_York"):
        times.parse_time("half past nine", zone, today)


def test_the_chart_stays_within_the_data_and_keeps_its_span(adapter):
    chart = TickChart(adapter, 0, ticks=500)
    assert (chart.sight.start, chart.sight.stop) == (0, 500)
    chart.go(len(adapter) + 5)
    assert chart.index == len(adapter) - 1
    assert (chart.sight.stop, chart.sight.count) == (len(adapter), 500)
    chart.show(-50, 10**9)
    assert chart.sight.count == len(adapter)


def test_what_the_browser_asks_for_is_drawn_and_answered_once(adapter):
    chart = TickChart(adapter, 1000, ticks=100)
    asked, answer = chart._viewport._asked, chart._viewport._answer
    answers = []
    answer.on_change("data", lambda attr, old, new: answers.append(new))
    asked.data = {"start": [500.5], "stop": [900.25], "serial": [1]}
    assert (chart.sight.start, chart.sight.stop) == (500, 901)
    assert (chart.range.start, chart.range.end) == (500.5, 900.25)
    assert answers == [{"start": [500.5], "stop": [900.25], "serial": [1]}]


def test_all_panes_of_a_chart_wait_for_a_view_together(adapter):
    chart = TickChart(adapter, 1000, ticks=100)
    assert chart._viewport._ask_js.args["panes"] == [chart.price, chart.volume]
    strip = DrawnValues(chart).strip
    assert chart._viewport._ask_js.args["panes"] == [chart.price, chart.volume, strip]


def test_what_a_search_and_a_feature_mark_is_made_when_there_is_one_below_the_tick_chosen(adapter):
    chart = TickChart(adapter, 1000, ticks=500)
    before = len(chart.price.renderers)
    chart.mark_read(0, 0)
    chart.search("ODD[IRGCOND]")
    assert len(chart.price.renderers) == before + 2
    ring, hits = chart.price.renderers[-1], chart.price.renderers[-3]
    assert ring.data_source.data == {"x": [1000], "y": [chart.store.column("price", 1000, 1001)[0]]}
    assert len(hits.data_source.data["x"]) == chart.sight.hits[0] > 0
    chart.mark_read(900, 1100)
    chart.search("ODD[IRGCOND], nowhere")
    assert len(chart.price.renderers) == before + 6
    assert chart.price.renderers[-1] is ring
    chart.search("")
    assert len(hits.data_source.data["x"]) == 0


def test_a_view_that_cannot_be_drawn_is_answered_with_the_one_that_is_there(adapter, monkeypatch):
    chart = TickChart(adapter, 1000, ticks=100)
    before = chart.range.start, chart.range.end
    monkeypatch.setattr("litlab.charts.ticks.look", None)
    with pytest.raises(TypeError):
        chart._viewport._asked.data = {"start": [500.0], "stop": [900.0], "serial": [1]}
    assert chart._viewport._answer.data == {"start": [before[0]], "stop": [before[1]], "serial": [1]}


def test_the_wheel_comes_no_closer_than_ten_ticks(adapter):
    chart = TickChart(adapter, 1000, ticks=100)
    chart._moved(1000.2, 1001.4)
    assert chart.sight.count in (10, 11)
    assert chart.sight.start <= 1000 < chart.sight.stop


def test_the_nearest_tick_to_a_point_is_found_among_neighbours(adapter):
    chart = TickChart(adapter, 1000, ticks=200)
    price = adapter.store.column("price", 0, len(adapter))
    for index in (905, 1000, 1093):
        assert chart.nearest(index + 0.2, price[index]) == index


def test_a_notebook_gets_a_layout_with_one_image(adapter):
    layout = tick_chart(adapter, 3000, ticks=5000, theme="dark")
    images = [one for one in layout.references() if one.__class__.__name__ == "ImageRGBA"]
    assert len(images) == 1
    assert layout.height == 560
