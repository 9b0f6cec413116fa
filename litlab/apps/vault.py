"""Vault: trained models, their scores, what they are made of, what people say of them; files out and in."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import urlencode

import panel as pn

from litlab.apps import background, shell, vault_compare, vault_found, vault_origin, vault_views
from litlab.apps.fragment import Fragment
from litlab.apps.request import Request
from litlab.apps.vault_asking import Asking
from litlab.apps.vault_views import key_of
from litlab.errors import LitlabError, UnknownName
from litlab.shown import counted
from litlab.upkeep import deployed_at, remove_entry
from litlab.vault import Entry, compare, find_entry, list_entries
from litlab.vault.breakdown import named
from litlab.vault.comparing import Comparison, row_of
from litlab.workspace import Project

_PERIOD_MS = 500
_CODE = """from litlab import vault
from litlab.workspace import Workspace

team = Workspace({home!r}).team({team!r})
{body}"""
_ENTRY = """entry = vault.open_entry(team, {name!r}, {digest!r})
vault.verdict(entry.scores)
predictor = vault.load(entry)  # predictor.predict(adapter, index), no TensorFlow
entry.notes, entry.tags  # entry.note("…"), entry.tag("…")
vault.export_entry(entry, {file!r})  # vault.import_entry(team, {file!r})
{found}"""
_NOTHING = """from litlab.experiments import find_run

entry = vault.add_to_vault(find_run(team.workspace, "…"))  # the best epoch on validation"""


def page(project: Project, asked: Request) -> Any:
    """Return the whole page."""
    made = Vault(project, asked)
    head = shell.header(project.team.workspace, asked, "vault", project, made.state, made.code)
    made.on_change = lambda: head.say(state=made.state, code=made.code)
    return shell.frame(head, made.panel)


def view(project: Project) -> Any:
    """Return the page's body as a Panel Viewable: the team's models, or what to do first."""
    return Vault(project, Request()).panel


