"""The demo's closing table, for people."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table


def report(told: dict[str, Any], console: Console | None = None) -> None:
    """Print what ``run_demo`` returned: the figures, the verdict, the next step."""
    console = console or Console()
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for style, justify in (("dim", "left"), ("", "right"), ("dim", "left")):
        table.add_column(style=style, justify=justify)  # type: ignore[arg-type]
    table.add_row("ticks", f"{told['ticks']:,}", f"{told['bars']:,} one-minute bars")
    for part in ("train", "validation", "test"):
        table.add_row(f"{part} samples", f"{told[f'samples_{part}']:,}", "")
    table.add_row("purged", f"{told['purged']:,}", "labels that reach into a held-out part")
    table.add_row("asset", told["asset"][:12], "equal ticks give equal bytes")
    table.add_row("model AUC", figure(told["auc_test"]), f"within sessions, {told['test_sessions']} of them")
    for name, value in told["auc_baselines"].items():
        table.add_row(f"  {name.replace('_', ' ')}", figure(value), "baseline")
    if told["auc_oracle"] is not None:
        table.add_row("  oracle", figure(told["auc_oracle"]), "who knows the tape's volatility")
    prediction = told["prediction"]
    equal = "the stored one, bit for bit" if prediction["equals_stored"] else "NOT the stored one"
    table.add_row("prediction", figure(prediction["probability"]), f"recomputed from ticks: {equal}")
    for group, value in told["impact"].items():
        table.add_row(f"  impact of {group}", f"{value:+.2f}", "logits")
    what = told["whatif"]
    table.add_row("what if", figure(what["after"]), what["edit"])
    console.print()
    console.print(table)
    steps = " · ".join(f"{name} {seconds:.1f}" for name, seconds in told["steps"].items() if seconds >= 0.1)
    console.print(f"\n{told['seconds']:.0f} s: {steps}", style="dim", highlight=False)
    console.print(f"\n{told['verdict']}", highlight=False)
    next_step = (
        f"Next: `make lab` opens it in JupyterLab, `litlab serve -w {told['workspace']}` in a browser."
    )
    console.print(next_step, highlight=False, soft_wrap=True)


def figure(value: float | None) -> str:
    """Return three decimals, a dash where there is no figure.

    >>> figure(0.80712), figure(None)
    ('0.807', '–')
    """
    return "–" if value is None else f"{value:.3f}"
