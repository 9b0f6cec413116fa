"""What several rooms' tests share: a small synthetic asset, one training on it, one vault entry.

The asset follows the law of the sample tape at bar level: the volume shock of a minute moves only sizes in
that minute and volatility in the nine after it. TensorFlow is loaded once, by the first test that needs it.
"""

from __future__ import annotations

import numpy as np
import pytest

collect_ignore_glob = ["features/zoo/*"]  # scripts that are read by tests, never imported
MINUTES = 390
BARS = ("open", "high", "low", "close", "trades", "volume", "mean_size", "max_size")


def bar_tape(days: int, ticks: int, seed: int, kappa: float = 0.35) -> dict[str, np.ndarray]:
    """Return (days, 390, 8) bars, their true volatility and what the next bar does to the ATR."""
    rng = np.random.default_rng(seed)
    minute = np.arange(MINUTES)
    shape = 0.6 * ((2 * minute / (MINUTES - 1) - 1) ** 2 - 1 / 3)
    shocks = rng.standard_normal(days * MINUTES)
    past = np.array([shocks[max(0, m - 9) : m].sum() / 3 for m in range(len(shocks))])
    state, day_effect, level = 0.0, 0.0, np.log(100.0)
    bars, sigmas = np.empty((days, MINUTES, 8)), np.empty((days, MINUTES))
    for day in range(days):
        day_effect = 0.9 * day_effect + np.sqrt(1 - 0.81) * 0.2 * rng.standard_normal()
        for m in range(MINUTES):
            state = 0.985 * state + np.sqrt(1 - 0.985**2) * 0.35 * rng.standard_normal()
            at = day * MINUTES + m
            mood = state + day_effect
            sigma = np.exp(np.log(0.010 / np.sqrt(390)) + shape[m] + mood + kappa * past[at] - 0.1)
            count = max(2, rng.poisson(ticks * np.exp(shape[m] + 0.5 * mood)))
            path = level + np.cumsum(rng.standard_normal(count)) * sigma / np.sqrt(count)
            level = path[-1]
            price = np.round(np.exp(path), 2)
            size = np.ceil(100 * np.exp(0.8 * rng.standard_normal(count) + 0.3 * mood + 0.5 * shocks[at]))
            bars[day, m] = (
                price[0], price.max(), price.min(), price[-1], count, size.sum(), size.mean(), size.max(),
            )  # fmt: skip
            sigmas[day, m] = sigma
    return {"bars": bars, "sigma": sigmas, "shocks": shocks.reshape(days, MINUTES)}


def wilder(bars: np.ndarray, rate: int = 14) -> tuple[np.ndarray, np.ndarray]:
    """Return true ranges and Wilder's ATR of (days, 390, 8) bars, both (days * 390,)."""
    before = np.concatenate([bars[:, :1, 3], bars[:, :-1, 3]], axis=1)
    before[:, 0] = np.nan
    high = np.fmax(bars[:, :, 1], before)
    low = np.fmin(bars[:, :, 2], before)
    true_range = (high - low).ravel()
    atr = np.empty_like(true_range)
    atr[:rate] = true_range[:rate].mean()
    for at in range(rate, len(atr)):
        atr[at] = (atr[at - 1] * (rate - 1) + true_range[at]) / rate
    return true_range, atr


def tape_asset(final, days=60, ticks=128, seed=7, window=100, kappa=0.35, parts=(0.68, 0.8)):
    """Write the asset of a bar tape: bars, ATR and the label, split by whole days."""
    from litlab.assets import write_asset

    tape = bar_tape(days, ticks, seed, kappa)
    flat = tape["bars"].reshape(-1, 8).astype(np.float32)
    true_range, atr = wilder(tape["bars"])
    at = np.arange(window, days * MINUTES - 1)
    at = at[(at + 1) % MINUTES != 0]  # the label is rejected when the next bar lies in another session
    day = at // MINUTES
    label = (true_range[at + 1] > atr[at]).astype(np.float32)
    rows = at[:, None] + np.arange(-window + 1, 1)[None, :]
    arrays = {
        "100_1_minute_bars": flat[rows],
        "100_1_minute_atr": atr.astype(np.float32)[rows][:, :, None],
        "atr_up_next_minute": label[:, None, None],
    }
    first = np.datetime64("2024-01-02", "D").astype(int)
    opening = 14.5 * 3600  # 09:30 in New York, in winter
    as_of = ((first + day) * 86_400 + opening + (at % MINUTES + 1) * 60).astype(np.int64) * 1_000_000_000
    cut = [round(share * days) for share in parts]
    member = {"train": day < cut[0], "validation": (day >= cut[0]) & (day < cut[1]), "test": day >= cut[1]}
    content = {
        part: {
            "arrays": {name: values[chosen] for name, values in arrays.items()},
            "index": at[chosen],
            "as_of_ns": as_of[chosen],
            "session_day": (first + day)[chosen].astype(np.int32),
            "instrument": np.zeros(chosen.sum(), np.int16),
            "read_lo": rows[chosen, 0],
            "read_hi": at[chosen] + 1,
            "label_lo": at[chosen],
            "label_hi": at[chosen] + 2,
            "label_end_ns": as_of[chosen] + 60_000_000_000,
            "weight": np.ones(chosen.sum(), np.float32),
        }
        for part, chosen in member.items()
    }
    features = {
        "100_1_minute_bars": _feature("unit_bar", BARS, window),
        "100_1_minute_atr": _feature("atr", ("atr",), window),
        "atr_up_next_minute": _feature("atr_up_next", ("up",), 1, label=True),
    }
    about = {"schema": "tape", "zone": "America/New_York", "schema_digest": "0" * 64}
    return write_asset(final, content, features, about)


def _feature(script, columns, rows, label=False):
    return {
        "script": script, "script_digest": f"{script:0<64}", "params": {}, "columns": list(columns),
        "rows": rows, "label": label,
    }  # fmt: skip


@pytest.fixture(scope="session")
def make_tape_asset():
    """Give `tape_asset` to tests that want another tape than the shared one."""
    return tape_asset


@pytest.fixture(scope="session")
def tape_project(tmp_path_factory):
    """Return a project whose team has the small asset ``tape`` in production."""
    from litlab import atomic
    from litlab.workspace import Workspace

    project = Workspace(tmp_path_factory.mktemp("home")).create_project("contoso", "volatility")
    folder = project.folder("assets") / "tape" / "production"
    made = tape_asset(folder / "new", days=20, ticks=40, seed=7)
    made.path.rename(folder / made.digest)
    atomic.point(folder, made.digest)
    return project


@pytest.fixture(scope="session")
def small_asset(tape_project):
    """Return the shared asset: 20 days of 390 minutes, windows of 100 bars."""
    from litlab.assets import open_asset

    return open_asset(tape_project.team, "tape")


@pytest.fixture(scope="session")
def trained_run(tape_project, small_asset):
    """Return a finished run of the default canvas, trained by its own process."""
    from litlab.canvases import default_canvas, save_canvas
    from litlab.experiments import launch

    body = default_canvas(small_asset)
    save_canvas(tape_project.team, "first", body)
    run = launch(tape_project, "first", small_asset, epochs=8, description="shared by the tests")
    return run.follow(timeout_s=120)


@pytest.fixture(scope="session")
def entry(trained_run):
    """Return the shared run's best epoch as a vault entry."""
    from litlab.vault import add_to_vault

    return add_to_vault(trained_run)
