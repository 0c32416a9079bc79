"""Pins beside those that amaranth-boards names, and what is to be known of those in use."""

from typing import NamedTuple

from amaranth.build import Attrs, Pins, Resource, Subsignal

__all__ = ["PULL_UPS", "Pin", "parts_of", "pins_of", "uart", "usb", "wanted", "with_pins"]

# What a pin is told, by family, to have the chip's own resistor to its supply.
PULL_UPS = {"ice40": {"PULLUP": 1}, "ecp5": {"PULLMODE": "UP"}, "gowin": {"PULL_MODE": "UP"},
            "gw5a": {"PULL_MODE": "UP"}}


def uart(rx, tx, family, *, conn=None, **attributes):
    """UART 0 whose input is high while nothing is connected, which is a line at rest.

    Without the pull-up an open input takes noise for bytes.

    Parameters
    ----------
    rx, tx : str
        Pins of the input and the output.
    family : Family
    conn : tuple or None
        Connector that they belong to.
    **attributes
        Of both pins.
    """
    return Resource("uart", 0,
                    Subsignal("rx", Pins(rx, dir="i", conn=conn), Attrs(**PULL_UPS[family.name])),
                    Subsignal("tx", Pins(tx, dir="o", conn=conn)), Attrs(**attributes))


def usb(d_p, d_n, pullup, **attributes):
    """USB 0 of an ECP5: the chip's own resistors stay off D+ and D-, which have some of their own.

    Parameters
    ----------
    d_p, d_n, pullup : str
        Pins.
    **attributes
        Of all pins.
    """
    return Resource("usb", 0, Subsignal("d_p", Pins(d_p, dir="io")),
                    Subsignal("d_n", Pins(d_n, dir="io")),
                    Subsignal("pullup", Pins(pullup, dir="o")),
                    Attrs(PULLMODE="NONE", **attributes))


def with_pins(platform, *resources):
    """`platform`, a type, with these resources in the place of those of their name and number."""
    named = {(resource.name, resource.number) for resource in resources}
    kept = [one for one in platform.resources if (one.name, one.number) not in named]
    return type(platform.__name__, (platform,), {"__doc__": platform.__doc__,
                                                 "resources": [*kept, *resources]})


class Pin(NamedTuple):
    """A pin of the package, or several; inverted if the board's signal is low where it is true."""

    name: str
    inverted: bool

    def __str__(self):
        return self.name


def pins_of(board, name):
    """Pins of resource 0 of a name on a board: dict of subsignal, "" if there is none -> `Pin`."""
    return {part: Pin(" ".join(bit.name for bit in port.io.metadata), port.invert[0])
            for part, port in parts_of(board.platform().request(name, 0, dir="-")).items()}


def wanted(board):
    """Pins that a board must have: dict of resource -> dict of subsignal, or "", -> direction."""
    line = {"uart": {"rx": "i", "tx": "o"}} if board.usb is None else {
        board.usb: {"d_p": "io", "d_n": "io", "pullup": "o"}}
    found = line | {name: {"": "o"} for name in ("led", *board.held)}
    return found if board.oscillator is None else found | {board.oscillator: {"": "i"}}


def parts_of(port):
    """Parts of a requested resource: dict of subsignal, "" if there is none -> port."""
    return {"": port} if hasattr(port, "io") else {
        part: getattr(port, part) for part in vars(port) if not part.startswith("_")}
