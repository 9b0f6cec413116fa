"""One sample per period: keeps the last trade of each second, minute, hour or day.

Parameters
----------
unit : [second,minute,hour,day]
    The unit of a period; e.g. one sample a [minute]
size : number, whole, from 1
    Units in each period; e.g. one sample every [1] minute

Returns
-------
[ kept ]
"""

GATE = True


def sort_key():
    return 0


def feature(adapter, index, params={}, features={}):
    return [1.0] if adapter.period_ended(params.get("unit", "minute"), params.get("size", 1)) else []


def candidates(adapter, start, stop, params):
    return adapter.period_ends(start, stop, params.get("unit", "minute"), params.get("size", 1))
