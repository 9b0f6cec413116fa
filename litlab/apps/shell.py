"""The frame of every page: project and pages left, state right, "Copy as code" last; light or dark."""

from __future__ import annotations

from html import escape
from typing import Any

import panel as pn

from litlab.apps.fragment import STATIC, Fragment
from litlab.apps.request import Request
from litlab.workspace import Project, Workspace

# In the order of the workflow; each is the module of its name, with ``page(project, asked)``.
PAGES = (
    "uploads",
    "discovery",
    "features",
    "schemas",
    "builds",
    "assets",
    "designer",
    "experiments",
    "vault",
)

# Something stands on the page in the theme's own colours while the scripts, which come behind it, load.
_TEMPLATE = """
{% block js_resources %}{% endblock %}
{% block postamble %}<style>
:THEME
html, body { background: var(--lit-surface); height: 100%; overflow: hidden; }
body { font: 13px/20px var(--lit-font); color: var(--lit-text); }
#opening { position: absolute; inset: 40px 0 0; border-top: 1px solid var(--lit-hairline);
  padding: 16px; color: var(--lit-muted); z-index: -1; }
body:has([data-root-id] > *) #opening { display: none; }
main { display: contents; }
h1 { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }
#lost { position: fixed; inset: auto 0 0; z-index: 9; padding: 8px 16px; background: var(--lit-raised);
  border-top: 1px solid var(--lit-warning); color: var(--lit-warning); }
#lost button { font: inherit; color: inherit; background: none; border: 1px solid; border-radius: 4px; }
</style>{% endblock %}
{% block contents %}<main><h1>{{ title | e }}</h1>
<div id="opening" role="status">Opening {{ title | e }} …</div>{{ bokeh_js if bokeh_js }}{{ super() }}</main>
<script>:SCRIPT</script>{% endblock %}
"""
# An address that names no theme takes the system's; a page inside JupyterLab always names Lab's.
_SYSTEM = """(() => { const here = new URL(window.location.href);
  if (here.searchParams.has("theme") || !window.matchMedia("(prefers-color-scheme: dark)").matches) return;
  here.searchParams.set("theme", "dark"); window.location.replace(here); })();
"""


def dress(doc: Any, asked: Request) -> None:
    """Give a document the theme's variables, something to show until it is drawn, and a way back."""
    script = _SYSTEM + (STATIC / "reattach.js").read_text("utf-8")
    doc.template = _TEMPLATE.replace(":THEME", asked.theme.css()).replace(":SCRIPT", script)
    doc.config.notify_connection_status = False  # reattach.js says it, and what follows


def frame(*parts: Any) -> Any:
    """Stack a page's parts over the full height."""
    return pn.Column(*parts, sizing_mode="stretch_both", margin=0, styles={"gap": "0"})


def header(
    workspace: Workspace, asked: Request, page: str, project: Project | None, state: str = "", code: str = ""
) -> Fragment:
    """Return the bar on top of a page; ``state`` and ``code`` are values that may change later."""
    links = "".join(
        f'<a href="{escape(asked.link(name))}"{" aria-current=page" if name == page else ""}>'
        f"{name.capitalize()}</a>"
        for name in PAGES
    )
    copy = (
        """<button data-copy="code" aria-haspopup="true">
        <span aria-hidden="true">‹›</span> Copy as code</button><div popover id="code">
        <p class="quiet" role="status"></p><pre><code data-value="code"></code></pre></div>"""
        if code
        else ""
    )
    other = "light" if asked.theme.name == "dark" else "dark"
    html = f"""<header class="bar header">{_switcher(workspace, asked, page, project)}
        <nav aria-label="Pages">{links}</nav><span class="grow"></span>
        <span class="quiet line" role="status" data-value="state"></span>
        <button class="plain" data-theme="{other}" aria-label="{other.capitalize()} theme"
        title="{other.capitalize()} theme">◐</button>{copy}</header>"""
    # Its room is there before its script has run: a chart below is not painted twice.
    return Fragment(html, values={"state": state, "code": code}, styles={"min-height": "40px"})


def _switcher(workspace: Workspace, asked: Request, page: str, project: Project | None) -> str:
    here = "" if page == "home" else page
    if project is None:
        return f'<a href="{escape(asked.link("./"))}"><strong>litlab</strong></a>'
    options = "".join(
        f'<option value="./{escape(asked.link(here, project=str(one)))}"'
        f"{' selected' if one == project else ''}>"
        f"{escape(one.name if one.team == project.team else str(one))}</option>"
        for one in workspace.projects()
    )
    every = f'<option value="{escape(asked.link("./", project=""))}">All projects …</option>'
    return f'<select aria-label="Project" data-navigate>{options}{every}</select>'


def empty(title: str, text: str, command: str, step: tuple[str, str] | None = None) -> Fragment:
    """Return what a page without content says: what belongs here, and the one next step.

    `step` is its (words, address); the command does the same from a shell.
    """
    link = f'<p><a class="filled" href="{escape(step[1])}">{escape(step[0])}</a></p>' if step else ""
    html = f"""<div class="empty"><h2>{escape(title)}</h2><p class="quiet">{escape(text)}</p>{link}
        <pre tabindex="0"><code>{escape(command)}</code></pre></div>"""
    return Fragment(html, sizing_mode="stretch_both")


def trouble(workspace: Workspace, asked: Request, page: str, what: str) -> Any:
    """Return a page that says what is wrong and how to put it right; its links lead to known projects."""
    home = escape(asked.link("./", project=""))
    said = Fragment(
        f"""<div class="empty" role="alert"><h2>This page cannot be shown</h2><p>{escape(what)}</p>
        <p><a class="filled" href="{home}">All projects</a></p></div>""",
        sizing_mode="stretch_both",
    )
    kept = {name: value for name, value in asked.arguments.items() if name != "project"}
    return frame(header(workspace, Request(kept), page, None), said)
