"""The lists of saved features and of scripts: none of the scripts is run for them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litlab.apps import reads
from litlab.apps.dependencies import picture, words
from litlab.apps.forms import tabs
from litlab.assets.enforced import Enforced, enforced
from litlab.errors import LitlabError
from litlab.features import Feature, list_features
from litlab.features.verdicts import Verdict, try_remembered
from litlab.scripts import find_script, list_scripts
from litlab.sources import Outline, origin, outline
from litlab.workspace import Team

if TYPE_CHECKING:
    from litlab.apps.features import Features


@dataclasses.dataclass(frozen=True)
class Listed:
    """A script as the list shows it; `problem` says why it cannot be used."""

    name: str
    path: Path
    origin: str
    outline: Outline | None
    problem: str = ""


def find(team: Team, name: str) -> Path:
    """Return where a script lies; UnknownName where there is none."""
    return find_script(team, "scripts", name)


def outlined(team: Team, name: str) -> Outline:
    """Return a script's outline, read once for each state of its file."""
    path = find(team, name)
    about = path.stat()
    return _outline(path, about.st_mtime_ns, about.st_size)


@functools.lru_cache(maxsize=512)
def _outline(path: Path, mtime_ns: int, size: int) -> Outline:
    del mtime_ns, size
    return outline(path)


def scripts(team: Team) -> list[Listed]:
    """Return every script that can be found, the team's own first."""
    found = []
    for name, path in list_scripts(team, "scripts").items():
        whose = origin(team, path)
        try:
            found.append(Listed(name, path, whose, outlined(team, name)))
        except LitlabError as problem:
            found.append(Listed(name, path, whose, None, str(problem)))
    return sorted(found, key=lambda one: one.origin != "team")


def needed(team: Team, script: str, params: Mapping[str, Any]) -> list[str]:
    """Return the saved features that a script reads, and those that these read."""
    saved = list_features(team)
    found: dict[str, None] = {}
    asked = list(outlined(team, script).requires(params))
    while asked:
        name = asked.pop(0)
        if name in found or name not in saved:
            continue
        found[name] = None
        asked += outlined(team, saved[name].script).requires(saved[name].params)
    return list(found)


def known_of(
    team: Team, script: str, params: Mapping[str, Any]
) -> tuple[tuple[Verdict, bool] | None, Enforced | None]:
    """Return what is known of a script with these parameters: the last verdict, and built samples."""
    return try_remembered(team, script, params), enforced(team, script, params)


def html(page: Features) -> str:
    """Return the tabs and the list of the one that is open."""
    saved = list_features(page.team)
    row = tabs("tab", {"features": "Features", "scripts": "Scripts"}, page.tab, "Features and scripts")
    inner = _features(page, saved) if page.tab == "features" else _scripts(page)
    return f'<div class="lists">{row}<div class="list" id="list-{page.tab}">{inner}</div></div>'


def _features(page: Features, saved: Mapping[str, Feature]) -> str:
    if not saved:
        return """<p class="none quiet">No saved features yet. Choose a script under Scripts, Test it, and
            Save it under a name.</p>"""
    needs: dict[str, tuple[str, ...]] = {}
    labels, rows = [], []
    for name, feature in saved.items():
        try:
            found = outlined(page.team, feature.script)
        except LitlabError as problem:
            needs[name] = ()
            rows.append(_row(page, name, feature, None, escape(str(problem))))
            continue
        needs[name] = found.requires(feature.params)
        labels += [name] if found.is_label else []
        rows.append(_row(page, name, feature, found, ""))
    graph = ""
    if len(saved) > 1:
        graph = f"""<details id="needs"><summary>Which reads which <span class="quiet">
            {escape(words(needs, labels))}</span></summary>{picture(needs, labels, page.feature)}</details>"""
    return f"""<table aria-label="Saved features"><thead><tr><th>Feature</th><th class="wide">Script</th>
        <th class="wide">Parameters</th><th>Verdict</th></tr></thead>
        <tbody>{"".join(rows)}</tbody></table>{graph}"""


def _row(page: Features, name: str, feature: Feature, found: Outline | None, problem: str) -> str:
    text, chosen = escape(name), name == page.feature
    params = ", ".join(f"{key} {_short(value)}" for key, value in feature.params.items())
    said = problem or (
        ""
        if found is None or found.is_label
        else reads.badge(*known_of(page.team, feature.script, feature.params))
    )
    reading = found.requires(feature.params) if found else ()
    marks = "".join(f'<span class="chip">{mark}</span>' for mark in marks_of(found))
    marks += "".join(f'<span class="chip">reads {escape(one)}</span>' for one in reading)
    return f"""<tr{' class="chosen"' if chosen else ""}><td><button class="plain" data-action="feature"
        data-argument="{text}" aria-pressed="{str(chosen).lower()}">{text}</button></td>
        <td class="wide">{escape(feature.script)}</td>
        <td class="wide line" title="{escape(params)}">{escape(params)}</td>
        <td>{f'<span class="{_tone(said)}">{said}</span>' if said else ""}{marks}</td></tr>"""


def _tone(said: str) -> str:
    return "problem" if said.startswith("▲") or said.endswith(".") else "verdict"


def _short(value: Any) -> str:
    return "[" + ", ".join(map(str, value)) + "]" if isinstance(value, (list, tuple)) else str(value)


def marks_of(found: Outline | None) -> list[str]:
    """Return what a script says it is, beside a feature."""
    if found is None:
        return []
    return [word for word, holds in (("label", found.is_label), ("gate", found.is_gate)) if holds]


def _scripts(page: Features) -> str:
    rows = "".join(
        _script_row(one, one.name == page.script and not page.feature) for one in scripts(page.team)
    )
    return f"""<details class="new" id="new-{page.made}"><summary>New script</summary>
        <form data-action="new-script"><label>Name <input name=":new" aria-label="Name of the new script"
        size="20" spellcheck="false" placeholder="my_feature"></label> <button type="submit">Create</button>
        <span class="quiet">A short one that works, to be changed.</span></form></details>
        <table aria-label="Scripts"><thead><tr><th>Script</th><th class="wide">What it is</th>
        <th>From</th></tr></thead><tbody>{rows}</tbody></table>"""


def _script_row(one: Listed, chosen: bool) -> str:
    name = escape(one.name)
    marks = "".join(f' <span class="chip">{mark}</span>' for mark in marks_of(one.outline))
    about = (
        escape(one.outline.about) if one.outline else f'<span class="problem">▲ {escape(one.problem)}</span>'
    )
    return f"""<tr{' class="chosen"' if chosen else ""}><td><button class="plain" data-action="script"
        data-argument="{name}" aria-pressed="{str(chosen).lower()}">{name}</button>{marks}</td>
        <td class="wide line about">{about}</td><td class="quiet">{escape(one.origin)}</td></tr>"""
