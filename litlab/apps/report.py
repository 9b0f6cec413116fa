"""An asset's audit as one HTML file: no script, nothing fetched, light or dark as the reader has it."""

from __future__ import annotations

from html import escape
from pathlib import Path

from litlab.apps import figures
from litlab.assets import Asset, audit
from litlab.charts.times import city
from litlab.charts.tokens import DARK, LIGHT
from litlab.workspace import Team

_CSS = (Path(__file__).parent / "static" / "litlab.css").read_text("utf-8")
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Audit of {schema} {digest}</title><style>
{light}
@media (prefers-color-scheme: dark) {{ {dark} }}
{css}
body {{ margin: 0 auto; max-width: 1200px; padding: 24px; font: 13px/20px var(--lit-font);
  background: var(--lit-surface); color: var(--lit-text); }}
section {{ margin-top: 24px; }}
h1 {{ font: 500 18px/28px var(--lit-font); margin: 0 0 4px; }}
h2 {{ margin-bottom: 8px; }}
.tall {{ max-height: none; }}
@media print {{
  {light}
  body {{ padding: 0; max-width: none; font-size: 11px; }}
  * {{ print-color-adjust: exact; -webkit-print-color-adjust: exact; }}
  tr, svg {{ break-inside: avoid; }}
  h2 {{ break-after: avoid; }}
  thead th {{ position: static; }}
  .scroll {{ overflow: visible; }}
  th, td {{ padding: 2px 6px; }}
}}
</style></head><body>
<h1>Audit of {schema} <code>{digest}</code></h1>
<p class="quiet">{about}</p>
<section class="pair">{samples}{labels}</section>
<section>{verdicts}</section>
<section>{drift}</section>
<section><h2>Columns <span class="quiet">all rows of the training part</span></h2>{columns}</section>
</body></html>
"""


def audit_html(asset: Asset, team: Team | None = None) -> str:
    """Return an asset's audit as one self-contained HTML document.

    Parameters
    ----------
    asset : Asset
    team : Team, optional
        Whose ledger counts the looks at the test part.
    """
    told = audit(asset, team)
    environment = asset.manifest.get("environment", {})
    versions = ", ".join(f"{name} {value}" for name, value in sorted(environment.items()))
    files = ", ".join(name for one in asset.manifest.get("data", []) for name in one["files"])
    about = " · ".join(filter(None, (asset.digest, f"times in {city(asset.zone)}", files, versions)))
    return _PAGE.format(
        schema=escape(asset.schema), digest=escape(asset.digest[:12]), about=escape(about), css=_CSS,
        light=LIGHT.css(), dark=DARK.css(), samples=figures.counts(told), labels=figures.balance(told),
        verdicts=figures.verdicts(told), drift=figures.drift(told), columns=figures.columns(told),
    )  # fmt: skip
