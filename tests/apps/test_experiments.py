"""Experiments without a browser: runs, curves, epochs, logs, settings, and what people do with them."""

import json
import re
import sys
import time

import numpy as np
import pytest
from pretended_runs import csv_lines, learning, pretend

from litlab import atomic
from litlab.apps import experiment_details as details
from litlab.apps import experiments
from litlab.apps.experiment_grid import Places
from litlab.apps.experiments import Experiments
from litlab.apps.request import Request
from litlab.apps.virtual import Row, VirtualTable
from litlab.charts.epoch_pane import Curve, sync
from litlab.charts.epochs import MOST_RUNS, EpochChart
from litlab.errors import LossNotFinite
from litlab.experiments import vaulting
from litlab.jobs import Job
from litlab.workspace import Workspace


@pytest.fixture
def project(tmp_path):
    return Workspace(tmp_path / "home").create_project("contoso", "volatility")


@pytest.fixture
def page(project):
    pretend(project, "first-001", 12, seed=1)
    pretend(project, "first-002", 40, seed=2, state="paused", planned=60, learning_rate=0.01)
    return Experiments(project, Request())


def rows(table):
    return [key for key, _, _ in table.rows["rows"]]


def html(table, key):
    return next(cells for one, _, cells in table.rows["rows"] if one == key)


def head(page):
    return page.head.values["head"]


def lines(page):
    return {
        (curve.run, curve.column): source for one in page.plot.chart._panes for curve, source in one.lines
    }


def post(page, action, **fields):
    page.handle(action, json.dumps(fields))


# --- the page


def test_the_newest_run_is_drawn_with_its_losses_and_its_best_epoch(page):
    assert list(page.plot.colours) == ["first-002"]
    assert set(lines(page)) == {("first-002", "loss"), ("first-002", "val_loss")}
    best = page.monitor.fact("first-002").best_epoch
    assert page.chosen == ("first-002", best)
    assert f'Epoch <strong class="number">{best}</strong>' in page.head.values["epoch"]
    assert "★ best" in page.head.values["epoch"]
    star = page.plot.chart._panes[0]._stars.data
    assert star["x"] == [best]
    assert "★" in html(page.panes.grid.panel, f"first-002/{best}")
    assert sum(kind.startswith("best") for _, kind, _ in page.panes.grid.panel.rows["rows"]) == 1
    assert page.state == "● 2 runs, none running"


def test_states_stand_there_by_icon_and_word(project):
    for at, state in enumerate(("done", "paused", "stopped", "failed", "queued")):
        pretend(project, f"run-{at}", 3, state=state, planned=6)
    page = Experiments(project, Request())
    told = [html(page.runs, f"run-{at}") for at in range(5)]
    for cells, words in zip(told, ("● done", "‖ paused", "■ stopped", "▲ failed", "○ queued"), strict=True):
        assert words in cells
    assert "Continue run-1" in told[1]
    assert "Start run-4" in told[4]
    assert "button" not in told[0]


def test_runs_are_compared_and_go_again(page):
    page._on_run("compare", "first-001")
    assert page.plot.colours == {"first-002": 0, "first-001": 1}
    assert len(lines(page)) == 4
    page.panes.grid.panel.handle("window", "0-20")
    keys = rows(page.panes.grid.panel)
    assert keys[:4] == ["first-002/1", "first-001/1", "first-002/2", "first-001/2"]
    assert page.panes.grid.panel.count == 52
    page._on_run("compare", "first-002")
    assert page.plot.colours == {"first-001": 1}
    assert page.current == "first-001"
    page._on_run("compare", "first-001")
    assert page.plot.colours == {"first-001": 1}  # one stays
    page._on_run("choose", "first-002")
    assert (page.current, list(page.plot.colours)) == ("first-002", ["first-002"])


