"""The Features page without a browser: what its messages do and what it says."""

import json
import re
import time

import numpy as np
import pytest

from litlab.apps import catalogue, dependencies, feature_form, features, proving, reads
from litlab.apps.discovery import Empty
from litlab.apps.features import Features
from litlab.apps.request import Request
from litlab.charts import TickChart
from litlab.charts.values import DrawnValues, price_like
from litlab.features import list_features, save_feature
from litlab.features.proof import EFFECT, Evidence, Proof
from litlab.features.verdicts import Verdict
from litlab.sources import is_own, save_source
from litlab.upkeep.features import feature_pins
from litlab.workspace import Workspace

AT = 3000
SOURCE = '"""Says what it is told.\n\nParameters\n----------\nn : number, 1 to 9\n    E.g. [2]\n\n'
SOURCE += 'Returns\n-------\n[ said ]\n"""\n\n\ndef feature(adapter, index, params={}, features={}):\n'


@pytest.fixture
def page(fresh):
    found = features.features(fresh, Request({"index": str(AT)}))
    assert isinstance(found, Features)
    return found


def posted(page, **changes):
    """Return the form as the browser posts it."""
    return json.dumps({name: str(value) for name, value in {**page.typed, **changes}.items()} | {"": ""})


def write(page, name, body):
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    save_source(page.team, "scripts", name, f"{SOURCE}{lines}\n")
    return name


def test_the_first_saved_feature_is_chosen_and_its_parameters_stand_in_the_form(page):
    assert (page.tab, page.feature, page.script) == ("features", "bars", "unit_bar")
    assert 'name="count"' in page.lower.html
    assert 'value="5"' in page.lower.html


def test_test_shows_the_columns_and_draws_them_where_they_belong(page):
    page.handle("test", posted(page))
    found = page.tested
    assert found.values.shape == (5, 8)
    heads = re.sub("<[^>]+>", " ", re.search("<thead>.*?</thead>", page.values.html, re.S)[0]).split()
    assert heads[-8:] == ["open", "high", "low", "close", "trades", "volume", "mean_size", "max_size"]
    assert page.drawn.over == ("open", "high", "low", "close")
    assert page.drawn.beside == "trades"
    assert page.drawn.strip.visible
    last = f"{found.values[-1, 3]:,.4f}"
    assert last in page.values.html
    assert page.bar.values["reads"].startswith("reads: −")
    lo, hi = found.reads
    assert page.chart.sight.start <= lo < hi <= page.chart.sight.stop
    page.handle("draw", "volume")
    assert page.drawn.beside == "volume"


def test_shuffle_goes_elsewhere_and_tests_again(page):
    page.random.seed(4)
    page.handle("shuffle", "")
    assert page.chart.index != AT
    assert page.tested.index == page.chart.index
    page.handle("index", "1,234")
    assert page.tested.index == 1234
    page.handle("index", "99999999")
    assert page.bar.values["problem_index"] == "true"
    assert page.tested.index == 1234


def test_a_wrong_value_is_answered_at_its_field_and_nothing_is_lost(page):
    page.handle("test", posted(page, count="0", size="x"))
    assert set(page.problems) == {"count", "size"}
    assert page.lower.html.count('class="problem" role="alert"') == 2
    assert 'value="x"' in page.lower.html
    assert page.tested is None
    page.handle("test", posted(page, count="3", size="1"))
    assert page.problems == {}
    assert len(page.tested.values) == 3


def test_a_rejected_sample_is_said_in_words(page):
    page.handle("script", write(page, "never", "return []"))
    page.handle("test", posted(page))
    assert "Rejected: it returned nothing at this tick" in page.values.html
    assert page.drawn.over == ()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return 1 / 0", "broken.py, line 15, at index 3000: ZeroDivisionError"),
        ("import os\nos._exit(3)", "broken.py, line 16, at index 3000: it ended the process"),
        ("return adapter[index + 1]", "broken.py, line 15, looks ahead"),
    ],
)
def test_a_failing_script_is_named_with_its_line_and_what_it_printed(page, body, said):
    page.handle("script", write(page, "broken", body))
    page.handle("test", posted(page))
    assert said in page.values.html
    write(page, "broken", f"print('<i>here</i>')\n{body}")
    page.handle("test", posted(page))
    assert "Printed, 1 line" in page.values.html
    assert "&lt;i&gt;here&lt;/i&gt;" in page.values.html
    assert "<i>" not in page.values.html


def test_the_page_runs_no_script_itself(page):
    bomb = f"{SOURCE}    return [[1.0]]\n\nraise SystemExit('bomb')\n"
    save_source(page.team, "scripts", "bomb", bomb)
    page.handle("tab", "scripts")
    page.handle("script", "bomb")
    assert "Says what it is told." in page.lower.html
    page.handle("save", posted(page, **{":name": "bomb_2"}))
    assert "bomb_2" not in list_features(page.team)
    assert "bomb.py" in page.said


