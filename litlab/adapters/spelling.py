"""How numbers and times are spelled in plain cells, read from their bytes eight at a time.

All take the bytes, and ``eights``: the eight bytes from each position on as one little-endian number. What
comes behind a cell is -1 where it is spelled otherwise; nothing is said then of its value.
"""

from __future__ import annotations

import numba
import numpy as np

_TENS = np.array([10.0**k for k in range(16)])
_WHOLE_TENS = np.array([10**k for k in range(9)])
_SCALES = np.array([10 ** (9 - k) for k in range(10)])  # ns of the last of k digits behind the point
_MINUS, _POINT = 45, 46
_ONES, TOPS, _BYTE = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080), np.uint64(0xFF)
_ZEROS, _MIDNIGHT = np.frombuffer(b"0000000000:00:00", "<u8")
_ABOVE_NINE, _ABOVE_CLOCK = np.uint64(0x7676767676767676), np.uint64(0x76767F76767F7676)  # these set top bits
NO_DAY = np.int64(-(2**63))


@numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def lowest(hits):  # type: ignore[no-untyped-def]
    """Return which byte is the first whose top bit is set; no other bit may be, and one must."""
    below = ((hits & (~hits + np.uint64(1))) - np.uint64(1)) & _ONES
    return np.int64((below * _ONES) >> np.uint64(56)) - 1


@numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _number(x):  # type: ignore[no-untyped-def]
    """Return the number that eight bytes of 0 to 9 mean: pairs are added to fours, fours to one number."""
    x = (x * np.uint64(10) + (x >> np.uint64(8))) & np.uint64(0x00FF00FF00FF00FF)
    x = (x * np.uint64(100) + (x >> np.uint64(16))) & np.uint64(0x0000FFFF0000FFFF)
    return np.int64((x * np.uint64(10_000) + (x >> np.uint64(32))) & np.uint64(0xFFFFFFFF))


@numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _digits(eights, p, value):  # type: ignore[no-untyped-def]
    """Return `value` with the digits from `p` on behind it, and what comes after them; eight at once."""
    while True:
        x = eights[p] ^ _ZEROS
        others = ((x + _ABOVE_NINE) | x) & TOPS
        count = lowest(others) if others else np.int64(8)
        if others:  # put zeros before the digits in place of what is behind them
            x = (x << np.uint64(56 - 8 * count)) << np.uint64(8)
        value = value * _WHOLE_TENS[count] + _number(x)
        p += count
        if count < 8:
            return value, p


@numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def whole(data, eights, p):  # type: ignore[no-untyped-def]
    x = eights[p] ^ _ZEROS
    others = ((x + _ABOVE_NINE) | x) & TOPS
    if others:  # most have up to seven digits: one look at them will do
        size = lowest(others)
        if size:
            return _number(x << np.uint64(64 - 8 * size)), p + size
    start = p + 1 if data[p] == _MINUS else p
    value, stop = _digits(eights, start, np.int64(0))
    if not 1 <= stop - start <= 18:
        return value, np.int64(-1)
    return -value if start > p else value, stop


@numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def decimal(data, eights, p):  # type: ignore[no-untyped-def]
    x = eights[p] ^ _ZEROS
    others = ((x + _ABOVE_NINE) | x) & TOPS
    ends = others & (others - np.uint64(1))
    if ends:  # most have up to seven bytes: one look at them will do
        point, size = lowest(others), lowest(ends)
        if 0 < point < size - 1 and data[p + point] == _POINT:
            below = (np.uint64(1) << np.uint64(8 * point)) - np.uint64(1)
            digits = (x & below) | ((x >> np.uint64(8)) & ~below)  # the point is left out
            number = _number(digits << np.uint64(64 - 8 * (size - 1)))
            return np.float64(number) / _TENS[size - 1 - point], p + size
    start = p + 1 if data[p] == _MINUS else p
    value, stop = _digits(eights, start, np.int64(0))
    digits, behind = stop - start, np.int64(0)
    if digits and data[stop] == _POINT:
        value, after = _digits(eights, stop + 1, value)
        behind, stop = after - stop - 1, after
        digits = digits + behind if behind else behind
    if not 1 <= digits <= 15:
        return 0.0, np.int64(-1)
    # Both are exact below 2**53 and 10**22: the quotient is the nearest double.
    number = np.float64(value) / _TENS[behind]
    return -number if start > p else number, stop


@numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def clock(data, eights, p):  # type: ignore[no-untyped-def]
    """Return the ns of HH:MM:SS, with up to nine digits of a second or none, and what comes behind."""
    x = eights[p] ^ _MIDNIGHT
    pairs = x * np.uint64(10) + (x >> np.uint64(8))
    hour, minute, second = pairs & _BYTE, (pairs >> np.uint64(24)) & _BYTE, (pairs >> np.uint64(48)) & _BYTE
    plain = not ((x + _ABOVE_CLOCK) | x) & TOPS
    if not plain or hour > 23 or minute > 59 or second > 59:
        return np.int64(0), np.int64(-1)
    ns = np.int64((hour * np.uint64(60) + minute) * np.uint64(60) + second) * 1_000_000_000
    if data[p + 8] != _POINT:
        return ns, p + 8
    x, last = eights[p + 9] ^ _ZEROS, np.int64(data[p + 17]) - 48
    if not ((x + _ABOVE_NINE) | x) & TOPS and 0 <= last <= 9:  # nine digits; a tenth is no end of a cell
        return ns + _number(x) * 10 + last, p + 18
    rest, stop = _digits(eights, p + 9, np.int64(0))
    if not 1 <= stop - p - 9 <= 9:
        return ns, np.int64(-1)
    return ns + rest * _SCALES[stop - p - 9], stop


@numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _two(data, p):  # type: ignore[no-untyped-def]
    """Return the number in two digits, above 99 where they are none."""
    high, low = np.int64(data[p]) - 48, np.int64(data[p + 1]) - 48
    return high * 10 + low if 0 <= high <= 9 and 0 <= low <= 9 else np.int64(1000)


@numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def days(data, p):  # type: ignore[no-untyped-def]
    """Return the days since 1970 of YYYY-MM-DD and a T or space, NO_DAY where it is none."""
    year, month, day = _two(data, p) * 100 + _two(data, p + 2), _two(data, p + 5), _two(data, p + 8)
    marks = data[p + 4] == _MINUS and data[p + 7] == _MINUS and (data[p + 10] == 84 or data[p + 10] == 32)
    if not marks or not 1700 <= year <= 2199 or not 1 <= month <= 12 or day < 1:
        return NO_DAY
    leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
    length = 30 + ((month + (month > 7)) & 1)
    if month == 2:
        length = 29 if leap else 28
    if day > length:
        return NO_DAY
    # Howard Hinnant, "chrono-compatible low-level date algorithms": years begin in March.
    year -= month <= 2
    since_march = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return year * 365 + year // 4 - year // 100 + year // 400 + since_march - 719468
