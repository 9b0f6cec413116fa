"""Builds without a browser: rows, tracks, panes, logs of any length, cancel and resume."""

import dataclasses
import re
import time

import pytest

from litlab.apps import build_views, builds
from litlab.apps.builds import Builds
from litlab.apps.log_window import MOST_BYTES, LogWindow
from litlab.apps.request import Request
from litlab.builds import BuildLog, launch_build, list_builds, track
from litlab.features import save_feature
from litlab.schemas import load_schema, save_schema
from litlab.workspace import Workspace

SLOW = """import time
def feature(adapter, index, params={}, features={}):
    time.sleep(0.2)
    return [1.0]
"""


@pytest.fixture
def page(fresh):
    return Builds(fresh, Request())


def shown(page, name):
    return page.panel.values.get(name, "")


def pretend(project, chunks, states):
    """Write the folder of a build that ended within."""
    schema = load_schema(project.team, "minutes")
    log = BuildLog.create(project.team, schema)
    track.create(log.folder, [f"minutes_{n}_{n}" for n in range(chunks)])
    log.start(schema, chunks, ticks=chunks * 10)
    for number, state in states.items():
        track.mark(log.folder, number, state)
    return log


def until(condition):
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_a_row_says_state_samples_and_every_chunk(page):
    assert "● complete" in shown(page, "rows")
    assert 'aria-label="3 chunks: 3 done"' in shown(page, "rows")
    assert shown(page, "rows").count('<i class="done"') == 3
    assert "Show the asset" in shown(page, "head")
    assert "filled" not in shown(page, "head")
    assert page.state == "● 1 build, none running"


def test_more_chunks_than_cells_share_them_and_the_worst_shows():
    chunks = [(f"c{n}", "done") for n in range(500)]
    chunks[7] = ("c7", "failed")
    html = build_views.track(chunks)
    assert html.count("<i ") == 250
    assert html.count('class="failed"') == 1
    assert 'title="c6 … c7: 1 failed, 1 done"' in html
    assert 'aria-label="500 chunks: 1 failed, 499 done"' in html
    assert build_views.track(chunks[:400]).count("<i ") == 400


def test_an_interrupted_build_offers_resume_and_its_running_chunk_is_stopped(fresh):
    pretend(fresh, 4, {0: "done", 1: "running"})
    page = Builds(fresh, Request())
    assert page.current == 2
    assert "■ interrupted" in shown(page, "head")
    assert 'aria-label="4 chunks: 1 stopped, 2 queued, 1 done"' in shown(page, "rows")
    page.handle("resume", "2")
    assert page.current == 3
    assert BuildLog(fresh.team.folder("logs") / "3").job.wait(120) == "done"
    page.refresh()
    assert "● complete" in shown(page, "head")


def test_a_running_build_is_watched_and_cancelled(fresh):
    (fresh.team.folder("scripts") / "slow.py").write_text(SLOW)
    save_feature(fresh.team, "slow", "slow", {})
    schema = dataclasses.replace(
        load_schema(fresh.team, "minutes"), name="slow", features=("per_minute", "slow")
    )
    save_schema(fresh.team, schema)
    launch_build(fresh.team, "slow", workers=1)
    page = Builds(fresh, Request())
    assert "1 running" in page.state
    page.handle("pane", "processes")

    def computing():
        page.refresh()
        return re.search(r"slow at [\d,]+", shown(page, "pane"))

    until(computing)
    page.refresh()
    assert re.search(r"\d+ %", shown(page, "pane"))
    assert "◐ running 0%" in shown(page, "rows")
    page.handle("cancel", "2")
    until(lambda: (page.refresh(), "■ stopped" in shown(page, "head"))[1])
    assert "Resume" in shown(page, "head")
    assert "none running" in page.state


def test_builds_begun_elsewhere_are_noticed_and_older_ones_come_on_demand(fresh, monkeypatch):
    monkeypatch.setattr(builds, "_SHOWN", 2)
    page = Builds(fresh, Request())
    told = []
    page.on_change = lambda: told.append(page.state)
    page._again()
    assert told == []
    for _ in range(3):
        pretend(fresh, 1, {0: "done"})
    page._again()
    assert re.findall(r'aria-label="Build (\d+)"', shown(page, "rows")) == ["4", "3"]
    page.handle("older", "")
    assert re.findall(r'aria-label="Build (\d+)"', shown(page, "rows")) == ["4", "3", "2", "1"]
    assert "Older builds" not in shown(page, "rows")