def test_the_address_says_what_is_drawn_and_brings_it_back(page, project):
    page._on_run("compare", "first-001")
    post(page, "columns", columns=["val_auc", "seconds"])
    page.handle("smoothing", "0.6")
    page.handle("log", "true")
    asked = Request(page.plot.address)
    again = Experiments(project, asked)
    assert set(lines(again)) == set(lines(page)) == {
        (run, one) for run in ("first-001", "first-002") for one in ("val_auc", "seconds")
    }  # fmt: skip
    assert (again.plot.smoothing, again.plot.log) == (0.6, True)
    assert [one.kind for one in again.plot.chart._panes] == ["auc", "seconds"]
    unknown = Experiments(project, Request({"run": "nobody,first-001", "columns": "none", "smoothing": "x"}))
    assert list(unknown.plot.colours) == ["first-001"]
    assert set(lines(unknown)) == {("first-001", "loss"), ("first-001", "val_loss")}


def test_more_lines_than_can_be_told_apart_are_left_off_and_it_is_said(project):
    names = [f"run-{at:02d}" for at in range(MOST_RUNS + 2)]
    for at, name in enumerate(names):
        pretend(project, name, 3, seed=at)
    page = Experiments(project, Request({"run": ",".join(names)}))
    assert len(page.plot.colours) == len(lines(page)) == MOST_RUNS
    assert f"Drawn are {MOST_RUNS} of the {MOST_RUNS + 2} runs" in head(page)
    assert page.plot.columns == ["val_loss"]
    page._on_run("compare", names[-1])
    assert "more do not fit: take another one out first" in head(page)
    page._on_run("compare", names[0])
    page._on_run("compare", names[-1])
    assert names[-1] in page.plot.colours
    post(page, "columns", columns=["loss", "val_loss", "val_auc", "seconds", "learning_rate"])
    drawn = sorted({column for _, column in lines(page)})
    assert drawn == ["seconds", "val_auc", "val_loss"]  # validation's go before training's
    assert len(lines(page)) == 3 * MOST_RUNS
    assert page.plot.bar.values["lines"] == (
        f"Not drawn: {MOST_RUNS} lines of loss ({MOST_RUNS} a pane at most), learning_rate (3 panes at most)"
        ": choose fewer runs or columns"
    )


def test_every_pane_has_all_runs_that_are_compared(project):
    for at in range(4):
        pretend(project, f"run-{at}", 3, seed=at)
    page = Experiments(project, Request({"run": "run-0,run-1,run-2,run-3"}))
    post(page, "columns", columns=["loss", "val_loss", "val_auc"])
    assert len(lines(page)) == 12
    assert page.plot.bar.values["lines"] == ""


def test_a_run_asked_for_that_is_not_there_is_said(page, project):
    missing = Experiments(project, Request({"run": "first-00"}))
    assert "There is no run of contoso/volatility called &#x27;first-00&#x27;." in head(missing)
    assert "Shown is first-002." in head(missing)
    assert 'alert"></span>' in head(page)


def test_a_failed_run_says_why_and_what_to_do(project):
    why = LossNotFinite(loss=np.inf, epoch=1, batch=2, batches=9, reason="the learning rate is 1e+30")
    pretend(project, "bad-001", 0, state="failed", planned=9, log=f"training\nerror: {why}\n")
    page = Experiments(project, Request())
    assert "▲ The loss is inf since epoch 1, batch 2 of 9: the learning rate is 1e+30." in head(page)
    assert "with a smaller learning_rate" in head(page)
    assert "Continue" not in head(page)  # it would come to the same end
    assert 'class="filled" data-action="clone"' in head(page)
    assert "Clone bad-001" in html(page.runs, "bad-001")
    assert not page.panes.grid.panel.visible
    assert "It failed before an epoch was finished" in page.panes.body.values["pane"]
    assert "It failed before an epoch was finished" in page.plot.chart.layout.children[0].text
    page._on_run("clone", "bad-001")
    assert page.panes.chosen == "settings"
    pretend(project, "full-001", 2, state="failed", planned=9, log="error: The memory is used up.\n")
    page.refresh()
    page._on_run("choose", "full-001")
    assert "▲ The memory is used up." in head(page)
    assert "Continue" in head(page)


