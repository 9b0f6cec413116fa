"""Errors of canvases, training, the vault and deployments."""

from __future__ import annotations

from litlab.errors.base import LitlabError


class BadCanvas(LitlabError, ValueError):
    """A canvas that does not compile; the node is named."""

    sentence = "Canvas {canvas!r}, node {node!r}: {reason}."


class RunFailed(LitlabError, RuntimeError):
    """A training run that ended with an error."""

    sentence = "The run {run} failed: {reason}."
    remedy = "Read its log: {log}."


class ParityFailed(LitlabError, ValueError):
    """An exported model that does not say what the trained one says."""

    sentence = "The portable model differs from Keras by {difference:.3g}; the limit is {limit:.0e}."
    remedy = (
        "Replace the layer that the exporter gets wrong (Normalization is one), and vault the epoch again."
    )


class FeatureMismatch(LitlabError, ValueError):
    """Inputs that are not the ones a model was trained on."""

    sentence = "The model {entry!r} was trained on other inputs: {reason}."
    remedy = "Use the feature versions stored with the entry, or train again."


class DeploymentFailed(LitlabError, RuntimeError):
    """A scoring service that refused a request."""

    sentence = "The deployment {name!r} refused the request with status {status}: {reason}."
    remedy = "Ask it for /models: it names the inputs that each model takes."


class JobFailed(LitlabError, RuntimeError):
    """A supervised process that ended badly."""

    sentence = "The job {job} ended with exit status {status}."
    remedy = "Read its log: {log}."


class NotLoopback(LitlabError, ValueError):
    """An address other machines can reach, for apps that have no login."""

    sentence = "The apps have no login of their own yet, so they are not offered at {address}."
    remedy = "Use 127.0.0.1, or open them inside JupyterLab, whose login guards them."