def test_a_failure_says_script_line_and_index_escaped(fresh):
    log = pretend(fresh, 2, {0: "failed"})
    log.fail("<b>bad.py</b>, line 3, at index 7: ValueError")
    page = Builds(fresh, Request())
    assert "▲ &lt;b&gt;bad.py&lt;/b&gt;, line 3, at index 7" in shown(page, "pane")
    assert "▲ failed" in shown(page, "rows")


def test_a_log_is_shown_from_its_end_earlier_on_demand_and_new_lines_by_themselves(fresh):
    log = pretend(fresh, 1, {})
    with (log.folder / "workflow.log").open("w") as out:
        out.writelines(
            f"2024-01-02 10:00:00.000 7 INFO chunk - a: line {n:06d} & <more>\n" for n in range(9_000)
        )
    page = Builds(fresh, Request({"build": "2"}))
    page.handle("pane", "log")
    assert "line 008999 &amp; &lt;more&gt;" in shown(page, "pane")
    assert "line 000000" not in shown(page, "pane")
    first = re.search(r"line (\d+)", shown(page, "pane"))[1]
    page.handle("earlier", "")
    assert re.search(r"line (\d+)", shown(page, "pane"))[1] < first
    log.write("ERROR", "what came in")
    page.refresh()
    assert '<span class="error">' in shown(page, "pane")
    assert "what came in" in shown(page, "pane")
    for _ in range(20):
        page.handle("earlier", "")
    assert "line 000000" in shown(page, "pane")
    assert "what came in" not in shown(page, "pane")
    page.handle("latest", "")
    assert "what came in" in shown(page, "pane")


def test_a_search_looks_through_all_of_it_by_words_level_and_process(fresh):
    log = pretend(fresh, 1, {})
    for n in range(300):
        log.write("WARNING" if n % 100 == 0 else "INFO", f"line {n:03d}")
    page = Builds(fresh, Request({"build": "2"}))
    page.handle("pane", "log")
    page.handle("words", "LINE 00")
    assert shown(page, "lines") == "10 lines match"
    page.handle("level", "WARNING")
    assert shown(page, "lines") == "1 lines match"
    page.handle("words", "")
    assert shown(page, "lines") == "3 lines match"
    page.handle("level", "")
    assert "all there are" in shown(page, "lines")
    page.handle("process-log", "1")
    assert shown(page, "lines") == "0 lines match"


def test_a_window_never_holds_more_than_its_share_of_a_log(tmp_path):
    path = tmp_path / "log"
    with path.open("w") as out:
        out.writelines(f"line {n:09d} {'x' * 80}\n" for n in range(40_000))
    window = LogWindow(path)
    seen = []
    while window.start:
        seen.append(window.span)
        window.earlier()
    assert max(seen) <= MOST_BYTES < path.stat().st_size
    assert window.lines[0].startswith("line 000000000")
    assert not window.follows


def test_only_the_projects_builds_are_listed(fresh):
    other = fresh.team.workspace.create_project("contoso", "other")
    assert "No builds yet" in Builds(other, Request()).panel.html
    assert Builds(fresh, Request()).current == 1


def test_the_code_shown_runs(page, fresh):
    names = {}
    exec(page.code, names)
    assert names["told"]["state"] == "complete"
    assert [state for _, state in names["chunks"]] == ["done"] * 3
    assert sum("Computed fields" in line for line in names["log"]) == 3, "\n".join(names["log"])
    assert ": Asset " in names["log"][-1]
    assert [one["build"] for one in names["builds"]] == [1]


def test_a_project_without_builds_leads_to_schemas(tmp_path):
    project = Workspace(tmp_path).create_project("contoso", "empty")
    page = builds.page(project, Request({"theme": "dark"}))
    assert 'href="schemas?theme=dark"' in page[1].html
    assert list_builds(project.team) == []


def test_an_address_of_no_build_is_said_and_the_newest_shown(fresh):
    page = Builds(fresh, Request({"build": "999"}))
    assert "There is no build &#x27;999&#x27; of this project." in shown(page, "rows")
    assert "There is no build" not in shown(Builds(fresh, Request()), "rows")
