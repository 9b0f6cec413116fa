"""Kills a writer of a cache at each of its system calls on the cache, and looks at what is left.

Run as a script: ``killing.py FOLDER LIMIT``, which is how many calls of each case to try. Everything is
imported and compiled once; each writer is a fork of that process, held until strace has attached to it, so
that its calls are counted from the first one. A signal injected when a call is entered kills the writer
before the call: in the state after the call before.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from older import to_format_1
from tapes import lseg_row, new_team, write_lseg

from litlab.adapters import load_adapter
from litlab.ticks.version import file_digest

CALLS = (
    "openat", "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "mkdir",
    "mkdirat",
    "unlink", "unlinkat", "rmdir", "ftruncate", "link", "linkat", "flock", "sendfile", "copy_file_range",
)  # fmt: skip
CASES = ("replace", "renew", "migrate")
NO_STRACE = 77


class Case:
    """An old state of a cache folder and a writer that makes a new one."""

    def __init__(self, folder: Path, name: str) -> None:
        self.team = new_team(folder / "workspace")
        self.path, self.cache, self.kept = folder / "a.csv.gz", self.team.folder("cache"), folder / "kept"
        rows = [lseg_row(price=f"13.{at % 90:02d}") for at in range(3000)]
        self._raw([*rows, lseg_row(price="x")])
        adapter = self.adapter()
        version = adapter.create_cache_file(self.path)
        if name == "replace":
            self._raw(rows[1:])
        elif name == "renew":  # the same ticks with another quarantine, one file of the old version damaged
            self._raw([*rows, lseg_row(price="y")])
            self.damaged = version / "pyramid.npy"
        elif name == "migrate":
            to_format_1(adapter.cache_home(self.path))
        self.migrates = name == "migrate"
        self.old = self.state()
        if name == "renew":
            self.damaged.write_bytes(b"")
        shutil.copytree(self.cache, self.kept)
        self.write()
        self.new = self.state()
        assert self.old != self.new, "the case makes nothing new"

    def _raw(self, rows: list[str]) -> None:
        write_lseg(self.path, rows)

    def adapter(self):
        return load_adapter(self.team, "lseg", {"paths": [str(self.path)], "max_rejected": 1.0})

    def write(self) -> None:
        """Do what the killed writer does."""
        adapter = self.adapter()
        if self.migrates:
            assert adapter.migrate_cache(self.path)
        else:
            adapter.create_cache_file(self.path)

    def restore(self) -> None:
        shutil.rmtree(self.cache)
        shutil.copytree(self.kept, self.cache)

    def state(self) -> str:
        """Return the manifest in use; its files are there and are what it says."""
        home = self.adapter().cache_home(self.path)
        version = home / (home / "CURRENT").read_text().strip()
        text = (version / "manifest.json").read_text()
        damaged = getattr(self, "damaged", None)
        for name, digest in json.loads(text)["files"].items():
            if version / name != damaged or text != getattr(self, "old", text):
                assert file_digest(version / name) == digest, name
        return text

    def check(self) -> str:
        """Check what a killed writer left, and that the next one cleans up; return "old" or "new"."""
        state = self.state()
        assert state in (self.old, self.new)
        if not (self.migrates and state == self.new):
            self.write()
        assert self.state() == self.new
        assert not list(self.cache.rglob("*.tmp-*"))
        assert not list(self.cache.rglob("*.sorted"))
        return "new" if state == self.new else "old"


def traced(case: Case, *options: str) -> tuple[int, str]:
    """Return the status of a writer under strace, and what strace wrote."""
    case.restore()
    ready, go = os.pipe()
    writer = os.fork()
    if not writer:
        os.close(go)
        ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1 % 2**64), 0, 0, 0)  # let strace attach
        os.read(ready, 1)
        try:
            case.write()
        except BaseException as problem:
            print(repr(problem), file=sys.stderr)
            os._exit(1)
        os._exit(0)
    os.close(ready)
    log = case.path.with_name("strace.log")
    command = ["strace", "-f", "-y", "-o", str(log), "-e", f"trace={','.join(CALLS)}", *options]
    tracer = subprocess.Popen([*command, "-p", str(writer)], stderr=subprocess.PIPE, text=True)
    told = tracer.stderr.readline()
    if "attached" not in told:
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        print(told, file=sys.stderr)
        sys.exit(NO_STRACE)
    os.close(go)  # the writer's read returns
    status = os.waitstatus_to_exitcode(os.waitpid(writer, 0)[1])
    tracer.stderr.read()
    tracer.wait()
    return status, log.read_text()


def steps_of(log: str, cache: Path) -> list[tuple[str, int, str]]:
    """Return (call, its number among those of that name, line) of the calls that name the cache folder."""
    counts: dict[str, int] = {}
    steps = []
    for line in log.splitlines():
        found = re.match(r"(?:\d+ +)?(\w+)\(", line)
        if found:
            call = found[1]
            counts[call] = counts.get(call, 0) + 1
            changes = call != "openat" or re.search(r"O_WRONLY|O_RDWR|O_CREAT", line)
            if str(cache) in line and changes:
                steps.append((call, counts[call], line))
    return steps


def kill_all(case: Case, limit: int) -> dict[str, int]:
    """Kill a case's writer at `limit` of its calls, spread evenly, first and last among them."""
    status, log = traced(case)
    assert status == 0, log
    steps = steps_of(log, case.cache)
    assert {"write", "fsync", "mkdir", "openat"} <= {call for call, _, _ in steps}, log
    count = min(limit, len(steps))
    picked = [steps[at * (len(steps) - 1) // (count - 1)] for at in range(count)]
    seen = {"old": 0, "new": 0}
    for call, number, line in picked:
        status, _ = traced(case, "-e", f"inject={call}:signal=SIGKILL:when={number}")
        assert status == -signal.SIGKILL, (status, call, number, line)
        try:
            seen[case.check()] += 1
        except BaseException:
            print(f"killed at {call} {number}: {line}", file=sys.stderr)
            raise
    return {"steps": len(steps), "killed": count, **seen}


def main(folder: Path, limit: int) -> None:
    figures = {}
    for name in CASES:
        place = folder / name
        place.mkdir()
        figures[name] = kill_all(Case(place, name), limit)
    print(json.dumps(figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
