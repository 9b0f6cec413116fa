"""Errors of training, the vault and deployments."""

from __future__ import annotations

from litlab.errors.base import LitlabError


class RunFailed(LitlabError, RuntimeError):
    """A training run that ended with an error."""

    sentence = "The run {run} failed: {reason}."
    remedy = "Read its log: {log}."


class NoRun(LitlabError, LookupError):
    """A callback that records a run, used where there is none."""

    sentence = "litlab.callbacks.{name}() records a run, and there is none here."
    remedy = "Put the fit into a block: with litlab.run(team=…, description=…): …"


class LossNotFinite(LitlabError, RuntimeError):
    """A training whose loss is no number any more."""

    sentence = "The loss is {loss} since epoch {epoch}, batch {batch} of {batches}: {reason}."
    remedy = "Finished epochs are kept. Clone the run with a smaller learning_rate or another input."


class NotEnoughMemory(LitlabError, RuntimeError):
    """A training that does not fit into memory."""

    sentence = (
        "The training needs about {needed:,} bytes of memory at {batch} samples a batch; {free:,} are free."
    )
    remedy = "Use smaller batches, fewer units or a shorter window."


class SweepTooLarge(LitlabError, RuntimeError):
    """A sweep that the machine's memory or disk does not hold."""

    sentence = (
        "The sweep needs about {needed:,} bytes of {what} for {trials:,} trials, {at_once} at once; "
        "{free:,} are free."
    )
    remedy = "Take fewer trials, fewer at once, smaller batches, or keep fewer checkpoints of each."


class ParityFailed(LitlabError, ValueError):
    """An exported model that does not say what the trained one says."""

    sentence = "The portable model differs from Keras by {difference:.3g}; the limit is {limit:.0e}."
    remedy = (
        "Replace the layer that the exporter gets wrong (Normalization is one), and vault the epoch again."
    )


class NotCalibrated(LitlabError, LookupError):
    """An interval asked of an entry without a calibration."""

    sentence = "The entry {entry!r} holds no calibration, so no interval can be said."
    remedy = "Put the run's epoch into the vault again."


class NotAReturn(LitlabError, ValueError):
    """Profit figures asked of a model whose label is no return."""

    sentence = "Profit figures are for levels and quantiles of returns; {label!r} is {what}."
    remedy = "Train on a label of returns, return_next_bars for example."


class FeatureMismatch(LitlabError, ValueError):
    """Inputs that are not the ones a model was trained on."""

    sentence = "The model {entry!r} was trained on other inputs: {reason}."
    remedy = "Use the feature versions stored with the entry, or train again."


class NoSample(LitlabError, LookupError):
    """A tick at which a model is not asked."""

    sentence = "The model {entry!r} has no sample at tick {index:,}: a gate or a feature of it rejects it."
    remedy = "Take an index of its asset, or the last tick of a period."


class StrangeScripts(LitlabError, PermissionError):
    """Scripts that came with somebody else's model and that nobody here has run before."""

    sentence = (
        "The model {entry!r} brings scripts that are not known here, and predicting runs them: {scripts}."
    )
    remedy = "Read them in {folder}; litlab.vault.load(entry, trust=True) runs them."


class DeploymentFailed(LitlabError, RuntimeError):
    """A scoring service that refused a request."""

    sentence = "The deployment {name!r} refused the request with status {status}: {reason}."
    remedy = "Ask it for /models: it names the inputs that each model takes."


class JobFailed(LitlabError, RuntimeError):
    """A supervised process that ended badly."""

    sentence = "The job {job} ended with exit status {status}."
    remedy = "Read its log: {log}."


class CompanionGone(LitlabError, RuntimeError):
    """A process beside this one that does not answer."""

    sentence = "The process {module} beside this one does not answer: {reason}."
    remedy = "Ask again: it is started anew."


class NotLoopback(LitlabError, ValueError):
    """An address other machines can reach, for apps that were given no login."""

    sentence = "The apps were given no login, so they are not offered at {address}."
    remedy = (
        "Use 127.0.0.1, or --auth FILE, which litlab serve --make-auth FILE USER writes, or open them inside "
        "JupyterLab, whose login guards them."
    )
