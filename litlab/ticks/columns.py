"""The canonical columns every adapter delivers, and their bits."""

from __future__ import annotations

TIMESTAMP, PRICE, VOLUME, SESSION, ELIGIBILITY, FLAGS = (
    "timestamp", "price", "volume", "session", "eligibility", "flags",
)  # fmt: skip

# int64 nanoseconds end to end: float64 steps by 256 ns at these times.
CANONICAL: dict[str, str] = {
    TIMESTAMP: "<i8", PRICE: "<f8", VOLUME: "<i8", SESSION: "|i1", ELIGIBILITY: "|u1", FLAGS: "|u1",
}  # fmt: skip

# Of a data set of quotes, which has no price, volume and eligibility of its own.
BID, ASK, BID_SIZE, ASK_SIZE = "bid", "ask", "bid_size", "ask_size"
QUOTED: dict[str, str] = {
    TIMESTAMP: "<i8", BID: "<f8", ASK: "<f8", BID_SIZE: "<f8", ASK_SIZE: "<f8", SESSION: "|i1", FLAGS: "|u1",
}  # fmt: skip
LINE = "line"  # a row's physical line, where one raw file holds both: it tells what came first

# session
REGULAR, PRE, POST, CLOSED = 0, 1, 2, 3
SESSION_NAMES = ("regular", "pre", "post", "closed")

# eligibility: what a print may move
OK_LAST, OK_HL, OK_VOLUME = 1, 2, 4
ALL_OK = OK_LAST | OK_HL | OK_VOLUME

# flags
LATE = 1
CORRECTED = 2  # the vendor says that this print was cancelled or corrected later

NS = 1_000_000_000
