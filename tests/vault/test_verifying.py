"""Verifying: what an entry says of itself comes out again, bit for bit, and what does not is named."""

import json
import shutil

import pytest

from litlab.assets import ledger
from litlab.assets.audit import LOOK
from litlab.errors import BadParameter
from litlab.vault import Entry
from litlab.vault.inquiries import ask, find_out, inquiry
from litlab.vault.verifying import verify

pytestmark = pytest.mark.train


@pytest.fixture
def copied(entry):
    """Return a copy of the shared entry, under another model, beside the shared asset."""
    folder = entry.path.parent.parent / "copied" / entry.digest
    shutil.copytree(entry.path, folder)
    yield Entry(folder)
    shutil.rmtree(folder.parent)


def rescored(entry, change):
    path = entry.path / "scores.json"
    scores = json.loads(path.read_text())
    change(scores)
    path.write_text(json.dumps(scores))


def test_what_was_scored_here_comes_out_bit_for_bit(copied, small_asset):
    looks = len(ledger.entries(copied.team, LOOK))
    told = []
    found = verify(copied, lambda done, total: told.append((done, total)))
    assert (found.state, found.holds, found.differs, found.predictions) == ("equal", True, (), 0.0)
    assert found.samples == small_asset.count("test")
    assert found.figures > 300
    assert told[-1][0] == told[-1][1] == small_asset.count("test") + small_asset.count("validation")
    assert "came out bit for bit" in found.said
    assert json.loads((copied.path / "verified.json").read_text())["said"] == found.said
    assert len(ledger.entries(copied.team, LOOK)) == looks  # it is known to have looked


def test_a_figure_that_was_made_up_is_named_with_what_comes_out(copied):
    true = copied.scores["model"]["auc"]
    rescored(copied, lambda scores: scores["model"].update(auc=0.9))
    found = verify(copied)
    assert (found.state, found.holds) == ("other", False)
    assert found.differs == (("model.auc", 0.9, true),)
    assert f"model.auc says 0.9, {true:.6g} came out" in found.said


def test_another_machines_last_digits_are_near_and_a_claim_of_ones_own_is_not(copied):
    rescored(copied, lambda scores: scores["model"].update(auc=scores["model"]["auc"] * (1 + 1e-9)))
    found = verify(copied)
    assert (found.state, found.holds, len(found.differs)) == ("near", True, 1)
    rescored(copied, lambda scores: scores["model"].update(sharpe=3.0))
    assert verify(copied).differs[0] == ("model.sharpe", 3.0, None)


def test_other_weights_and_a_damaged_asset_are_said_before_anything_is_scored(copied, monkeypatch):
    monkeypatch.setattr("litlab.vault.verifying.judged", None)
    portable = copied.path / "weights.npz"
    whole = portable.read_bytes()
    (copied.path / "weights.npz").write_bytes(b"nothing")
    assert "weights.npz" in verify(copied).said
    portable.write_bytes(whole)
    file = copied.asset.path / "test.h5"
    manifest = copied.asset.path / "manifest.json"
    before = manifest.read_text()
    try:
        body = json.loads(before)
        body["files"][file.name] = "0" * 64
        manifest.write_text(json.dumps(body))
        found = verify(copied)
    finally:
        manifest.write_text(before)
    assert found.state == "other"
    assert any("test.h5" in one for one in found.damage)
    assert any("do not make its digest" in one for one in found.damage)


def test_where_the_asset_is_not_its_scores_stay_its_authors_word(entry, tmp_path):
    folder = tmp_path / "team" / "vault" / "first" / entry.digest
    shutil.copytree(entry.path, folder)
    found = verify(Entry(folder))
    assert (found.state, found.holds, found.samples) == ("unknown", False, 0)
    assert "author's word" in found.said


def test_an_inquiry_is_a_process_of_its_own_that_leaves_its_result_with_the_entry(copied):
    assert inquiry(copied, "null").state == ""
    job = ask(copied, "null")
    assert job.wait(60) == "done", job.log.read_text()
    found = inquiry(copied, "null")
    assert (found.done, found.total, found.running) == (1_000, 1_000, False)
    null = json.loads((copied.path / "null.json").read_text())
    assert null["draws"] == len(null["values"]) == 1_000
    assert null["auc"] == pytest.approx(copied.scores["model"]["auc"])
    assert "<svg" in (copied.path / "pictures" / "null.svg").read_text()
    assert find_out(copied, "verify").holds
    with pytest.raises(BadParameter, match="one of null, profit, verify"):
        ask(copied, "luck")


def test_an_inquiry_that_cannot_be_answered_says_why(copied):
    job = ask(copied, "profit")
    assert job.wait(60) == "failed"
    assert "is no return" in inquiry(copied, "profit").problem
