"""Serial ports, and the boards behind them.

A board is only asked what it is: nothing here writes to one, and a run goes on undisturbed.
"""

import re
from dataclasses import dataclass

from serial.tools import list_ports

from ...golden.spec.link import Identity, Register, Space
from .identify import describe, read_identity
from .known_rates import known_rate, port_key
from .link import BAUD, Link, LinkError, NoAnswer

__all__ = ["Answer", "NoBoard", "ask", "only_board", "ports"]

# Of a port that is asked without anybody having named it: one that says nothing costs a second.
TIMEOUT, ATTEMPTS = 0.5, 2


class NoBoard(LinkError):
    """No board or several boards where one is needed, or one whose design nobody knows."""


@dataclass(frozen=True)
class Answer:
    """What a port says.

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
        return f"{self.port} ({self.reason or describe(self.identity)})"


def ports():
    """Ports of this machine that may have a board: (those on USB, the others), lists of str."""
    found = [[], []]
    for info in sorted(list_ports.comports()):
        on_usb = info.vid is not None or re.search("usb|acm", info.device, re.IGNORECASE)
        found[not on_usb].append(info.device)
    return tuple(found)


def ask(port, *, state=False, baud=None):
    """`Answer` of a port, whatever is behind it.

    Parameters
    ----------
    port : str
    state : bool
        Ask whether it runs, too.
    baud : int or None
        Rate; None takes the one at which a board was last found here, or 1 Mbaud. Others are not
        tried, which would cost seconds on each port without a board.
    """
    if baud is None:
        baud = known_rate(port_key(port)) or BAUD
    try:
        link = Link(port, baud=baud, timeout=TIMEOUT, attempts=ATTEMPTS)
        try:
            identity, running = read_identity(link), None
            if state:
                running = bool(link.read(Space.REGISTERS, Register.STATUS, 1)[0] & 1)
        finally:
            link.close()
    except NoAnswer:
        return Answer(port, reason=f"no cortigate board answers at {baud} baud")
    except LinkError as error:
        return Answer(port, reason=re.sub(f"^{re.escape(port)}:? ", "", str(error)))
    return Answer(port, identity, running)


def only_board():
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
