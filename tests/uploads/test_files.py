"""What a project can be made of: files, who reads them, whether they are cached, what is added."""

import os

import pytest
from tapes import lseg_row, minutes, write_lseg, write_ticks

from litlab.adapters import cache_files, load_adapter, load_adapter_by_project
from litlab.errors import BadParameter, MissingFile, MixedFormats, UnknownFormat, UnknownName
from litlab.uploads import (
    Upload,
    add_files,
    list_files,
    plan_caching,
    start_caching,
    take_out,
    use_adapter,
)
from litlab.uploads.files import guess_of
from litlab.workspace import Workspace


@pytest.fixture
def project(tmp_path):
    project = Workspace(tmp_path / "w").create_project("contoso", "volatility")
    raw = project.folder("raw")
    write_lseg(raw / "a.csv", [lseg_row()] * 3)
    write_lseg(raw / "b.csv", [lseg_row()] * 3 + [lseg_row(price="x")] * 0)
    return project


def states(project):
    return {one.name: one.state for one in list_files(project)}


def cache(project, name="a.csv", **parameters):
    path = str(project.folder("raw") / name)
    cache_files(load_adapter(project.team, "lseg", {**parameters, "paths": [path]}))


def test_files_put_there_by_hand_are_listed_as_not_cached_and_parts_as_parts(project):
    with Upload(project.team, "c.csv", 9).writing(0) as out:
        out.write(b"abcd")
    assert states(project) == {"a.csv": "on disk", "b.csv": "on disk", "c.csv": "part"}
    part = list_files(project)[-1]
    assert (part.size_bytes, part.part.received) == (9, 4)


def test_a_cached_file_tells_rows_span_and_rejects(project):
    cache(project)
    found = list_files(project)[0]
    assert (found.state, found.rows, found.rejected, found.adapter) == ("cached", 3, 0, "lseg")
    assert found.first_time_ns <= found.last_time_ns
    assert found.zone == "America/New_York"
    path = project.folder("raw") / "a.csv"
    os.utime(path, (1, 1))
    assert states(project)["a.csv"] == "stale"
    path.unlink()
    assert "a.csv" not in states(project)


def test_a_file_of_the_project_that_is_gone_or_lies_elsewhere_is_listed(project, tmp_path):
    other = write_lseg(tmp_path / "z.csv", [lseg_row()])
    add_files(project, [other])
    assert states(project)["z.csv"] == "on disk"
    other.unlink()
    assert states(project)["z.csv"] == "gone"


def test_the_first_files_decide_the_adapter_and_others_must_fit_it(project):
    record = add_files(project, [project.folder("raw") / "a.csv"])
    assert (record.adapter, record.parameters) == ("lseg", {})
    other = write_ticks(project.folder("raw") / "other.csv", minutes("2024-01-02", 3))
    with pytest.raises(MixedFormats, match=r"other\.csv is csv, the project volatility reads lseg"):
        add_files(project, [other])
    add_files(project, [project.folder("raw") / "*b.csv"])
    assert [path[-5:] for path in project.record.paths] == ["a.csv", "b.csv"]
    take_out(project, project.record.paths)
    record = add_files(project, [other])
    assert record.adapter == "csv"
    assert record.parameters["conditions_column"] == "code"


def test_quotes_alone_make_no_project(project):
    path = project.folder("raw") / "quotes.csv"
    path.write_text("time,bid,ask\n2024-01-02T14:30:00Z,13.9,13.91\n")
    with pytest.raises(BadParameter, match="quotes that lie beside"):
        add_files(project, [path])
    assert project.record.paths == ()


def test_adding_twice_is_adding_once_and_strangers_are_refused(project):
    path = project.folder("raw") / "a.csv"
    add_files(project, [path, path])
    add_files(project, [path])
    assert len(project.record.paths) == 1
    with pytest.raises(MissingFile):
        add_files(project, [path.with_name("nothing.csv")])
    path.with_name("words.csv").write_text("nothing to be seen\nhere at all\n")
    with pytest.raises(UnknownFormat):
        add_files(project, [path.with_name("words.csv")])


def test_a_cache_made_otherwise_than_the_project_reads_does_not_count(project):
    cache(project, max_rejected=0.5)
    assert states(project)["a.csv"] == "cached"
    assert guess_of(list_files(project)[0]).parameters == {"max_rejected": 0.5}
    add_files(project, [project.folder("raw") / "a.csv"], "lseg", {})
    assert states(project)["a.csv"] == "on disk"
    use_adapter(project, "lseg", {"max_rejected": 0.5})
    assert states(project)["a.csv"] == "cached"
    with pytest.raises(UnknownName):
        use_adapter(project, "lseg", {"max_rejectd": 0.5})


def test_a_plan_groups_files_by_what_reads_them(project):
    raw = project.folder("raw")
    other = write_ticks(raw / "other.csv", minutes("2024-01-02", 3))
    one, two = plan_caching(project)
    assert (one.adapter, [path[-5:] for path in one.paths]) == ("lseg", ["a.csv", "b.csv"])
    assert (two.adapter, two.parameters["time_unit"]) == ("csv", "ns")
    chosen = {raw / "a.csv": ("lseg", {"symbol": "A"})}
    assert len(plan_caching(project, [raw / "a.csv", raw / "b.csv"], chosen)) == 2
    assert plan_caching(project, [other])[0].paths == (str(other),)


def test_a_plan_of_all_that_is_not_cached_makes_the_projects_ticks(project):
    add_files(project, [project.folder("raw") / "a.csv"])
    assert start_caching(project.team, plan_caching(project, project.record.paths)).wait(60) == "done"
    adapter = load_adapter_by_project("contoso", "volatility", project.team.workspace)
    assert len(adapter) == 3
    assert [path[-5:] for task in plan_caching(project) for path in task.paths] == ["b.csv"]


def test_a_broken_cache_or_an_unknown_adapter_does_not_hide_a_file(project):
    cache(project)
    for manifest in project.folder("cache").glob("*/*/manifest.json"):
        manifest.write_text("{")
    project.update(adapter="nobodys", paths=(str(project.folder("raw") / "b.csv"),))
    assert states(project) == {"a.csv": "on disk", "b.csv": "on disk"}
