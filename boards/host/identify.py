"""Who is behind a link: version of the protocol, configuration, clock."""

from ...golden.spec import Design
from ...golden.spec.link import (
    PROTOCOL_VERSION,
    READ_BYTES,
    Identity,
    Space,
    identity,
)
from ...golden.spec.registry import rule_of_code
from .link import Link, LinkError

__all__ = ["WrongBoard", "check_identity", "describe", "read_identity"]


class WrongBoard(LinkError):
    """The board's bitstream is of another configuration or another protocol."""


def read_identity(link: Link) -> Identity:
    """`Identity` of the board at the other end.

    Raises
    ------
    WrongBoard
        It is no board, or speaks another version of the protocol.
    LinkError
        From the link.
    """
    head = 16  # up to the layers' sizes, whose number it tells
    data = link.read(Space.IDENTITY, 0, head)
    if data[:2] == b"CG" and data[2] != PROTOCOL_VERSION:
        raise WrongBoard(f"{link.port} speaks version {data[2]} of the protocol, this program "
                         f"version {PROTOCOL_VERSION}: load a bitstream built by this version")
    try:
        if data[:2] == b"CG" and (rest := 2 * data[14] + 4) <= READ_BYTES:
            data += link.read(Space.IDENTITY, head, rest)
        return Identity.unpack(data)
    except ValueError as error:
        raise WrongBoard(f"{link.port}: {error}; load a cortigate bitstream") from error


def check_identity(link: Link, design: Design) -> Identity:
    """`Identity` of the board at the other end; raises WrongBoard unless it runs `design`."""
    found = read_identity(link)
    wanted = identity(design, found.clock_hz)
    if found != wanted:
        raise WrongBoard(f"{link.port} runs {describe(found)}, not {describe(wanted)}: load the "
                         "bitstream of that design, or open the board with its own design")
    return found


def describe(board: Identity) -> str:
    """A configuration in words."""
    rule = rule_of_code(board.rule)
    return (f"{'-'.join(map(str, board.sizes))} with {board.lanes} lanes "
            f"(rule {rule.name if rule else 'unknown'}, configuration {board.digest})")
