"""The checker seen from inside: takes questions, keeps one process with TensorFlow warm, answers the newest.

It holds no TensorFlow itself, so that a component which hangs, crashes or eats memory ends the process behind
it and nothing else: ``Workbench`` starts another, and the sentence stands at the node that was being made.
"""

from __future__ import annotations

import dataclasses
import os
import threading
from pathlib import Path
from typing import Any

from litlab import companion
from litlab.canvases import answers
from litlab.canvases.canvas import Canvas
from litlab.canvases.palette import choices, palette
from litlab.errors import (
    BadScript,
    ComponentEnded,
    ComponentHangs,
    LitlabError,
    ScriptEnded,
    ScriptOutOfMemory,
    ScriptTimeout,
    UnknownComponent,
    UnknownName,
)
from litlab.features.workbench import Workbench
from litlab.scripts import find_script, list_scripts, rehearsed
from litlab.workspace import Team, Workspace

LIMIT_S = 10.0
LOADING_S = 300.0
PYTHON_S = 60.0  # weights are drawn for it


@dataclasses.dataclass
class _Asked:
    question: dict[str, Any]
    reply: companion.Answer


class Host:
    """Answers questions one at a time, of each page the newest only."""

    def __init__(self) -> None:
        self._bench = Workbench()
        self._waiting: dict[str, _Asked] = {}
        self._news = threading.Condition()
        self._ready = threading.Event()
        threading.Thread(target=self._work, daemon=True, name="checker").start()
        self._warm_up()

    def answer(self, question: dict[str, Any], reply: companion.Answer) -> None:
        """Answer at once what needs no TensorFlow; the rest waits for its turn."""
        if question["do"] == "pid":
            reply({"pid": os.getpid()})
        elif question["do"] == "palette":
            threading.Thread(target=_told, args=(_palette, question, reply), daemon=True).start()
        else:
            with self._news:
                older = self._waiting.pop(key := f"{question['do']} {question['page']}", None)
                self._waiting[key] = _Asked(question, reply)
                self._news.notify()
            if older is not None:
                older.reply({"superseded": True})

    def _work(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._waiting)
                asked = self._waiting.pop(next(iter(self._waiting)))
            _told(self._answered, asked.question, asked.reply)

    def _answered(self, question: dict[str, Any]) -> dict[str, Any]:
        home, team, limit_s = question["home"], question["team"], float(question.get("limit_s") or LIMIT_S)
        owner = Workspace(home).team(team)
        try:
            canvas = answers.read_drawn(question["canvas"])
        except LitlabError as problem:
            return answers.refused(problem)
        known: list[str] = []
        for node in {one.component: one for one in reversed(canvas.nodes)}.values():
            try:
                known.append(rehearsed(find_script(owner, "components", node.component), limit_s))
            except UnknownName:
                continue  # said with everything else that is wrong
            except (BadScript, SyntaxError) as problem:
                reason = str(problem).rstrip(".")
                where = UnknownComponent(canvas=canvas.name, node=node.id, reason=reason)
                return answers.refused(where, node.id)
        return self._worked(question, owner, canvas, known, limit_s)

    def _worked(
        self, question: dict[str, Any], owner: Team, canvas: Canvas, known: list[str], limit_s: float
    ) -> dict[str, Any]:
        work = answers.answer_check
        if question["do"] == "python":
            work, limit_s = answers.answer_python, max(limit_s, PYTHON_S)
        self._bench.run(answers.warm, script="checker", limit_s=LOADING_S)
        try:
            found: dict[str, Any] = self._bench.run(
                work, question["canvas"], str(owner.workspace.home), owner.name, known,
                script="canvas", limit_s=limit_s, scripts=list_scripts(owner, "components").values(),
            ).value  # fmt: skip
        except (ScriptTimeout, ScriptEnded, ScriptOutOfMemory) as problem:
            told = _blamed(problem, canvas, self._bench.progress()[0], limit_s)
            self._warm_up()
            return told
        return found

    def _warm_up(self) -> None:
        """Load TensorFlow beside whatever else is done, so that the next question finds it there."""

        def load() -> None:
            self._bench.run(answers.warm, script="checker", limit_s=LOADING_S)

        threading.Thread(target=load, daemon=True, name="warm").start()


def _blamed(problem: LitlabError, canvas: Canvas, place: int, limit_s: float) -> dict[str, Any]:
    """Return the sentence at the node that was being made when the process ended."""
    node = canvas.nodes[place - 1].id if 0 < place <= len(canvas.nodes) else ""
    component = canvas.nodes[place - 1].component if node else "a component"
    script = str(problem.fields["script"]) if node else component
    script = f"{component}.py" if script == "canvas.py" else script
    where = {"canvas": canvas.name, "node": node, "script": script}
    if isinstance(problem, ScriptTimeout):
        told: LitlabError = ComponentHangs(**where, line=problem.fields["line"], limit=limit_s)
    else:
        how = problem.fields.get("how") or f"it needs more than {problem.fields.get('limit', 0):,} bytes"
        told = ComponentEnded(**where, how=how)
    return answers.refused(told, node)


def _palette(question: dict[str, Any]) -> dict[str, Any]:
    team = Workspace(question["home"]).team(question["team"])
    return {"palette": palette(team), "choices": choices(team, str(question.get("asset") or ""))}


def _told(work: Any, question: dict[str, Any], reply: companion.Answer) -> None:
    """Answer what the work returns; what litlab refuses, and what nobody foresaw, is a sentence."""
    try:
        reply(work(question))
    except LitlabError as problem:
        reply({"refused": str(problem)})
    except Exception as problem:  # the process's edge: who asked would wait for ever
        reply({"refused": f"{type(problem).__name__}: {problem}"})


def main(path: Path) -> None:
    """Listen until the last owner has gone."""
    # Cards are for training, and oneDNN's banner is for nobody.
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    companion.listen(path, Host().answer)