def test_save_stores_the_feature_and_a_wrong_name_is_refused(page):
    page.handle("script", "sma")
    page.handle("save", posted(page, rate=7, **{":name": "../x"}))
    assert "cannot be the name" in page.said
    page.handle("save", posted(page, rate=7, **{":name": "sma_7"}))
    assert list_features(page.team)["sma_7"].params["rate"] == 7
    assert (page.tab, page.feature) == ("features", "sma_7")
    assert "Saved as sma_7" in page.lower.html


def test_a_feature_that_reads_another_offers_the_saved_ones_and_shows_the_dependency(page):
    page.handle("script", "standardised")
    options = re.findall("<option[^>]*>(.*?)</option>", page.lower.html)
    assert options == ["", "bars", "per_minute"]
    page.handle("test", posted(page, other="bars", column=3))
    assert page.tested.values.shape == (5, 1)
    page.handle("save", posted(page, other="bars", **{":name": "z"}))
    assert "z reads bars." in page.lower.html
    assert 'aria-label="z reads bars."' in page.lower.html
    assert "the feature z reads it" in feature_pins(page.team)["bars"]


def test_delete_is_offered_only_where_nothing_uses_the_feature(page):
    assert "bars is in use" in page.lower.html
    assert "The schema minutes names it." in page.lower.html
    page.handle("delete", "bars")
    assert "bars" in list_features(page.team)
    assert "in use" in page.said
    save_feature(page.team, "alone", "sma", {"rate": 3})
    page.handle("feature", "alone")
    assert "Nothing uses it" in page.lower.html
    page.handle("delete", "alone")
    assert "alone" not in list_features(page.team)


def test_prove_gives_the_badge_which_is_there_at_the_next_visit(page, fresh, monkeypatch):
    monkeypatch.setattr(proving, "prove_script", _few(proving.prove_script))
    page.handle("script", "sma")
    assert reads.NOT_PROVED in page.lower.html
    page.handle("prove", posted(page, rate=3, count=2, **{":name": ""}))
    assert "✓ no leak found" in page.lower.html
    assert "no leak found in 4 samples" in page.lower.html
    save_feature(page.team, "sma_3", "sma", page.params())
    again = features.features(fresh, Request({"feature": "sma_3"}))
    assert "✓ no leak found" in again.lower.html
    again.handle("edit-source", "scripts/sma")
    source = again.editor.panel.html
    assert "A plugin&#x27;s script" in source or "A plugin's script" in source
    text = catalogue.find(page.team, "sma").read_text() + "\n# changed\n"
    again.editor.handle("save-source", json.dumps({"source": text}))
    assert is_own(page.team, "scripts", "sma")
    again.editor.handle("close", "")
    assert reads.STALE in again.lower.html


def _few(prove):
    return lambda *args, **options: prove(*args, **{**options, "samples": 4})


def test_badges_say_the_worst_that_is_known_and_evidence_links_to_the_tick():
    proof = Proof("x.py", EFFECT, 9, (-3, 2), (-9 * 10**9, 5 * 10**8), (Evidence("cut", 77, 4, "<b>"),))
    held = Verdict("x", {}, "s", "a/b", 100, proof)
    assert reads.badge((held, True), None) == "▲ refuted: effect"
    assert reads.badge((held, False), None) == "◌ stale"
    assert reads.badge(None, None) == "○ not proved"
    told = reads.evidence((held, True), None, lambda index: f"at?{index}")
    assert 'href="at?77"' in told
    assert "&lt;b&gt;" in told
    assert "−9 s … +500 ms" in told


def test_a_built_feature_is_enforced_at_all_samples_of_its_asset_once_that_was_checked(page, monkeypatch):
    monkeypatch.setattr(proving, "prove_script", _few(proving.prove_script))
    assert "enforced" not in page.lower.html
    page.handle("prove", posted(page))
    assert "✓ enforced" in page.lower.html
    assert re.search(r"all [\d,]+ samples of the asset <strong>minutes", page.lower.html)
    page.handle("typing", posted(page, count=6))
    page.handle("test", posted(page, count=6))
    assert "✓ enforced</span" in page.lower.html  # of the saved one, in the list
    assert "○ not proved" in page.lower.html  # of what stands in the form


def test_edit_source_says_what_is_wrong_at_once_and_saves_it_all_the_same(page):
    page.handle("edit-source", "scripts/unit_bar")
    assert page.editor.panel.visible
    assert not page.lower.visible
    page.editor.handle("typed", json.dumps({"source": '"""X."""\ndef feature(:\n'}))
    assert page.editor.panel.values["problem"].startswith("▲ Line 2: ")
    assert not is_own(page.team, "scripts", "unit_bar")
    page.editor.handle("close", "")
    assert "not saved" in page.editor.panel.values["closing"]
    page.editor.handle("save-source", json.dumps({"source": "def feature(:\n"}))
    assert is_own(page.team, "scripts", "unit_bar")
    assert "unit_bar.py, line 1" in page.values.html
    page.editor.handle("close", "")
    assert page.lower.visible


