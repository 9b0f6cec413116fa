"""The demo's closing table, for people."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table


def report(told: dict[str, Any], console: Console | None = None) -> None:
    """Print what ``run_demo`` returned: the figures, the verdict, the next step."""
    console = console or Console()
    table = Table(title="litlab demo", show_header=False, title_justify="left", box=None, padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(justify="right")
    table.add_column(style="dim")
    counts = f"{told['samples_train']:,} / {told['samples_validation']:,} / {told['samples_test']:,}"
    table.add_row("ticks", f"{told['ticks']:,}", f"{told['bars']:,} one-minute bars")
    table.add_row("samples", counts, f"train / validation / test, {told['purged']:,} purged at the borders")
    table.add_row("asset", told["asset"][:12], "the same bytes from the same ticks, anywhere")
    table.add_row(
        "model", figure(told["auc_test"]), f"within-session AUC on {told['test_sessions']} test sessions"
    )
    for name, value in told["auc_baselines"].items():
        table.add_row(f"  {name.replace('_', ' ')}", figure(value), "baseline")
    if told["auc_oracle"] is not None:
        table.add_row("  oracle", figure(told["auc_oracle"]), "the volatility the tape was made with")
    prediction = told["prediction"]
    equal = (
        "equals the stored one bit for bit" if prediction["equals_stored"] else "differs from the stored one"
    )
    table.add_row("prediction", f"{prediction['probability']:.3f}", f"tick {prediction['index']:,}; {equal}")
    impact = ", ".join(f"{group} {value:+.2f}" for group, value in told["impact"].items())
    table.add_row("impact", "", f"{impact} (logits)")
    what = told["whatif"]
    table.add_row("what if", f"{what['before']:.3f} → {what['after']:.3f}", what["edit"])
    table.add_row(
        "seconds", f"{told['seconds']:.1f}", ", ".join(f"{k} {v:.1f}" for k, v in told["steps"].items())
    )
    console.print(table)
    console.print(f"\n{told['verdict']}")
    console.print(
        f"Next: `make lab` opens it in JupyterLab, `litlab serve -w {told['workspace']}` in a browser."
    )


def figure(value: float | None) -> str:
    """Return three decimals, a dash where there is no figure.

    >>> figure(0.80712), figure(None)
    ('0.807', '–')
    """
    return "–" if value is None else f"{value:.3f}"
