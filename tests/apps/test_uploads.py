"""Uploads without a browser: what its messages do, what it says, and what the server takes."""

import asyncio
import contextlib
import json
import re
import shutil
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from tapes import lseg_row, write_lseg

from litlab.adapters import cache_files, load_adapter
from litlab.apps import uploads
from litlab.apps.filetable import key_of
from litlab.apps.request import Request
from litlab.apps.serve import make_server
from litlab.errors import UnknownName
from litlab.upkeep import remove_raw
from litlab.uploads import Upload, list_cachings, list_files, list_parts, plan_caching, start_caching
from litlab.workspace import Workspace


@pytest.fixture
def project(tmp_path):
    project = Workspace(tmp_path / "w").create_project("contoso", "volatility")
    raw = project.folder("raw")
    write_lseg(raw / "a.csv", [lseg_row(price=f"13.{at:02d}") for at in range(5)])
    write_lseg(raw / "b.csv", [lseg_row()] * 3)
    (raw / "<b>bold.csv").write_text("time,px,qty\n2024-01-05 10:00:00,10.5,1\n2024-01-05 10:00:01,x,1\n")
    return project


@pytest.fixture
def page(project):
    return uploads.Uploads(project, Request())


def key(page, name):
    return next(key_of(one.path) for one in page.files if one.name == name)


def row(page, name):
    """The row's text, tags left out."""
    for line in re.findall(r"<tr.*?</tr>", page.table.html, re.S):
        text = " ".join(re.sub(r"<[^>]+>", " ", line).split())
        if text.startswith(name):
            return text
    raise AssertionError(name)


def given(page, **fields):
    """The drawer's form as a browser sends it."""
    kind = {"adapter": "csv", **fields}
    return json.dumps({**kind, "": ""})


def test_a_project_without_files_is_one_place_to_drop_them(tmp_path):
    page = uploads.Uploads(Workspace(tmp_path).create_project("contoso", "empty"), Request())
    assert page.drop.large
    assert not page.table.visible
    assert not page.bar.visible
    assert page.state == "○ no files in the project"


def test_files_put_there_by_hand_are_listed_with_what_would_read_them(page):
    assert row(page, "a.csv").startswith("a.csv 0.00 lseg 91 % ○ on disk")
    assert "csv 60 %" in page.table.html.replace("</span>", "").replace('<span class="quiet">', "")
    assert not page.drop.large
    assert "not cached: 3 files" in page.bar.html
    assert "<b>bold" not in page.table.html
    assert "&lt;b&gt;bold" in page.table.html


def test_ticking_adds_to_the_project_and_takes_out_again(page, project):
    page.handle(f"tick-{key(page, 'a.csv')}", "true")
    assert [Path(path).name for path in project.record.paths] == ["a.csv"]
    assert project.record.adapter == "lseg"
    assert page.state == "○ 1 file in the project · 0 cached"
    page.handle(f"tick-{key(page, 'a.csv')}", "false")
    assert project.record.paths == ()


def test_a_file_that_does_not_fit_is_refused_under_its_row(page, project):
    page.handle(f"tick-{key(page, 'a.csv')}", "true")
    page.handle(f"tick-{key(page, '<b>bold.csv')}", "true")
    assert "is csv, the project volatility reads lseg" in page.table.html
    assert len(project.record.paths) == 1
    page.handle("tick-nonsense", "true")
    page.handle("preview", "nonsense")
    page.handle("nonsense", "")


def test_cache_files_caches_the_projects_files_in_a_job_and_leads_on(page, project):
    for name in ("a.csv", "b.csv"):
        page.handle(f"tick-{key(page, name)}", "true")
    page.handle("cache", "")
    (caching,) = list_cachings(project.team)
    assert {path.name for path in caching.files()} == {"a.csv", "b.csv"}
    assert "Cancel" in page.bar.html or not caching.running
    caching.wait(120)
    page.follow()
    page.refresh()
    assert page.state == "● cached · 2 files · 8 rows"
    assert "● cached" in row(page, "a.csv")
    assert "2013-10-07" in row(page, "a.csv")
    assert "New York" in row(page, "a.csv")
    page.handle("log", "")
    assert "a.csv: 5 ticks by lseg" in page.bar.values["log"]


