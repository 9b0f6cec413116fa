"""Worker processes: a death takes one task, nothing hangs, nobody outlives the parent."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from litlab import engine
from litlab.engine import WorkerDied


class Odd(Exception):
    """An exception that pickles and does not unpickle."""

    def __init__(self, one, two):
        super().__init__(one)


def raise_odd():
    raise Odd(1, 2)


def make_function():
    return lambda: 1


@pytest.fixture(scope="module")
def pool():
    with engine.processes(2) as made:
        yield made


def test_tasks_answer_and_raise(pool):
    assert [one.result() for one in [pool.submit(pow, 2, at) for at in range(5)]] == [1, 2, 4, 8, 16]
    with pytest.raises(ZeroDivisionError):
        pool.submit(divmod, 1, 0).result()


def sleep_as(path):
    path.write_text(str(os.getpid()))
    time.sleep(300)


def test_a_death_takes_only_its_own_task(pool, tmp_path):
    exits = pool.submit(os._exit, 3)
    doomed = pool.submit(sleep_as, tmp_path / "pid")
    others = [pool.submit(pow, 3, at) for at in range(6)]
    with pytest.raises(WorkerDied, match="exit status 3"):
        exits.result(timeout=60)
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        time.sleep(0.01)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    with pytest.raises(WorkerDied, match="exit status -9"):
        doomed.result(timeout=60)
    assert [one.result(timeout=60) for one in others] == [1, 3, 9, 27, 81, 243]


@pytest.mark.parametrize(
    ("task", "error"), [((lambda: 1,), Exception), ((raise_odd,), Exception), ((make_function,), Exception)]
)
def test_what_cannot_be_pickled_fails_its_own_task_and_hangs_nobody(pool, task, error):
    with pytest.raises(error):
        pool.submit(*task).result(timeout=60)
    assert pool.submit(pow, 2, 3).result(timeout=60) == 8


def test_cancelled_tasks_do_not_run(tmp_path):
    pool = engine.processes(1)
    first = pool.submit(time.sleep, 0.2)
    later = [pool.submit(os.mkdir, tmp_path / str(at)) for at in range(5)]
    while not first.running():
        time.sleep(0.001)
    pool.shutdown(wait=True, cancel_futures=True)
    assert all(one.cancelled() for one in later)
    assert list(tmp_path.iterdir()) == []


def test_workers_go_when_their_parent_is_killed():
    code = (
        "import os,time\nfrom litlab import engine\n"
        "if __name__ == '__main__':\n"
        "    pool = engine.processes(1)\n"
        "    print(pool.submit(os.getpid).result(), flush=True)\n"
        "    pool.submit(time.sleep, 300)\n    time.sleep(300)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    worker = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    worker.wait(timeout=30)
    assert not worker.is_running()