class Vault:
    """The table of entries, the one chosen, and two beside each other.

    Attributes
    ----------
    panel : Viewable
    table, beside, chosen, noted, origin : Fragment
        The entries; two of them; the chosen one's scoreboard, notes and lineage.
    asking : Asking
        What is found out about the chosen one on demand.
    entries : list of Entry
        The version in use of each model first.
    shown : Entry or None
    picked : list of str
        What shall be compared, as name@digest.
    state, code : str
        For the header.
    on_change : callable
        Called after any of it changed.
    """

    def __init__(self, project: Project, asked: Request) -> None:
        self.project, self.asked = project, asked
        self.wanted = (asked.arguments.get("name", ""), asked.arguments.get("digest", ""))
        self.entries: list[Entry] = []
        self.shown: Entry | None = None
        self.picked: list[str] = []
        self.compared: Comparison | None = None
        self.saids: dict[str, str] = {}
        self.state = self.code = ""
        self.on_change: Callable[[], None] = lambda: None
        self._seen: Any = None
        self._turn = 0
        # Pieces of their own, so that a note being written outlives what changes around it.
        self.table, self.beside, self.chosen, self.noted, self.origin = (
            Fragment("", self.handle) for _ in range(5)
        )
        self.asking = Asking(project, self.handle, self.chosen)
        self.panel: Any = pn.Column(
            self.table, self.beside, self.chosen, self.asking.found, self.noted, self.origin,
            scroll="y", sizing_mode="stretch_both", margin=0,
        )  # fmt: skip
        self.refresh()
        background.every(_PERIOD_MS, self.follow)

    # --- what people do -------------------------------------------------------------------------------

    def handle(self, action: str, value: str) -> None:
        """Do what a button or field asks; what is wrong stands where it was asked."""
        self.saids = {}
        if action == "show":
            self.wanted = _parts(value)
        elif action.startswith("pick-"):
            self._pick(action.removeprefix("pick-"), value == "true")
        elif action in _ACTIONS:
            field, do = _ACTIONS[action]
            try:
                do(self, value)
            except LitlabError as problem:
                self.saids[field] = str(problem)
        self.refresh()

    def _pick(self, key: str, on: bool) -> None:
        self.picked = [one for one in self.picked if one != key] + ([key] if on else [])
        self.compared = None

    def _compare(self, _: str) -> None:
        self.compared = compare([find_entry(self.project.team, one) for one in self.picked])

    def _close(self, _: str) -> None:
        self.compared, self.picked = None, []

    def _tag(self, value: str) -> None:
        if self.shown:
            self.shown.tag(str(json.loads(value).get("tag", "")).strip())

    def _untag(self, value: str) -> None:
        if self.shown:
            self.shown.tag(value, on=False)

    def _note(self, value: str) -> None:
        if self.shown:
            self.shown.note(str(json.loads(value).get("note", "")))

    def _remove(self, value: str) -> None:
        remove_entry(find_entry(self.project.team, value))
        self.wanted = ("", "")
        self._pick(value, False)

    def _imported(self, value: str) -> None:
        """Show what came of a file that the browser sent."""
        told = json.loads(value)
        if told.get("sending"):
            self.saids["busy"] = f"◐ {told['sending']} is being looked over and run …"
        elif told.get("error"):
            self.saids["import"] = str(told["error"])
        else:
            self.wanted = (str(told.get("name", "")), str(told.get("version", "")))
            new = "is in the vault" if told.get("new") else "was in the vault already"
            self.saids["done"] = f"● {told.get('name')} {str(told.get('version'))[:12]} {new}."

    # --- what stands on the page ----------------------------------------------------------------------

    def follow(self) -> None:
        """Keep up with what is being found out, with entries that come, go or are talked about elsewhere."""
        self._turn += 1
        ended = self.asking.follow()
        if ended or (self._turn % 4 == 0 and self._signature() != self._seen):
            self.refresh()

    def refresh(self) -> None:
        """Read the vault again and draw."""
        self._seen = self._signature()
        self.entries = sorted(list_entries(self.project.team), key=lambda one: (one.name, not one.is_current))
        known = {key_of(one) for one in self.entries}
        self.picked = [one for one in self.picked if one in known]
        self.shown = self._chosen()
        if self.wanted[0] and self.wanted[0] not in {one.name for one in self.entries}:
            known = {one.name for one in self.entries}
            missing = UnknownName(kind="model in the vault", given=self.wanted[0][:80], known=known)
            self.saids["missing"] = str(missing)
        models = len({one.name for one in self.entries})
        self.state = (
            f"● {counted(models, 'model')} · {counted(len(self.entries), 'version')}"
            if self.entries
            else "○ no models"
        )
        self._draw()
        self.code = self._code()
        self.on_change()

    def _chosen(self) -> Entry | None:
        name, digest = self.wanted
        mine = [one for one in self.entries if one.name == name] or self.entries
        exact = (one for one in mine if digest and one.digest.startswith(digest))
        return next(exact, mine[0] if mine else None)

    def _draw(self) -> None:
        if self.shown is None:
            self.table.html = self._nothing()
            for piece in (self.beside, self.chosen, self.noted, self.origin):
                piece.html = ""
            self.asking.show(None)
            return
        rows, deployed = [row_of(one) for one in self.entries], deployed_at(self.project.team)
        few = "" if len(self.picked) > 1 else "disabled"
        listed = vault_views.table(self.entries, rows, deployed, self.shown, self.picked, self.asked)
        self.table.html = f"""<div class="piece"><section class="vault">{listed}<div class="actions wraps">
            <button data-action="compare" {few}>Compare</button>
            <span class="quiet">{self._picked_words()}</span><span class="grow"></span>
            {self._importing()}</div>{self._said()}</section></div>"""
        compared = vault_compare.comparison(self.compared) if self.compared else ""
        self.beside.html = f'<div class="piece">{compared}</div>' if compared else ""
        scores = named(self.shown.scores, self.shown.record.data)
        row = rows[self.entries.index(self.shown)]
        running = deployed.get((self.shown.name, self.shown.digest), ())
        link = vault_views.export_link(str(self.project), self.shown)
        self.chosen.html = f"""<div class="piece vault">
            {vault_views.head(self.shown, link, self.saids, running)}
            <div data-html="verified"></div>
            {vault_views.said_first(scores, row)}{vault_views.board(scores)}
            {vault_found.retraining(self.shown)}{vault_found.folds(self.shown, self.asked)}</div>"""
        self.asking.show(self.shown, self.saids.get("ask", ""))
        self.noted.html = f'<div class="piece">{vault_views.notes(self.shown, self.saids)}</div>'
        self.origin.html = f'<div class="piece vault">{vault_origin.origin(self.shown, self.asked)}</div>'

    def _picked_words(self) -> str:
        count = len(self.picked)
        return f"{count} ticked" if count else "Tick two to put them side by side"

    def _importing(self) -> str:
        address = f"entry?{urlencode({'project': str(self.project)})}"
        return f"""<label class="pick-file">Import<input type="file" data-send="{escape(address)}"
            data-action="imported" aria-label="Import"></label>"""

    def _said(self) -> str:
        told = "".join(
            f'<p class="{"problem" if mark else "quiet"}" role="{role}">{mark}{escape(self.saids[one])}</p>'
            for one, role, mark in (
                ("missing", "alert", "▲ "), ("import", "alert", "▲ "), ("compare", "alert", "▲ "),
                ("busy", "status", ""), ("done", "status", ""),
            )
            if one in self.saids
        )  # fmt: skip
        return told

    def _nothing(self) -> str:
        link = escape(self.asked.link("experiments", project=str(self.project)))
        return f"""<div class="empty"><h2>No models yet</h2><p class="quiet">A model of the vault is an epoch
            of a run with all it needs: the network in two formats, its features and their sources, and one
            score on the test part beside the baselines. Choose an epoch on the page Experiments, or take in a
            file that somebody exported.</p><div class="actions">
            <a class="filled" href="{link}">Experiments</a>{self._importing()}</div>{self._said()}</div>"""

    def _code(self) -> str:
        if self.shown is None:
            body = _NOTHING
        elif self.compared:
            names = ", ".join(f"vault.find_entry(team, {one!r})" for one in self.picked)
            body = f"vault.compare([{names}])"
        else:
            file = f"{self.shown.name}-{self.shown.digest[:12]}.litentry"
            found = self.asking.code
            body = _ENTRY.format(name=self.shown.name, digest=self.shown.digest, file=file, found=found)
        team = self.project.team
        return _CODE.format(home=str(team.workspace.home), team=team.name, body=body).rstrip()

    def _signature(self) -> Any:
        """Return what changes when an entry, a note, the version in use or a deployment does."""
        vault, preview = self.project.folder("vault"), self.project.folder("preview")
        paths = [*vault.glob("*/CURRENT"), *vault.glob("*/*/*.json"), *vault.glob("*/notes/*.jsonl")]
        stats = []
        for path in sorted([*paths, *preview.glob("*.json")]):
            try:
                stats.append((str(path), path.stat().st_mtime_ns))
            except FileNotFoundError:
                continue
        return stats, sorted(deployed_at(self.project.team).items())


def _parts(key: str) -> tuple[str, str]:
    name, _, digest = key.partition("@")
    return name, digest


# Action → the place where what is wrong is said, and what does it.
_ACTIONS: dict[str, tuple[str, Callable[[Vault, str], None]]] = {
    "compare": ("compare", Vault._compare),
    "close": ("compare", Vault._close),
    "tag": ("tag", Vault._tag),
    "untag": ("tag", Vault._untag),
    "note": ("note", Vault._note),
    "ask": ("ask", lambda page, kind: page.asking.ask(kind)),
    "profit": ("ask", lambda page, fields: page.asking.profit(fields)),
    "cancel": ("ask", lambda page, kind: page.asking.cancel(kind)),
    "remove": ("remove", Vault._remove),
    "imported": ("import", Vault._imported),
}