def test_once_all_is_cached_the_next_step_is_discovery(project):
    paths = [str(project.folder("raw") / "a.csv")]
    cache_files(load_adapter(project.team, "lseg", {"paths": paths}))
    project.update(adapter="lseg", paths=tuple(paths))
    for name in ("b.csv", "<b>bold.csv"):
        (project.folder("raw") / name).unlink()
    page = uploads.Uploads(project, Request({"theme": "dark"}))
    link = re.search(r'<a class="button filled" href="([^"]+)"', page.bar.html)[1]
    assert link.startswith("discovery?theme=dark")
    assert page.bar.html.count("filled") == 1


def test_progress_is_read_from_the_disk_by_any_page(page, project, monkeypatch):
    page.handle("cache", "")
    (caching,) = list_cachings(project.team)
    caching.wait(120)
    told = json.loads((caching.folder / "progress.json").read_text())
    path = str(project.folder("raw") / "a.csv")
    told[path] = {**told[path], "state": "caching", "bytes_done": 43, "bytes_total": 100, "rows": 7}
    (caching.folder / "progress.json").write_text(json.dumps(told))
    monkeypatch.setattr("litlab.jobs.Job.state", "running")
    other = uploads.Uploads(project, Request())
    assert other.table.values[f"state-{key(other, 'a.csv')}"] == "◐ caching 43 %"
    assert "rows/s" in other.bar.values["figures"]
    assert 0 < float(other.bar.values["share"]) < 1
    assert "Cancel" in other.bar.html
    assert other.state == "◐ caching"
    stopped = []
    monkeypatch.setattr("litlab.jobs.Job.stop", lambda job: stopped.append(job.folder))
    other.handle("stop", "")
    assert stopped == [caching.folder]


def test_what_this_page_sent_is_cached_by_itself_where_there_is_no_doubt(page, project):
    for name in ("b.csv", "<b>bold.csv"):
        page.handle("uploaded", name)
    (caching,) = list_cachings(project.team)
    assert [path.name for path in caching.files()] == ["b.csv"]
    caching.wait(120)


def test_a_sent_file_that_is_not_listed_yet_has_its_turn_later(page, project):
    late = project.folder("raw") / "late.csv"
    page.waiting.add(late)
    page.refresh()
    assert list_cachings(project.team) == []
    write_lseg(late, [lseg_row()])
    page.refresh()
    (caching,) = list_cachings(project.team)
    assert list(caching.files()) == [late]
    assert page.waiting == set()
    caching.wait(120)


def test_the_drawer_shows_ticks_beside_text_and_rejects_with_reasons(page):
    page.handle("preview", key(page, "<b>bold.csv"))
    html = page.drawer.body.html
    assert "2024-01-05 10:00:00.000000000" in html
    assert "2024-01-05 10:00:01,x,1" in html
    assert "1 rejected" in html
    assert "raise the adapter&#x27;s parameter max_rejected" in html
    assert "UTC is assumed" in html
    assert "<b>bold" not in html
    page.handle("preview", key(page, "<b>bold.csv"))
    assert not page.drawer.body.visible


def test_an_error_stands_at_its_field_and_nothing_typed_is_lost(page):
    page.handle("preview", key(page, "<b>bold.csv"))
    page.drawer.handle(
        "try", given(page, time="time", price="pxx", volume="qty", zone="UTC", max_rejected="1")
    )
    html = page.drawer.body.html
    assert 'value="pxx"' in html
    assert re.search(r'name="price"[^>]*aria-invalid="true"', html)
    assert "&#x27;pxx&#x27; is missing" in html
    page.drawer.handle("use", given(page, time="time", max_rejected="many"))
    assert re.search(r'name="max_rejected"[^>]*aria-invalid="true"', page.drawer.body.html)
    assert '<details id="common" open' in page.drawer.body.html
    assert page.readings.chosen == {}
    page.drawer.handle("try", json.dumps({"adapter": "nobodys"}))
    assert "There is no adapter called" in page.drawer.body.html


def test_what_was_decided_in_the_form_is_what_is_cached(page, project):
    name = "<b>bold.csv"
    page.handle("preview", key(page, name))
    fields = {
        "time": "time",
        "price": "px",
        "volume": "qty",
        "zone": "America/New_York",
        "max_rejected": "0.6",
    }
    page.drawer.handle("use", given(page, **fields))
    assert row(page, "&lt;b&gt;").find("100 %") > 0
    assert "'zone': 'America/New_York'" in page.code
    page.handle("cache", "")
    (caching,) = list_cachings(project.team)
    caching.wait(120)
    page.refresh()
    found = next(one for one in page.files if one.name == name)
    assert (found.state, found.rows, found.rejected) == ("cached", 1, 1)
    assert found.parameters["zone"] == "America/New_York"


