"""How good a line is: errors, latency and bytes per second, without a change to the board."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...golden.spec.link import READ_BYTES, WRITE_BYTES, Space
from ...golden.spec.plain import Plain
from .link import Link, Refused

__all__ = ["Quality", "line_quality", "refused_write", "samples_per_second"]


@dataclass(frozen=True)
class Quality(Plain):
    """Outcome of a test.

    Parameters
    ----------
    baud : int
    requests, repeats : int
        Requests that were answered, and how often one had to be sent again for that.
    dropped : int
        Damaged frames that the board has counted meanwhile.
    latency, latest : float
        Seconds from a short request to its answer: median, and what 99 % keep to.
    to_board, to_host : float
        Bytes per second of words, frames filled and one request under way at a time.
    """

    baud: int
    requests: int
    repeats: int
    dropped: int
    latency: float
    latest: float
    to_board: float
    to_host: float


def line_quality(link: Link, count: int, dropped: Callable[[], int]) -> Quality:
    """`Quality` of a line over `count` requests of each kind: short, long answer, long request.

    Nothing is written: the long requests are WRITEs to the read-only IDENTITY, which the board
    takes as a whole and then refuses. It may be running.

    Parameters
    ----------
    link : Link
    count : int
    dropped : callable
        Number of damaged frames that the board has counted so far.
    """
    repeats, before = link.repeats, dropped()
    short = seconds(count, lambda: link.read(Space.IDENTITY, 0, 1))
    reads = seconds(count, lambda: link.read(Space.IDENTITY, 0, READ_BYTES, stride=0))
    words = np.random.default_rng(0).bytes(WRITE_BYTES)
    writes = seconds(count, lambda: refused_write(link, words))
    # A board that was reset meanwhile has begun to count anew.
    return Quality(link.baud, 3 * count, link.repeats - repeats, max(0, dropped() - before),
                   float(np.median(short)), float(np.percentile(short, 99)),
                   count * WRITE_BYTES / sum(writes), count * READ_BYTES / sum(reads))


def seconds(count: int, request: Callable[[], object]) -> list[float]:
    """How long each of `count` calls takes."""
    times = []
    for _ in range(count):
        began = time.perf_counter()
        request()
        times.append(time.perf_counter() - began)
    return times


def refused_write(link: Link, words: bytes) -> None:
    """A WRITE that arrives whole and changes nothing."""
    try:
        link.write(Space.IDENTITY, 0, len(words), words)
    except Refused:
        return  # as it must be


def samples_per_second(quality: Quality, inputs: int) -> float:
    """Samples of this many inputs, zeros and all, that the line brings per second."""
    words = (inputs + 1) // 2 + 1  # two inputs a word, then the label's
    return quality.to_board / (2 * words)
