"""Deployments: vault entries kept running behind plain HTTP, without TensorFlow.

1. ``deploy`` writes ``preview/<name>.json`` and starts the service as a job of its own.
2. ``service`` is that process: it loads the portable models and answers on the loopback address.
3. ``Deployment`` finds the port it chose, asks it for predictions, stops it.
"""

from litlab.deployments.deployment import Deployment, deploy, list_deployments, open_deployment

__all__ = ["Deployment", "deploy", "list_deployments", "open_deployment"]
