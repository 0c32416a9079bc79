"""The rate of a serial line, found by trying: bridges differ in the rates that they carry.

Only reads, and writes that every board must refuse, cross the line, so that whatever the board does
goes on undisturbed.
"""

import secrets
import time

from ...golden.spec.link import FEWEST_CYCLES, READ_BYTES, SLOWEST_BAUD, WRITE_BYTES, Space
from .identify import WrongBoard, read_identity
from .known_rates import known_rate, port_key, remember_rate
from .link import Link, NoAnswer, Refused
from .quality import refused_write

__all__ = ["RATES", "open_link"]

RATES = (12_000_000, 8_000_000, 6_000_000, 4_000_000, 3_000_000, 2_000_000, 1_500_000, 1_000_000,
         921_600, 460_800, 230_400, SLOWEST_BAUD)
# One silent rate costs the pause and these: all of them some 8 s.
PROBE_SECONDS, PROBES = 0.2, 3
ROUNDS = 16  # of a test; 8 KB in each direction
GAIN = 1.1  # a slower rate must be faster by this much to be taken: an adapter may buffer badly


class Unfit(Exception):
    """A rate does not work; the text says what was heard."""


def open_link(port, *, baud=None, timeout=1.0, attempts=5):
    """`Link` at a rate that works.

    Parameters
    ----------
    port : str
    baud : int or None
        The rate; None tries the one that is remembered for this port, then `RATES` from the
        fastest, and takes the first without an error, or a slower one that carries more. No rate
        above an eighth of the board's clock is taken.
    timeout, attempts
        Of `Link`.

    Raises
    ------
    Unplugged
        The port does not open.
    NoAnswer
        No rate works; the message says what was heard at each.
    """
    if baud is not None:
        return Link(port, baud=baud, timeout=timeout, attempts=attempts)
    link = Link(port, baud=RATES[-1], timeout=PROBE_SECONDS, attempts=1)  # which every port knows
    try:
        key = port_key(port)
        known = known_rate(key)
        if found(link, known):
            rate = known
        else:
            rate = search(link, [rate for rate in RATES if rate != known], known)
            remember_rate(key, rate)
        link.be_patient(timeout, attempts)
    except BaseException:
        link.close()
        raise
    return link


def found(link, rate):
    """Whether a remembered rate (None: there is none) works."""
    if rate is None:
        return False
    try:
        measure(link, rate)
    except Unfit:
        return False
    return True


def search(link, rates, known=None):
    """The rate, of some from fast to slow, at which to go on; the link is at it then.

    Parameters
    ----------
    known : int or None
        A rate that was tried before and did not work.
    """
    said, best, most = [], None, 0.0
    if known is not None:
        said.append(f"{known}: no longer works")
    for rate in rates:
        try:
            speed = measure(link, rate)
        except Unfit as error:
            said.append(f"{rate}: {error}")
            if best is not None and link.baud == rate:
                break
            continue
        if best is not None and speed < GAIN * most:
            break
        best, most = rate, speed
    if best is None:
        raise NoAnswer(f"no cortigate board answers on {link.port} at any rate in baud "
                       f"({'; '.join(said)}): is the board powered, does it hold a cortigate "
                       "bitstream, is this its port? --baud (in Python: baud) sets another rate")
    if link.baud != best:
        measure_again(link, best)
    return best


def measure_again(link, rate):
    """Return to a rate that has just worked."""
    try:
        measure(link, rate)
    except Unfit as error:
        raise NoAnswer(f"{link.port} worked at {rate} baud and no longer does ({error}): try "
                       "again, or set a rate with --baud (in Python: baud)") from error


def measure(link, rate):
    """Bytes per second in both directions together at a rate; raises `Unfit` at the first error."""
    try:
        link.change_rate(rate)
    except ValueError as error:
        raise Unfit("the port refuses it") from error
    heard = link.heard
    link.be_patient(PROBE_SECONDS, PROBES)
    try:
        clock = read_identity(link).clock_hz
    except NoAnswer as error:
        count = link.heard - heard
        raise Unfit(f"{count} bytes and no answer among them" if count else "silence") from error
    except (Refused, WrongBoard):
        clock = float("inf")  # it speaks, and whoever opens it says what is wrong with it
    if rate * FEWEST_CYCLES > clock:
        raise Unfit(f"more than an eighth of its clock, {clock} Hz")
    link.be_patient(PROBE_SECONDS, 1)
    began = time.monotonic()
    for count in range(ROUNDS):
        try:
            exchange(link)
        except NoAnswer as error:
            raise Unfit(f"an error in round {count + 1} of {ROUNDS}") from error
    return ROUNDS * (READ_BYTES + WRITE_BYTES) / (time.monotonic() - began)


def exchange(link):
    """A long answer, one word again and again, and a long request."""
    link.read(Space.IDENTITY, 0, READ_BYTES, stride=0)
    refused_write(link, secrets.token_bytes(WRITE_BYTES))