def test_a_form_of_a_projects_file_changes_the_projects_adapter(page, project):
    page.handle(f"tick-{key(page, 'a.csv')}", "true")
    page.handle("preview", key(page, "a.csv"))
    assert (
        "Read the project&#x27;s 1 file so" in page.drawer.body.html
        or "project's 1 file" in page.drawer.body.html
    )
    page.drawer.handle("use", json.dumps({"adapter": "lseg", "max_rejected": "0.25", "": ""}))
    assert project.record.parameters == {"max_rejected": 0.25}


def test_a_part_is_listed_with_the_way_on_and_can_be_discarded(project):
    with Upload(project.team, "SPY.csv", 1000).writing(0) as out:
        out.write(b"x" * 430)
    page = uploads.Uploads(project, Request())
    assert "◐ 43 % sent" in page.table.html
    assert "resume by dropping it again" in page.table.html
    page.handle("discard", key(page, "SPY.csv"))
    assert list_parts(project.team) == []
    assert "SPY.csv" not in page.table.html


def test_files_that_come_and_go_by_hand_are_seen(page, project):
    raw = project.folder("raw")
    write_lseg(raw / "late.csv", [lseg_row()])
    for _ in range(4):
        page.follow()
    assert "○ on disk" in row(page, "late.csv")
    (raw / "late.csv").unlink()
    for _ in range(4):
        page.follow()
    assert "late.csv" not in page.table.html


def test_the_code_shown_runs_and_does_what_the_page_does(page, project):
    page.handle(f"tick-{key(page, 'a.csv')}", "true")
    names = {}
    exec(page.code, names)
    assert names["beginning"].ticks.num_rows == 5
    assert {one.name: one.state for one in list_files(project)}["a.csv"] == "cached"


def test_the_header_follows(project):
    frame = uploads.page(project, Request())
    assert frame[0].values["state"] == "○ no files in the project"
    assert "plan_caching" in frame[0].values["code"]


# --- what the server takes ------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path):
    """A served workspace: its address, under a prefix."""
    project = Workspace(tmp_path / "served").create_project("contoso", "volatility")
    started, said = threading.Event(), {}

    def serve():
        asyncio.set_event_loop(asyncio.new_event_loop())
        made = make_server(project.team.workspace, prefix="/user/x/litlab")
        made.start()
        said.update(server=made, url=f"http://127.0.0.1:{made.port}/user/x/litlab")
        made.io_loop.add_callback(started.set)
        made.io_loop.start()
        made.stop()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert started.wait(60)
    yield said["url"], project.team
    said["server"].io_loop.add_callback(said["server"].io_loop.stop)
    thread.join(10)


def ask(url, method="GET", body=None, headers=None, **query):
    query = {"project": "contoso/volatility", "name": "a.csv", "size": 10, "modified": 5, **query}
    request = urllib.request.Request(
        f"{url}/upload?{urllib.parse.urlencode(query)}", data=body, method=method, headers=headers or {}
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read())


def test_pieces_make_a_file_and_a_status_says_how_far_it_is(server):
    url, team = server
    assert ask(url) == (200, {"received": 0, "whole": False})
    assert ask(url, "PUT", b"01234", offset=0) == (200, {"received": 5, "whole": False})
    assert ask(url) == (200, {"received": 5, "whole": False})
    assert ask(url, "PUT", b"3456789", offset=3) == (200, {"received": 10, "whole": True})
    assert (team.folder("raw") / "a.csv").read_bytes() == b"0123456789"
    assert ask(url, "PUT", b"0123456789", offset=0) == (200, {"received": 10, "whole": True})
    status, told = ask(url, "PUT", b"01x3456789", offset=0)
    assert status == 409
    assert "stays as it is" in told["error"]


