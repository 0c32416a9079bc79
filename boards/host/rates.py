"""The rate of a serial line, found by trying: bridges differ in the rates that they carry.

Only reads, and writes that every board must refuse, cross the line, so that whatever the board does
goes on undisturbed.
"""

import secrets
import time

from ...golden.spec.link import FEWEST_CYCLES, READ_BYTES, SLOWEST_BAUD, WRITE_BYTES, Space
from .identify import WrongBoard, read_identity
from .known_rates import known_rate, port_key, remember_rate, without_rate
from .link import BAUD, Link, NoAnswer, Refused
from .quality import refused_write

__all__ = ["RATES", "open_link"]

RATES = (12_000_000, 8_000_000, 6_000_000, 4_000_000, 3_000_000, 2_000_000, 1_500_000, 1_000_000,
         921_600, 460_800, 230_400, SLOWEST_BAUD)
# Until an answer counts as lost, and how often a request is sent: where a board may be, which may
# be a slow simulation; and at further rates where none has answered. All of them silent: 8 s.
PATIENT = 0.5, 3
BRISK = 0.6, 1
SLOWEST_SECONDS = 1.0  # for an answer of a simulation
LAST = 3  # rates, the slowest, that are tried again where a board has answered before
ROUNDS = 16  # of a test; 8 KB in all
GAIN = 1.25  # a slower rate must be this much faster to be taken: an adapter may buffer badly


class Unfit(Exception):
    """A rate does not work; the text says what was heard."""


def open_link(port: str, *, baud: int | None = None, anew: bool = False, timeout: float = 1.0,
              attempts: int = 5) -> Link:
    """`Link` at a rate that works.

    Parameters
    ----------
    port : str
    baud : int or None
        The rate; None tries the one that is remembered for this port. If that does not work, it
        asks for the board's clock at the slowest rate, then tries `RATES` from the fastest on, up
        to an eighth of the clock, and takes the first without an error, or a slower one that
        carries more. Where the slowest rate gets no answer, the bridge may speak slower than it is
        asked to, and all rates are tried. None is tried where the port is the board's own
        (`known_rates.without_rate`): there it means nothing.
    anew : bool
        Search even where a rate is remembered, which may have been found on a bad day.
    timeout, attempts
        Of `Link`.

    Raises
    ------
    Unplugged
        The port does not open.
    NoAnswer
        No rate works; the message says what was heard at each.
    """
    if baud is None and without_rate(port):
        baud = BAUD
    if baud is not None:
        return Link(port, baud=baud, timeout=timeout, attempts=attempts)
    link = Link(port, baud=SLOWEST_BAUD)  # which every port knows
    try:
        key = port_key(port)
        known = None if anew else known_rate(key)
        if not works(link, known):
            remember_rate(key, search(link, known))
        link.be_patient(timeout, attempts)
    except BaseException:
        link.close()
        raise
    return link


def works(link: Link, rate: int | None) -> bool:
    """Whether a remembered rate (None: there is none) works; the link is at it then."""
    if rate is None:
        return False
    try:
        measure(link, rate, PATIENT)
    except Unfit:
        return False
    return True


def search(link: Link, known: int | None = None) -> int:
    """The rate at which to go on; the link is at it then.

    Parameters
    ----------
    known : int or None
        A rate that was tried before and does not work.
    """
    said = [] if known is None else [f"{known}: no longer works"]
    rates = [rate for rate in RATES if rate != known]
    patience, clock = BRISK, None
    try:
        clock, seconds = contact(link, SLOWEST_BAUD, PATIENT)
    except Unfit as error:
        said.append(f"{SLOWEST_BAUD}: {error}")
        rates = [rate for rate in rates if rate != SLOWEST_BAUD]
    else:
        patience = min(max(BRISK[0], seconds), SLOWEST_SECONDS), BRISK[1]
        slow = [rate for rate in rates if rate * FEWEST_CYCLES <= clock]
        if len(slow) < len(rates):
            said.append(f"above {clock // FEWEST_CYCLES}: more than an eighth of its clock")
        rates = slow
    best = fastest(link, rates, patience, said)
    if best is None and clock is not None:  # it answered a moment ago: a busy simulation, perhaps
        best = fastest(link, rates[-LAST:], (SLOWEST_SECONDS, PATIENT[1]), said)
    if best is None:
        advice = ("something speaks there, but its bytes are damaged, late, or not those of this "
                  "program: try another cable or USB port;" if link.heard else
                  "is the board powered, does it hold a cortigate bitstream, is this its port?")
        raise NoAnswer(f"no cortigate board answers on {link.port} at any rate in baud "
                       f"({'; '.join(said)}): {advice} --baud (in Python: baud) sets another rate")
    return best


def fastest(link: Link, rates: list[int], patience: tuple[float, int],
            said: list[str]) -> int | None:
    """The first rate without an error that no slower one outdoes, or None.

    Parameters
    ----------
    rates : list of int
        From fast to slow.
    patience : tuple
        (seconds, attempts) of `Link.be_patient`.
    said : list of str
        Gets why others do not work.
    """
    best, most = None, 0.0
    for rate in rates:
        try:
            speed = measure(link, rate, patience)
        except Unfit as error:
            said.append(f"{rate}: {error}")
            if best is not None and link.baud == rate:
                break  # the port has it, and it is worse
            continue
        if best is not None and speed < GAIN * most:
            break
        best, most = rate, speed
    if best is not None and link.baud != best:
        try:
            contact(link, best, PATIENT)
        except Unfit as error:
            raise NoAnswer(f"{link.port} worked at {best} baud and no longer does ({error}): try "
                           "again, or set a rate with --baud (in Python: baud)") from error
    return best


def measure(link: Link, rate: int, patience: tuple[float, int]) -> float:
    """Bytes per second in both directions together at a rate; raises `Unfit` at the first error."""
    _, seconds = contact(link, rate, patience)
    link.be_patient(max(PATIENT[0], min(2 * seconds, SLOWEST_SECONDS)), 1)
    began = time.monotonic()
    for count in range(ROUNDS):
        try:
            exchange(link)
        except NoAnswer as error:
            raise Unfit(f"an error in round {count + 1} of {ROUNDS}") from error
    return ROUNDS * (READ_BYTES + WRITE_BYTES) / (time.monotonic() - began)


def contact(link: Link, rate: int, patience: tuple[float, int]) -> tuple[int, float]:
    """(clock in Hz that the board names, seconds until it did) at a rate; raises `Unfit`."""
    try:
        link.change_rate(rate)
    except ValueError as error:
        raise Unfit("the port refuses it") from error
    heard, began = link.heard, time.monotonic()
    link.be_patient(*patience)
    try:
        clock = read_identity(link).clock_hz
    except NoAnswer as error:
        count = link.heard - heard
        raise Unfit(f"{count} bytes, but no answer among them" if count else "silence") from error
    except (Refused, WrongBoard):
        clock = 1 << 32  # it speaks, and whoever opens it says what is wrong with it
    return clock, time.monotonic() - began


def exchange(link: Link) -> None:
    """A long answer, one word again and again, and a long request."""
    link.read(Space.IDENTITY, 0, READ_BYTES, stride=0)
    refused_write(link, secrets.token_bytes(WRITE_BYTES))
