"""Workspaces, teams and projects."""

import threading

import pytest

from litlab.errors import AlreadyExists, BadName, Locked, UnknownName
from litlab.workspace import FOLDERS, Workspace


def test_creating_a_project_is_one_call(tmp_path):
    project = Workspace(tmp_path).create_project("contoso", "volatility")
    assert str(project) == "contoso/volatility"
    assert {path.name for path in project.team.root.iterdir()} == set(FOLDERS)
    assert Workspace(tmp_path).project() == project
    with pytest.raises(AlreadyExists, match="'contoso/volatility'"):
        Workspace(tmp_path).create_project("contoso", "volatility")


def test_the_home_comes_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("LITLAB_HOME", str(tmp_path))
    assert Workspace().home == tmp_path
    assert Workspace().teams() == []


def test_names_are_checked_and_unknown_ones_answered(tmp_path):
    workspace = Workspace(tmp_path)
    for team, project in (("../x", "a"), ("a", "x/y"), ("", "a")):
        with pytest.raises(BadName):
            workspace.create_project(team, project)
    assert list(tmp_path.iterdir()) == []
    one = workspace.create_project("contoso", "volatility")
    with pytest.raises(UnknownName, match="Did you mean 'contoso'"):
        workspace.team("contosso")
    with pytest.raises(UnknownName, match="Did you mean 'volatility'"):
        one.team.project("volatilty")
    with pytest.raises(UnknownName, match="workspace folder"):
        one.folder("rawr")
    workspace.create_project("contoso", "other")
    with pytest.raises(UnknownName, match="contoso/other, contoso/volatility"):
        workspace.project()


def test_an_update_changes_what_it_names(tmp_path):
    project = Workspace(tmp_path).create_project("contoso", "volatility")
    project.update(adapter="lseg", paths=("a", "b"))
    project.update(features=("bars",))
    found = Workspace(tmp_path).project("contoso", "volatility").record
    assert (found.adapter, found.paths, found.features) == ("lseg", ("a", "b"), ("bars",))


def test_one_holder_at_a_time(tmp_path):
    workspace, seen = Workspace(tmp_path), []

    def second():
        try:
            with workspace.lock("demo"):
                seen.append("held")
        except Locked as problem:
            seen.append(str(problem))

    with workspace.lock("demo"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert str(tmp_path) in seen[0]
    assert "(demo)" in seen[0]
