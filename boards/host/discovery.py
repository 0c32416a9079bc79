"""Serial ports, and the boards behind them.

A board is only asked what it is: nothing here writes to one, and a run goes on undisturbed.
"""

import re
from dataclasses import dataclass

from serial.tools import list_ports

from ...golden.spec.link import SLOWEST_BAUD, Identity, Register, Space
from ...golden.spec.plain import Plain
from .identify import describe, read_identity
from .known_rates import known_rate, port_key, without_rate
from .link import Link, LinkError, NoAnswer

__all__ = ["Answer", "NoBoard", "ask", "only_board", "ports"]

# Of a port that is asked without anybody having named it: one that says nothing costs a second at
# each rate.
TIMEOUT, ATTEMPTS = 0.5, 2
FIXED_BAUD = 1_000_000  # usual where a board was built for one rate


class NoBoard(LinkError):
    """No board or several boards where one is needed, or one whose design nobody knows."""


@dataclass(frozen=True)
class Answer(Plain):
    """The answer of a port.

    Parameters
    ----------
    port : str
    identity : Identity or None
        Of the board behind it.
    running : bool or None
        Whether it runs; None if that was not asked.
    reason : str
        Why there is no identity, a few words.
    """

    port: str
    identity: Identity | None = None
    running: bool | None = None
    reason: str = ""

    def __str__(self):
        if self.reason or self.identity is None:
            return f"{self.port} ({self.reason})"
        return f"{self.port} ({describe(self.identity)})"


def ports() -> tuple[list[str], list[str]]:
    """Ports of this machine that may have a board: (those on USB, the others), lists of str."""
    on_usb: list[str] = []
    others: list[str] = []
    for info in sorted(list_ports.comports()):
        usb = info.vid is not None or re.search("usb|acm", info.device, re.IGNORECASE)
        (on_usb if usb else others).append(info.device)
    return on_usb, others


def ask(port: str, *, state: bool = False) -> Answer:
    """`Answer` of a port, whatever is behind it.

    It is asked at the rate at which it last worked, at one that every board finds, and at one for
    which boards are often built; where it is a board's own, at any.

    Parameters
    ----------
    port : str
    state : bool
        Ask whether it runs, too.
    """
    rates = dict.fromkeys((FIXED_BAUD,) if without_rate(port) else filter(
        None, (known_rate(port_key(port)), SLOWEST_BAUD, FIXED_BAUD)))
    for baud in rates:
        try:
            return _answer(port, state, baud)
        except NoAnswer:
            continue
        except LinkError as error:
            return Answer(port, reason=re.sub(f"^{re.escape(port)}:? ", "", str(error)))
    return Answer(port, reason="no cortigate board answers at "
                               f"{' or '.join(map(str, rates))} baud")


def _answer(port, state, baud):
    """`Answer` of a board at one rate."""
    link = Link(port, baud=baud, timeout=TIMEOUT, attempts=ATTEMPTS)
    try:
        identity, running = read_identity(link), None
        if state:
            running = bool(link.read(Space.REGISTERS, Register.STATUS, 1)[0] & 1)
    finally:
        link.close()
    return Answer(port, identity, running)


def only_board() -> str:
    """Port of the only board behind this machine's USB serial ports.

    Raises
    ------
    NoBoard
        There is none, or there are several; the message says what every port answered.
    """
    on_usb, others = ports()
    answers = [ask(port) for port in on_usb]
    boards = [answer for answer in answers if answer.identity is not None]
    if len(boards) == 1:
        return boards[0].port
    if boards:
        raise NoBoard(f"there are {len(boards)} boards, name the port of one: "
                      + ", ".join(map(str, boards)))
    aside = f"; not asked, since not on USB: {', '.join(others)}" if others else ""
    if not answers:
        raise NoBoard("this machine has no USB serial port: plug the board in, or name its "
                      f"port{aside}")
    raise NoBoard("there is no board on " + ", ".join(map(str, answers)) + aside)