def test_a_training_that_stood_still_says_that_it_stopped_early(project):
    run = pretend(project, "early-001", 4, planned=40, patience=3)
    run.perf.write_text(
        "epoch,loss,val_loss\n" + "".join(f"{at},0.6,{0.6 + at / 100}\n" for at in range(1, 5))
    )
    said = "stopped early: val_loss did not improve for 3 epochs"
    assert said in head(Experiments(project, Request()))
    assert run.ended() == said


def test_a_process_that_has_no_epoch_yet_says_what_it_does(project):
    run = pretend(project, "live-001", 0, state="queued", planned=10)
    Job.launch(run.folder, [sys.executable, "-c", "import time; time.sleep(60)"], "training live-001")
    try:
        page = Experiments(project, Request())
        assert re.search(r"TensorFlow is starting, \d+ s", head(page))
        assert re.search(r"◐ starting \d+ s", html(page.runs, "live-001"))
        assert "TensorFlow is starting" in page.plot.chart.layout.children[0].text
        assert "TensorFlow is starting" in page.panes.body.values["pane"]
        assert not page.panes.grid.panel.visible
        (run.folder / "session.txt").write_text("what it runs on")
        page.refresh()
        assert re.search(r"the first epoch is under way, \d+ s", head(page))
        run.perf.write_text("epoch,loss,val_loss\n1,0.7,0.7\n")
        page.refresh()
        assert "under way" not in head(page)
        assert page.panes.grid.panel.visible
        assert "live-001" in page.plot.chart.layout.children[0].text
    finally:
        run.job.kill()


def test_what_comes_in_is_streamed_and_shows_everywhere(page, project, monkeypatch):
    sent = []
    source = lines(page)["first-002", "val_loss"]
    monkeypatch.setattr(type(source), "stream", lambda self, data, **_: sent.append(len(data["x"])))
    run = page.monitor.run("first-002")
    atomic.append_line(run.perf, "41,0.5,0.1,0.9,1.5,0.0005")
    page.refresh()
    assert sent == [1] * 2
    assert page.plot.chart._panes[0]._dots.data["x"].count(41.0) == 2  # few epochs: each has a dot
    assert page.chosen == ("first-002", 41)
    assert "41/60" in html(page.runs, "first-002")
    assert "0.1000 ★41" in html(page.runs, "first-002")
    assert page.panes.grid.panel.count == 41


def test_what_would_move_the_picture_by_less_than_a_pixel_waits(project):
    run = pretend(project, "long-001", 5_200)
    page = Experiments(project, Request())
    source = lines(page)["long-001", "val_loss"]
    seen = []
    for epoch in range(5_201, 5_209):
        atomic.append_line(run.perf, f"{epoch},0.6,0.7,0.6,1.5,0.0005")
        page.refresh()
        seen.append(source.data["x"][-1])
        assert page.panes.grid.panel.count == epoch
    assert seen == [5_200.0] * 3 + [5_204.0] * 4 + [5_208.0]


def test_a_tick_without_news_sends_nothing(page):
    page.refresh()
    told = []
    for one in (page.head, page.panes.body, page.plot.bar, page.runs, page.panes.grid.panel):
        one.param.watch(lambda event: told.append((event.obj, event.name)), list(one.param))
    for _ in range(3):
        page.refresh()
    assert told == []


def test_rows_dropped_by_a_resumed_run_go_from_chart_and_grid(page):
    run = page.monitor.run("first-002")
    from litlab.experiments.perf import drop_epochs

    drop_epochs(run.perf, 3)
    page.refresh()
    assert page.panes.grid.panel.count == 3
    assert list(lines(page)["first-002", "val_loss"].data["x"]) == [1.0, 2.0, 3.0]


