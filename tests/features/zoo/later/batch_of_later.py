"""The plain form is clean, the batch form reads what was filled in later."""


def feature(adapter, index, params={}, features={}):
    return [adapter.window(index, index + 1, ["price"])["price"][0]]


def feature_batch(adapter, indices, params, features):
    values, lengths = adapter.last_ticks_batch(indices, 1, ["price", "Seq. No."])
    return values["price"][:, :, None] + 0.0 * values["Seq. No."][:, :, None], lengths == 1