def test_a_new_script_works_at_once_and_a_taken_name_is_refused(page):
    page.handle("new-script", json.dumps({":new": "sma"}))
    assert "sma" in page.said
    page.handle("new-script", json.dumps({":new": "mine"}))
    assert (page.tab, page.script) == ("scripts", "mine")
    page.handle("test", posted(page))
    assert page.tested.columns == ("range_30",)
    assert page.tested.values[0, 0] >= 0
    rows = re.findall(r'data-argument="(\w+)" aria-pressed', page.lower.html)
    assert rows[0] == "mine"  # the team's own stand first


def test_the_code_shown_runs_and_gives_what_is_on_the_page(page, monkeypatch):
    from litlab import testing

    monkeypatch.setattr(testing, "prove_script", _few(testing.prove_script))
    page.handle("script", "standardised")
    page.handle("test", posted(page, other="bars", column=3, **{":name": "z"}))
    names = {}
    exec(page.code, names)
    assert np.array_equal(names["tested"].values, page.tested.values)
    assert np.array_equal(names["sample"].values["z"], page.tested.values)
    assert names["feature"] == list_features(page.team)["z"]
    assert not names["verdict"].proof.refuted


def test_what_people_wrote_is_escaped(page):
    evil = SOURCE.replace("Says", "<script>alert(1)</script> Says").replace("E.g.", '"><img src=x>')
    save_source(page.team, "scripts", "evil", f"{evil}    return [['<b>']]\n")
    page.handle("tab", "scripts")
    page.handle("script", "evil")
    page.handle("test", posted(page))
    everything = page.lower.html + page.values.html + page.bar.html
    assert "<script>" not in everything
    assert "<img" not in everything
    assert "<b>" not in everything.replace('<b class="dot"', "")


def test_links_select_and_a_wrong_one_is_said(fresh):
    assert features.features(fresh, Request({"script": "rsi"})).script == "rsi"
    assert features.features(fresh, Request({"feature": "up"})).script == "atr_up_next"
    wrong = features.features(fresh, Request({"feature": "bras"}))
    assert "Did you mean" in wrong.lower.html
    link = re.search(r'href="(discovery[^"]*)"', features.features(fresh, Request()).lower.html)[1]
    assert "feature=bars" in link
    assert "index=" in link


def test_a_broken_script_is_listed_with_its_line_and_stops_nobody(page):
    save_source(page.team, "scripts", "half", "def feature(:\n")
    page.handle("tab", "scripts")
    assert "▲" in page.lower.html
    page.handle("script", "half")
    assert "half.py, line 1" in page.lower.html
    page.handle("script", "sma")
    page.handle("test", posted(page))
    assert page.tested is not None


def test_the_lists_are_drawn_quickly(page):
    page.handle("tab", "scripts")
    begun = time.perf_counter()
    page.tell()
    assert time.perf_counter() - begun < 0.2


def test_a_project_without_ticks_says_what_to_do_first(tmp_path):
    project = Workspace(tmp_path).create_project("contoso", "empty")
    assert isinstance(features.features(project, Request()), Empty)


def test_values_that_are_no_prices_stand_in_a_strip(adapter):
    assert price_like(np.array([[40.0]]), np.array([99.0, 100.0])).tolist() == [False]
    assert price_like(np.array([[np.nan], [99.2]]), np.array([99.0, 100.0])).tolist() == [True]
    drawn = DrawnValues(TickChart(adapter, AT))
    price = float(adapter.store.column("price", AT, AT + 1)[0])
    spans = np.array([[AT - 9, AT - 4], [AT - 4, AT + 1]])
    drawn.show(np.array([[price, 7.0]] * 2), spans, ("mean", "index"), (AT - 9, AT + 1))
    assert (drawn.over, drawn.beside) == (("mean",), "index")
    assert drawn.strip.y_range.start < 7 < drawn.strip.y_range.end
    drawn.clear_values()
    assert not drawn.strip.visible


def test_rings_and_missing_features_do_not_stop_the_picture():
    ring = {"a": ["b"], "b": ["a"], "c": ["gone"]}
    assert dependencies.ranks(ring, []).keys() == ring.keys()
    assert dependencies.picture(ring, ["c"]).startswith("<svg")


def test_reading_the_form_tells_of_a_feature_that_is_not_saved(page):
    found, problems = feature_form.read(page.team, "standardised", {"other": "gone"})
    assert found["other"] == "gone"
    assert "no saved feature 'gone'" in problems["other"]