def test_a_click_chooses_an_epoch_in_grid_and_chart(page):
    page._on_epoch("choose", "first-002/7")
    assert page.chosen == ("first-002", 7)
    assert 'Epoch <strong class="number">7</strong>' in page.head.values["epoch"]
    assert page.plot.chart._panes[0]._at.data["x"] == [7]
    page._clicked("first-002", 9)
    assert page.chosen == ("first-002", 9)
    assert page.panes.grid.panel.seek[0] == 8
    page._clicked("first-002", 10_000)
    assert page.chosen == ("first-002", 40)
    page._on_run("choose", "first-001")
    assert page.chosen[0] == "first-001"


def test_the_log_tails(page):
    page.handle("pane", "shell")
    assert "training first-002" in page.panes.body.values["pane"]
    with page.monitor.run("first-002").log.open("a") as out:
        out.write("epoch 41 <b>\n")
    page.refresh()
    assert "epoch 41 &lt;b&gt;" in page.panes.body.values["pane"]


def test_settings_tell_what_runs_do_not_share(page):
    page._on_run("compare", "first-001")
    page.handle("pane", "settings")
    told = page.panes.body.values["pane"]
    assert "<td>learning_rate</td>" in told
    assert "<td>conv.filters</td>" in told
    assert "<td>optimizer</td>" not in told
    assert 'name="epochs"' in told


def test_a_clone_that_cannot_be_is_told_at_its_field_and_what_was_typed_stays(page):
    page.handle("clone", "first-002")
    assert page.panes.chosen == "settings"
    fields = {"epochs": "0", "batch": "64", "": "first-002"}
    page.handle("clone-form", json.dumps(fields))
    told = page.panes.body.values["pane"]
    assert "it must be a whole number, from 1" in told
    assert 'name="batch" title' in told
    assert 'value="64"' in told
    assert len(page.monitor.names) == 2


def test_what_cannot_be_done_is_said_beside_the_run(page):
    page._on_run("continue", "first-002")
    page.monitor.run("first-002").job.wait(30)
    run = page.monitor.run("first-002")
    log = run.log.read_text()
    assert "error:" in log  # it names no asset: its process says so
    page.refresh()
    assert "▲ failed" in head(page)
    page.handle("continue", "nobody")
    assert "There is no run" in head(page)


def test_a_running_training_is_stopped_and_meanwhile_it_is_said(page, project):
    run = pretend(project, "live-001", 4, state="queued", planned=10)
    Job.launch(run.folder, [sys.executable, "-c", "import time; time.sleep(60)"], "training live-001")
    try:
        page._on_run("choose", "live-001")
        page.refresh()
        page._on_run("choose", "live-001")
        assert "◐ running 40 %" in head(page)
        assert page.state == "◐ 1 of 3 runs running"
        page.handle("pause", "live-001")
        assert "◐ pausing …" in head(page)
        assert run.job.wait(30) == "stopped"
        page.refresh()
        assert "‖ paused" in head(page)
        assert 'aria-label="Device"' in head(page)
    finally:
        run.job.kill()


def test_a_run_from_code_shows_alike_and_offers_only_what_works(project):
    run = pretend(project, "code-001", 5, made_by="code", columns=("epoch", "loss", "accuracy", "seconds"))
    page = Experiments(project, Request())
    assert set(lines(page)) == {("code-001", "loss")}
    assert "Clone" not in head(page)
    assert "Continue" not in head(page)
    assert "trained from code" in page.head.values["epoch"]
    page.handle("pane", "settings")
    assert "its own code" in page.panes.body.values["pane"]
    assert run.name in page.code


def test_names_of_columns_and_words_of_logs_are_no_html(project):
    columns = ("epoch", "val_loss", "<img src=x>")
    pretend(project, "odd-001", 3, columns=columns, log="<script>\n")
    page = Experiments(project, Request({"columns": "<img src=x>"}))
    page.handle("pane", "shell")
    parts = [page.panes.grid.panel.head, *page.plot.bar.values.values(), *page.head.values.values(),
             page.panes.body.values["pane"], page.plot.chart._legend.text]  # fmt: skip
    assert "&lt;img" in page.panes.grid.panel.head
    assert not [one for one in parts if "<img" in one or "<script" in one]


