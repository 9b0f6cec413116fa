"""The batch form asks for what was filled in later and goes on without it where it is refused."""

import contextlib


def feature(adapter, index, params={}, features={}):
    return [adapter.window(index, index + 1, ["price"])["price"][0]]


def feature_batch(adapter, indices, params, features):
    with contextlib.suppress(ValueError):
        adapter.last_ticks_batch(indices, 1, ["Seq. No."])
    values, lengths = adapter.last_ticks_batch(indices, 1, ["price"])
    return values["price"][:, :, None], lengths == 1
