"""The small workspace of the apps' tests."""

from tests.apps.conftest import adapter, built, fresh

__all__ = ["adapter", "built", "fresh"]