def test_an_epoch_on_its_way_into_the_vault_is_said_and_why_it_failed(page, project, monkeypatch):
    run = page.monitor.run("first-002")
    folder = vaulting.job_folder(run, 7)
    page._on_epoch("choose", "first-002/7")
    assert (
        "its checkpoint was not kept" in page.head.values["epoch"] or "no asset" in page.head.values["epoch"]
    )
    job = Job.launch(folder, [sys.executable, "-c", "import time; time.sleep(60)"], "adding")
    try:
        page.refresh()
        assert "◐ adding to the vault" in page.head.values["epoch"]
    finally:
        job.kill()
        job.wait(20)
    (folder / "log.txt").write_text("noise\nerror: The exported model differs.\n")
    assert vaulting.vaulting(run, 7) == ("failed", "The exported model differs.")


def test_a_project_without_runs_says_the_next_step_and_one_that_comes_is_seen(project):
    made = experiments.page(project, Request({"theme": "dark"}))
    page = Experiments(project, Request())
    assert "No experiments yet" in page.empty.html
    assert not page.full.visible
    assert made is not None
    pretend(project, "first-001", 3)
    page.refresh()
    assert page.full.visible
    assert list(page.plot.colours) == ["first-001"]


def test_the_code_shown_runs(page):
    names = {}
    exec(page.code, names)
    assert [one.name for one in names["facts"]] == ["first-002", "first-001"]
    assert len(names["values"]) == 40
    assert names["run"].name == "first-002"


def test_a_look_at_a_hundred_runs_takes_little_time(project):
    columns = ("epoch", "loss", "val_loss", *(f"m{n}" for n in range(17)))
    text = ",".join(columns) + "\n" + csv_lines(learning(300, 0, columns))
    for at in range(100):
        run = pretend(project, f"run-{at:03d}", 0, planned=600, state="paused")
        run.perf.write_text(text)
    page = Experiments(project, Request({"run": ",".join(f"run-{at:03d}" for at in range(8))}))
    while page.monitor.behind:
        page.refresh()
    taken = []
    for at in range(8):
        for name in list(page.plot.colours)[:4]:
            atomic.append_line(page.monitor.run(name).perf, f"{301 + at}," + ",".join(["0.5"] * 19))
        began = time.process_time()
        page.refresh()
        taken.append(time.process_time() - began)
    print(f"{min(taken) * 1e3:.0f} ms")
    assert min(taken) < 0.1, taken


# --- its parts


def test_places_are_those_of_all_rows_sorted():
    rng = np.random.default_rng(0)
    for _ in range(30):
        counts = rng.integers(0, 9, rng.integers(1, 6)).tolist()
        wanted = sorted((row, run) for run, count in enumerate(counts) for row in range(count))
        places = Places(counts)
        assert len(places) == len(wanted)
        assert [places[at] for at in range(len(places))] == [(run, row) for row, run in wanted]
        assert [places.find(run, row) for row, run in wanted] == list(range(len(wanted)))


def test_a_table_makes_the_rows_in_sight_only():
    made = []

    def make(start, stop):
        made.append((start, stop))
        return [Row(str(at), f"<td>{at}</td>") for at in range(start, stop)]

    table = VirtualTable("Rows", lambda *_: None)
    table.tell("<th>at</th>", [80], 100_000, make)
    assert made == [(0, 36)]
    table.handle("window", "99950-100100")
    assert made[-1] == (99_950, 100_000)
    assert rows(table)[-1] == "99999"
    table.handle("window", "0-99999999")
    assert made[-1] == (0, 200)
    for odd in ("", "x-y", "-5--1", "1"):
        table.handle("window", odd)
    assert made[-1] == (0, 200)
    table.tell("<th>at</th>", [80], 5, make)
    assert rows(table) == ["0", "1", "2", "3", "4"]
    table.tell("<th>at</th>", [80], 0, make)
    assert rows(table) == []


