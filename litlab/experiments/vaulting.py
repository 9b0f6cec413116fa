"""An epoch into the vault, by a process of its own: TensorFlow loads there, and it outlives page and kernel.

``python -m litlab.experiments.vaulting FOLDER EPOCH NAME`` is what ``vault_epoch`` starts, as a job in
``logs/vault-<run>-<epoch>``; ``vaulted`` tells which epochs are in the vault.
"""

from __future__ import annotations

import sys
from pathlib import Path

from litlab import atomic
from litlab.errors import LitlabError
from litlab.experiments.run import Run
from litlab.jobs import Job
from litlab.records import check_name
from litlab.vault import add_to_vault, list_entries
from litlab.workspace import Project


def vault_epoch(run: Run, epoch: int, name: str | None = None) -> Job:
    """Start adding an epoch of a run to the vault, and return at once.

    Parameters
    ----------
    run : Run
    epoch : int
    name : str, optional
        The model's name; the canvas's by default.

    Raises
    ------
    UnknownName
        If the run has no checkpoint of the epoch; AlreadyExists if it is being added.
    BadParameter
        If the run was recorded from code without an asset.
    """
    _ = run.asset
    run.model_path(epoch)
    name = check_name(name or run.definition.name, "model")
    argv = [sys.executable, "-m", "litlab.experiments.vaulting", str(run.folder), str(epoch), name]
    # The processor says what Keras says on any machine; a card may be busy with a training.
    environment = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}
    title = f"adding {run.name}, epoch {epoch}, to the vault"
    return Job.launch(job_folder(run, epoch), argv, title, environment)


def job_folder(run: Run, epoch: int) -> Path:
    """Return where the job that adds an epoch to the vault lies."""
    return run.project.folder("logs") / f"vault-{run.name}-{epoch}"


def vaulting(run: Run, epoch: int) -> tuple[str, str]:
    """Return how adding an epoch goes: state of its job, "" where there is none, and why it failed."""
    folder = job_folder(run, epoch)
    if not (folder / "job.json").is_file():
        return "", ""
    state = Job(folder).state
    if state != "failed":
        return state, ""
    lines = atomic.read_lines(folder / "log.txt")
    said = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return state, said[-1] if said else "its process ended without a word; see its log"


def vaulted(project: Project) -> dict[tuple[str, int], tuple[str, str]]:
    """Return (run, epoch) → (name, digest) of what the vault holds of a project."""
    return {
        (entry.record.run, entry.record.epoch): (entry.name, entry.digest)
        for entry in list_entries(project.team)
        if entry.record.project == str(project)
    }


def main(arguments: list[str]) -> int:
    """Add the epoch; 2 and one line for what a person can put right."""
    folder, epoch, name = arguments
    try:
        entry = add_to_vault(Run(Path(folder)), int(epoch), name)
    except LitlabError as problem:
        print(f"error: {problem}", flush=True)
        return 2
    except OSError as problem:
        print(f"error: {problem.filename or ''}: {problem.strerror or problem}.", flush=True)
        return 2
    print(f"{entry.name} {entry.digest}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
