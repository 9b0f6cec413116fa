"""The line about the epoch chosen on the Experiments page, and how it gets into the vault."""

from __future__ import annotations

from collections.abc import Sequence

from litlab.apps import experiment_details as details
from litlab.apps.request import Request
from litlab.experiments import Monitor
from litlab.experiments.vaulting import vault_epoch, vaulted, vaulting
from litlab.experiments.watched import epochs_of

Key = tuple[str, int]  # run and epoch


class VaultBar:
    """What the vault holds of a project's epochs, and the way into it.

    Parameters
    ----------
    monitor : Monitor
    asked : Request
        For links.
    """

    def __init__(self, monitor: Monitor, asked: Request) -> None:
        self.monitor, self.asked = monitor, asked
        self._stamp: object = None
        self._held: dict[Key, tuple[str, str]] = {}

    @property
    def held(self) -> dict[Key, tuple[str, str]]:
        """(run, epoch) → (name, digest), read again when the vault's folders change."""
        folder = self.monitor.project.folder("vault")
        stamp = sorted((one.name, one.stat().st_mtime_ns) for one in folder.iterdir() if one.is_dir())
        if stamp != self._stamp:
            self._stamp, self._held = stamp, vaulted(self.monitor.project)
        return self._held

    def links(self) -> dict[Key, str]:
        """Return (run, epoch) → a link to the entry."""
        return {key: self._link(*entry) for key, entry in self.held.items()}

    def add(self, run: str, epoch: int, name: str) -> None:
        """Start adding an epoch; its process goes on without the page."""
        vault_epoch(self.monitor.run(run), epoch, name.strip() or None)

    def bar(self, chosen: Key | None, columns: Sequence[str]) -> str:
        """Return the line about an epoch as HTML, "" for none.

        Parameters
        ----------
        chosen : (run, epoch), optional
        columns : sequence of str
            Whose values are told.
        """
        if chosen is None:
            return ""
        name, epoch = chosen
        table = self.monitor.open(name)
        row = int(epochs_of(table).searchsorted(epoch))
        if row >= len(table):
            return ""
        values = {
            one: details.number(float(table[one][row]), details.decimals(table[one]))
            for one in columns
            if one in table.columns
        }
        vault, problem = self._way(name, epoch)
        best = self.monitor.fact(name).best_epoch == epoch
        return details.epoch_bar(epoch, best, values, vault, problem)

    def _way(self, name: str, epoch: int) -> tuple[str, str]:
        """Return as HTML what the vault holds of an epoch or how it gets there, and what went wrong."""
        if (name, epoch) in self.held:
            return self._link(*self.held[name, epoch]), ""
        run = self.monitor.run(name)
        state, problem = vaulting(run, epoch)
        if state in ("queued", "running"):
            return '<span role="status">◐ adding to the vault …</span>', ""
        if not run.definition.asset:
            words = "trained from code, on no asset: litlab.run(asset=…) names one"
            return f'<span class="quiet">{words}</span>', ""
        if not (run.folder / "saved_models" / f"model.{epoch}.keras").is_file():
            more = ": litlab.callbacks.checkpoints() keeps them" if run.definition.made_by == "code" else ""
            return f'<span class="quiet">its checkpoint was not kept{more}</span>', ""
        return details.vault_form(run.definition.name), problem

    def _link(self, name: str, digest: str) -> str:
        return details.vault_link(self.asked.link("vault", name=name, digest=digest), name, digest)
