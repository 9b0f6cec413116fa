"""A file's first ticks beside its text, and the form of what reads it, as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pyarrow as pa

from litlab import plugins
from litlab.adapters import Adapter, Guess
from litlab.adapters.fields import COMMON, adapter_fields, shown
from litlab.adapters.previewing import Preview
from litlab.apps.forms import form_fields
from litlab.charts import times
from litlab.ticks.columns import SESSION, SESSION_NAMES, TIMESTAMP, VOLUME
from litlab.workspace import Team

_HIDDEN = ("eligibility", "flags")  # bits; what they mean is told by the file once it is cached


def adapters_of(team: Team) -> list[str]:
    """Return the names of all adapters: the team's own, then the plugins'."""
    own = sorted(path.stem for path in team.folder("adapters").glob("*.py"))
    return [*own, *(name for name in plugins.named("adapters") if name not in own)]


def form(
    kind: type[Adapter],
    names: Sequence[str],
    values: Mapping[str, Any],
    guess: Guess,
    problems: Mapping[str, str],
) -> str:
    """Return the form: adapter, its own parameters, those that all have, and why these were proposed.

    Parameters
    ----------
    names : sequence of str
        All adapters.
    values : mapping
        What stands in the fields; a default where nothing does.
    guess : Guess
        Its adapter is the one chosen.
    problems : mapping
        Field → the sentence under it; "adapter" and "" among them.
    """
    fields = adapter_fields(kind)
    filled = {one.name: _filled(one.kind, values.get(one.name, kind.PARAMETERS[one.name])) for one in fields}
    own = [one for one in fields if one.name not in COMMON]
    common = [one for one in fields if one.name in COMMON]
    options = "".join(
        f"<option{' selected' if name == guess.adapter else ''}>{escape(name)}</option>" for name in names
    )
    said = escape(problems.get("adapter", ""))
    other = escape(problems.get("", ""))
    opened = " open" if any(one.name in problems for one in common) else ""
    return f"""<form data-action="use" data-live="try" aria-label="Adapter" class="read" id="read">
        <label class="field"><span class="name">adapter</span>
        <select name="adapter">{options}</select>
        <span class="quiet help">{escape("; ".join(guess.reasons))}</span>
        {f'<span class="problem" role="alert">{said}</span>' if said else ""}</label>
        {form_fields(own, filled, problems)}
        <details id="common"{opened}><summary>More parameters</summary>{form_fields(common, filled, problems)}
        </details>{f'<p class="problem" role="alert">{other}</p>' if other else ""}</form>"""


def _filled(kind: str, value: Any) -> Any:
    return value if kind == "boolean" or isinstance(value, str) else shown(value)


def panes(found: Preview | None) -> str:
    """Return the parsed ticks beside the raw text, and the rejects under them."""
    if found is None:
        return '<p role="status" class="quiet">◐ Reading the first rows …</p>'
    told = f"{found.rows_in:,} rows read"
    told += f" · {found.filtered:,} filtered" if found.filtered else ""
    told += f" · {found.rejected:,} rejected" if found.rejected else ""
    problem = f'<p class="problem" role="alert">▲ {escape(found.problem)}</p>' if found.problem else ""
    return f"""{problem}<div class="pair"><section aria-label="Ticks"><h2>Ticks
        <span class="quiet">{told} · times in {escape(times.city(found.zone))}</span></h2>
        <div class="scroll" id="ticks" tabindex="0">{_ticks(found.ticks, found.zone)}</div></section>
        <section aria-label="Raw text"><h2>Raw text</h2>{_text(found.lines)}</section></div>
        {_rejects(found)}"""


def _ticks(ticks: pa.Table | None, zone: str) -> str:
    if ticks is None:
        return '<p class="quiet">No tick could be read.</p>'
    names = [name for name in ticks.column_names if name not in _HIDDEN]
    numeric = {name for name in names if not _is_word(ticks.schema.field(name).type) and name != SESSION}
    head = "".join(f"<th{_right(name in numeric)}>{escape(name)}</th>" for name in names)
    columns = [_cells(name, ticks.column(name), zone, name in numeric) for name in names]
    rows = "".join(f"<tr>{''.join(cells)}</tr>" for cells in zip(*columns, strict=True))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _right(numeric: bool) -> str:
    return ' class="number"' if numeric else ""


def _is_word(kind: pa.DataType) -> bool:
    return bool(pa.types.is_dictionary(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _cells(name: str, column: pa.ChunkedArray, zone: str, numeric: bool) -> list[str]:
    timed = name == TIMESTAMP or pa.types.is_timestamp(column.type)
    if timed:  # Python's own times end at microseconds
        column = column.cast(pa.int64())
    elif pa.types.is_time64(column.type):
        column = column.cast(pa.string())
    values = column.to_pylist()
    if pa.types.is_floating(column.type):
        values = _aligned(values)
    return [_cell(name, value, zone if timed else "", numeric) for value in values]


def _aligned(values: list[float | None]) -> list[str | None]:
    """Return numbers with as many decimals as the one that has most.

    >>> _aligned([10.0, 10.25, None])
    ['10.00', '10.25', None]
    """
    decimals = max((len(repr(one).partition(".")[2]) for one in values if one is not None), default=0)
    return [None if one is None else f"{one:.{min(decimals, 8)}f}" for one in values]


def _cell(name: str, value: Any, zone: str, numeric: bool) -> str:
    if value is None:
        return f'<td{_right(numeric)}><span class="quiet">null</span></td>'
    if zone:
        exact = f"{times.stamp(int(value), 'UTC')} UTC, {value} ns"
        return f'<td class="number" title="{exact}">{times.stamp(int(value), zone)}</td>'
    if name == SESSION:
        return f"<td>{SESSION_NAMES[int(value)]}</td>"
    text = f"{value:,}" if name == VOLUME else str(value)
    return f"<td{_right(numeric)}>{escape(text)}</td>"


def _text(lines: Sequence[str]) -> str:
    if not lines:
        return '<p class="quiet">The file is no text.</p>'
    body = "\n".join(
        f'<span class="quiet">{at:>4}</span>  {escape(line)}' for at, line in enumerate(lines, 1)
    )
    return f'<pre class="scroll" id="text" tabindex="0">{body}</pre>'


def _rejects(found: Preview) -> str:
    if not found.rejects:
        return ""
    rows = "".join(
        f'<tr><td class="number">{one["line"]:,}</td><td>{escape(one["reason"])}</td>'
        f"<td><code>{escape(one['text'])}</code></td></tr>"
        for one in found.rejects
    )
    return f"""<section aria-label="Rejected rows"><h2>Rejected
        <span class="quiet">the first {len(found.rejects):,} of those read</span></h2>
        <div class="scroll" id="rejects" tabindex="0"><table><thead><tr><th class="number">Line</th>
        <th>Reason</th><th>Text</th></tr></thead><tbody>{rows}</tbody></table></div></section>"""