def test_a_line_that_changed_in_its_middle_is_sent_whole():
    from bokeh.models import ColumnDataSource

    source = ColumnDataSource({"x": [], "y": []})
    x = np.arange(100.0)
    for y in (x, np.concatenate([x[:50], -x[50:]]), np.where(x > 97, 5.0, x), x[:10], x[:0]):
        sync(source, x[: len(y)], y)
        assert np.asarray(source.data["y"]).tolist() == y.tolist()
        assert np.asarray(source.data["x"]).tolist() == x[: len(y)].tolist()


def test_a_logarithmic_axis_leaves_out_what_has_no_logarithm():
    chart = EpochChart()
    values = np.array([-1.0, 0.0, 10.0, 1000.0])
    chart.show([Curve("a", "loss", 0, np.arange(1.0, 5.0), values, (1.0, -1.0))], log=True)
    one = chart._panes[0]
    assert np.isnan(one.lines[0][1].data["y"][:2]).all()
    assert one._stars.data["x"] == []
    assert 0 < one.figure.y_range.start < 10
    assert one.figure.y_range.end > 1000
    chart.show([Curve("a", "loss", 0, np.arange(1.0, 5.0), values, (1.0, -1.0))], log=False)
    assert chart._panes[0].figure.y_range.start < -1


def test_baselines_are_dashed_where_they_lie_near_and_named_at_the_edge_where_they_do_not():
    chart = EpochChart()
    curve = Curve("a", "val_loss", 0, np.array([1.0, 2.0]), np.array([0.7, 0.6]))
    rivals = {"base_rate": 0.69, "logistic": 0.691, "persistence": 16.0, "boosting": 0.1}
    chart.show([curve], baselines={"val_loss": rivals})
    pane = chart._panes[0]
    assert pane._rivals.data["y"] == [0.69, 0.691]
    names = pane._names.data
    told = ["boosting 0.1000 ↓ below", "base rate 0.6900", "logistic 0.6910", "persistence 16.0000 ↑ above"]
    assert names["text"] == told
    assert names["y"] == [pane.figure.y_range.start, 0.69, 0.691, pane.figure.y_range.end]
    assert names["x"][2] > names["x"][1] == names["x"][0]  # side by side where they would cover each other
    chart.show([curve], baselines={"val_loss": rivals}, log=True)
    assert chart._panes[0]._names.data["text"] == told


def test_a_view_that_people_moved_stays_while_epochs_come_in():
    moved = []
    chart = EpochChart(moved=lambda: moved.append(chart.view))
    curve = Curve("a", "loss", 0, np.arange(1.0, 101.0), np.ones(100))
    chart.show([curve])
    chart._went(20.0, 40.0)
    chart._range.update(start=20.0, end=40.0)
    chart.show([Curve("a", "loss", 0, np.arange(1.0, 201.0), np.ones(200))])
    assert (chart._range.start, chart._range.end) == (20.0, 40.0)
    chart.show_all()
    assert moved == [(20.0, 40.0), None]
    chart.show([curve])
    assert chart._range.end == pytest.approx(101.0)


def test_a_click_finds_the_run_whose_line_is_nearest():
    chart, found = EpochChart(chosen=lambda *told: found.append(told)), []
    x = np.arange(1.0, 11.0)
    chart.show([Curve("low", "loss", 0, x, np.ones(10)), Curve("high", "loss", 1, x[:5], np.full(5, 9.0))])

    class Event:
        def __init__(self, x, y):
            self.x, self.y = x, y

    for at in (Event(3.2, 8.0), Event(2.8, 1.2), Event(9.0, 9.0)):
        chart._tapped(chart._panes[0], at)
    assert found == [("high", 3), ("low", 3), ("low", 9)]


def test_decimals_and_sparks_stand_odd_values():
    assert details.decimals(np.array([np.nan])) == 3
    assert details.number(float("nan"), 3) == "–"
