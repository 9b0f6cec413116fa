"""The bar above a canvas: which one is open, a new one, one from elsewhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from litlab.apps.designer_import import MOST_BYTES
from litlab.canvases import list_canvases
from litlab.experiments.drawing import Drawing

if TYPE_CHECKING:
    from litlab.apps.designer import Designer


def html(page: Designer) -> str:
    """Return the bar: which canvas is open, a new one, one from elsewhere, and what is to be said."""
    drawing = page.drawing
    names = list_canvases(page.team)
    here = drawing.name
    first = "" if here else f'<option value="" selected>{escape(title(drawing))} (new)</option>'
    options = first + "".join(
        f"<option{' selected' if name == here else ''}>{escape(name)}</option>" for name in names
    )
    options += "".join(
        f'<option value="{escape(key)}">{escape(name)} (not saved)</option>'
        for key, name in page.drafts.unnamed.items()
    )
    said = ""
    if page.leaving:
        said = f"""<span role="alert">{escape(title(drawing))} is not saved.</span>
        <button class="filled" data-action="leave-save">Save</button>
        <button data-action="leave-drop">Discard</button><button data-action="leave-not">Cancel</button>"""
    elif page.problem:
        again = '<button data-action="again">Open theirs</button>' if drawing.changed_elsewhere else ""
        said = f'<span class="problem" role="alert">▲ {escape(page.problem)}</span>{again}'
    elif page.launched:
        link = escape(page.asked.link("experiments", project=str(page.project), run=page.launched))
        name = escape(page.launched)
        said = f'<span role="status">● {name} launched</span> <a href="{link}">Show experiment</a>'
    elif page.restored:
        said = """<span class="quiet" role="status">Your unsaved changes were restored</span>
        <button data-action="discard">Discard</button>"""
    return f"""<div class="bar wraps designer" role="toolbar" aria-label="Canvas">
        <label>Canvas <select aria-label="Canvas" data-action="open">{options}</select></label>
        <button data-open="new">New …</button>
        <label class="pick-file">Import …<input type="file" aria-label="Import"
        accept=".keras,.json" data-file="import" data-most="{MOST_BYTES}"></label>
        <span class="grow"></span>{said}</div>
        <dialog id="new" aria-label="New canvas"><form method="dialog" data-action="new"><h2>New canvas</h2>
        <label class="field"><span class="name">Name</span><input name="new" size="24" spellcheck="false"
        value="{escape(drawing.free_name("canvas"))}"></label>
        <p><label class="choice"><input type="radio" name="start" value="default" checked> the default canvas,
        which learns</label><br><label class="choice"><input type="radio" name="start" value="empty"> an empty
        one</label></p><div class="actions"><button type="button" data-close>Cancel</button>
        <button type="submit" class="filled">Create</button></div></form></dialog>"""


def title(drawing: Drawing) -> str:
    """Return what its settings call it."""
    return str((drawing.body.get("settings") or {}).get("name") or "canvas")
