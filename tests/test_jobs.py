"""Supervised jobs: they outlive who started them, end as they should, and are never mistaken for others."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from litlab.errors import AlreadyExists, JobFailed
from litlab.jobs import Job

WAIT = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(300)"]


def until(condition, timeout_s=30):
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def said(job, text):
    return lambda: job.log.exists() and text in job.log.read_text()


def processes_of(job):
    supervisor = psutil.Process(job.record().pid)
    return [supervisor, *supervisor.children(recursive=True)]


def test_a_job_ends_as_its_command_did_with_both_outputs_in_the_log(tmp_path):
    code = (
        "import os,sys; print(os.environ['MOOD']); print('oh', file=sys.stderr); sys.exit(int(sys.argv[1]))"
    )
    good = Job.launch(tmp_path / "good", [sys.executable, "-c", code, "0"], "good", env={"MOOD": "fine"})
    bad = Job.launch(tmp_path / "bad", [sys.executable, "-c", code, "3"], "bad", env={"MOOD": "foul"})
    assert (good.wait(30), good.exit_status) == ("done", 0)
    assert (bad.wait(30), bad.exit_status) == ("failed", 3)
    assert good.log.read_text() == "fine\noh\n"
    assert Job.open(tmp_path / "bad").state == "failed"


def test_stop_asks_and_kill_does_not(tmp_path):
    job = Job.launch(tmp_path / "a", WAIT, "a")
    assert job.state == "running"
    with pytest.raises(AlreadyExists, match="running job 'a'"):
        Job.launch(tmp_path / "a", WAIT, "a")
    until(said(job, "here"))
    job.stop()
    assert (job.wait(30), job.exit_status) == ("stopped", -signal.SIGTERM)
    job = Job.launch(tmp_path / "b", WAIT, "b")
    every = processes_of(job)
    job.kill()
    assert job.wait(30) == "failed"
    psutil.wait_procs(every, timeout=30)
    assert not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in every)


def test_a_command_may_end_well_when_it_is_asked_to_stop(tmp_path):
    code = (
        "import signal,sys,time\ndef end(*_): print('saved', flush=True); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('here', flush=True)\ntime.sleep(300)"
    )
    job = Job.launch(tmp_path / "a", [sys.executable, "-c", code], "a")
    until(said(job, "here"))
    job.stop()
    assert (job.wait(30), job.exit_status) == ("stopped", 0)
    assert "saved" in job.log.read_text()


def test_a_job_outlives_its_launcher_and_its_launchers_group(tmp_path):
    code = (
        "import sys,time\nfrom pathlib import Path\nfrom litlab.jobs import Job\n"
        f"Job.launch(Path(sys.argv[1]), {WAIT!r}, 'a')\nprint('launched', flush=True)\ntime.sleep(300)"
    )
    launcher = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "a"], stdout=subprocess.PIPE, start_new_session=True
    )
    assert launcher.stdout.readline() == b"launched\n"
    os.killpg(launcher.pid, signal.SIGKILL)
    launcher.communicate()
    job = Job.open(tmp_path / "a")
    until(said(job, "here"))
    assert job.state == "running"
    job.stop()
    assert job.wait(30) == "stopped"


def test_a_job_whose_supervisor_was_killed_has_failed_and_its_command_is_gone(tmp_path):
    job = Job.launch(tmp_path / "a", WAIT, "a")
    supervisor, *rest = processes_of(job)
    assert rest
    supervisor.kill()
    psutil.wait_procs(rest, timeout=30)
    until(lambda: job.state == "failed")
    assert json.loads((tmp_path / "a" / "job.json").read_text())["state"] == "running"
    again = Job.launch(tmp_path / "a", [sys.executable, "-c", "print('again')"], "a")
    assert again.wait(30) == "done"


def test_a_process_that_got_the_pid_later_is_not_signalled(tmp_path):
    job = Job.launch(tmp_path / "a", WAIT, "a")
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    try:
        path = tmp_path / "a" / "job.json"
        body = json.loads(path.read_text())
        path.write_text(json.dumps({**body, "pid": bystander.pid}))
        job.stop()
        job.kill()
        assert bystander.poll() is None
        path.write_text(json.dumps(body))
    finally:
        bystander.kill()
        bystander.wait()
        job.kill()
    assert job.wait(30) == "failed"


def test_a_command_that_is_not_there_is_told_with_its_log(tmp_path):
    with pytest.raises(JobFailed, match=r"log\.txt"):
        Job.launch(tmp_path / "a", ["/no/such/command"], "a")
    job = Job.open(tmp_path / "a")
    assert job.state == "failed"
    assert "No such file" in job.log.read_text()


def test_waiting_has_an_end(tmp_path):
    job = Job.launch(tmp_path / "a", WAIT, "a")
    assert job.wait(0.05) == "running"
    job.kill()
    assert job.wait(30) == "failed"