def test_what_is_wrong_is_one_sentence_with_its_status(server, monkeypatch):
    url, team = server
    for name in ("../a.csv", "a\0.csv", "<b>.csv", "x" * 300, ""):
        status, told = ask(url, "PUT", b"0", name=name)
        assert status == 400
        assert "cannot be the name of an uploaded file" in told["error"]
    told = "The bytes of a.csv from 4 on came too early: 0 are here. Send it from byte 0 on."
    assert ask(url, "PUT", b"x", offset=4) == (409, {"error": told, "received": 0})
    assert ask(url, size=-1)[0] == ask(url, size=0)[0] == ask(url, size="x" * 50)[0] == 400
    assert ask(url, project="contoso/other")[0] == 404
    assert ask(url, "PUT", b"0123456789+", offset=0)[0] == 400
    usage = shutil.disk_usage(team.root)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=3))
    status, told = ask(url, size=1000, name="big.csv")
    assert status == 507
    assert "needs 1,000 more bytes" in told["error"]
    assert [path.name for path in team.folder("raw").iterdir() if path.name != ".parts"] == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ],
)
def test_another_pages_requests_are_refused(server, headers):
    url, team = server
    status, told = ask(url, "PUT", b"0123456789", headers=headers, offset=0)
    assert status == 403
    assert "Only pages of this server" in told["error"]
    assert list(team.folder("raw").iterdir()) == []


def test_our_own_pages_requests_are_taken(server):
    url, _ = server
    origin = url.partition("/user")[0]
    assert ask(url, headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"})[0] == 200
    assert ask(url, headers={"Origin": origin})[0] == 200


def test_a_sender_that_vanishes_leaves_a_part_that_goes_on(server):
    url, team = server
    host, port = re.search(r"//([\d.]+):(\d+)", url).groups()
    with contextlib.closing(socket.create_connection((host, int(port)))) as sender:
        query = "project=contoso/volatility&name=a.csv&size=10&modified=5&offset=0"
        head = (
            f"PUT /user/x/litlab/upload?{query} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 10\r\n\r\n"
        )
        sender.sendall(head.encode() + b"0123")
        for _ in range(200):
            if ask(url)[1]["received"] == 4:
                break
    for _ in range(200):  # the server has to notice first
        status, told = ask(url, "PUT", b"3456789", offset=3)
        if status == 200:
            break
    assert (status, told) == (200, {"received": 10, "whole": True})
    assert (team.folder("raw") / "a.csv").read_bytes() == b"0123456789"


def test_a_large_piece_does_not_sit_in_memory(server):
    import resource

    url, team = server
    data = bytes(200_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert ask(url, "PUT", data, size=len(data), offset=0) == (200, {"received": len(data), "whole": True})
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 80, f"{grown:.0f} MiB"
    assert (team.folder("raw") / "a.csv").stat().st_size == len(data)


def test_a_file_that_nothing_uses_is_removed_and_one_in_use_stays(page, project):
    assert "Remove a.csv?" in page.table.html
    page.handle("tick-" + key(page, "a.csv"), "true")
    page.handle("remove", key(page, "b.csv"))
    page.handle("remove", key(page, "a.csv"))
    assert sorted(one.name for one in page.files) == ["<b>bold.csv", "a.csv"]
    assert "The file a.csv is in use" in row_under(page)
    assert "Remove a.csv?" not in page.table.html


def row_under(page):
    """The sentences under rows, tags left out."""
    return " ".join(
        re.sub(r"<[^>]+>", " ", one) for one in re.findall(r'<tr class="said">.*?</tr>', page.table.html)
    )


def test_only_files_of_the_teams_own_folder_can_be_removed(project, tmp_path):
    (tmp_path / "mine.csv").write_text("mine")
    for path in (
        tmp_path / "mine.csv",
        project.folder("raw") / ".." / "schemas",
        project.folder("raw") / "no",
    ):
        with pytest.raises(UnknownName):
            remove_raw(project.team, path)
    assert (tmp_path / "mine.csv").is_file()


def test_a_cached_file_goes_with_its_cache(project):
    start_caching(project.team, plan_caching(project, [project.folder("raw") / "a.csv"])).wait()
    assert list(project.folder("cache").glob("a.csv-*"))
    remove_raw(project.team, project.folder("raw") / "a.csv")
    assert not list(project.folder("cache").glob("a.csv-*"))
    assert not (project.folder("raw") / "a.csv").exists()


def test_where_no_adapter_fits_the_row_says_what_to_do(project):
    (project.folder("raw") / "notes.txt").write_text("buy bread")
    page = uploads.Uploads(project, Request())
    assert "Click its name to choose an adapter and its columns, or remove the file." in row_under(page)
