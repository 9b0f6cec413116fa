"""A companion for tests: says what it is told, in its own time, or ends."""

import os
import threading
import time

from litlab import companion


def answer(question, reply):
    def slowly():
        time.sleep(question.get("wait", 0))
        reply({"said": question["say"], "pid": os.getpid()})

    if question["say"] == "end":
        os._exit(3)
    threading.Thread(target=slowly, daemon=True).start()


def main(path):
    companion.listen(path, answer, grace_s=0.5)
