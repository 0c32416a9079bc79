"""A configured chip with USB as a board: its circuit, three clocks, and the host at its plug."""

import tempfile
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from ...boards.bitstream.circuit import Circuit
from ...boards.board import BoardSpec
from ...boards.build import family_of, made_hz
from ...boards.pins import pins_of
from ...boards.voice import tell
from ..usb.board import UsbProcess, period
from .network import FabricNet
from .pads import drive_pads
from .program import program

__all__ = ["UsbFabric", "usb_network_of"]

NEAR = 1e-6  # relative


def usb_network_of(circuit: Circuit, board: BoardSpec):
    """`FabricNet` of a circuit with the pins of `plug.h`.

    The PLLs are taken out: in their places are the clocks that they make by their settings, as
    inputs. They are locked from the beginning.

    Parameters
    ----------
    circuit : Circuit
    board : BoardSpec

    Raises
    ------
    ValueError
        The PLLs make other clocks than the board's, the circuit has no pad where the board has a
        pin, or does not use it so; or a cell is in a mode that is not modelled.
    """
    made_hz(board, circuit)  # refuses other clocks
    clocks = family_of(board).clocks_hz(circuit, board.reference_hz)
    plls = {place for place, cell in circuit.cells.items() if cell.kind == "EHXPLLL"}
    network = FabricNet()
    lower = import_module(f".{board.chip.family.name}", __package__).lower
    lower(replace(circuit, cells={place: cell for place, cell in circuit.cells.items()
                                  if place not in plls}), network)
    names = {"sync": "clk"}
    for domain, hz in board.domains.items():
        (source,) = [source for source, made in clocks.items() if abs(made / hz - 1) < NEAR]
        network.input(names.get(domain, domain), network.net(source))
    for place in plls:
        for pin in ("LOCK", "INTLOCK"):
            if network.looks_at((place, pin)):
                network.table(network.net((place, pin)), 1, [])
    places = _places(circuit, board)
    for name in ("d_p", "d_n"):
        network.input(name, network.net((places[name], "PAD")))
        network.output(f"out_{name[-1]}", network.net((places[name], "PAD_OUT")))
    network.output("rest", network.net(circuit.cells[places["d_p"]].inputs["T"]))
    drive_pads(circuit, network)
    for name, inverted in (("pullup", False), ("busy", pins_of(board, "led")[""].inverted)):
        level = network.net((places[name], "PAD_OUT"))
        network.output(name, network.table(network.fresh(), 0b01 if inverted else 0b10, [level]))
    return network


def _places(circuit, board):
    """Pad of each of the board's pins: dict."""
    usb = pins_of(board, board.usb)
    pins = {name: usb[name].name for name in ("d_p", "d_n", "pullup")}
    pins["busy"] = pins_of(board, "led")[""].name
    for name, pin in pins.items():
        if pin not in circuit.pads:
            raise ValueError(f"{name} of {board.name} is at pin {pin}, where the circuit has no "
                             f"pad; it has pads at {', '.join(circuit.pads)}")
    return {name: circuit.pads[pin] for name, pin in pins.items()}


class UsbFabric(UsbProcess):
    """A circuit with USB as a process.

    Parameters
    ----------
    circuit : Circuit
        Placed, or decoded from a file.
    board : BoardSpec
        With `usb`.
    announce : callable
        Told in a sentence what is compiled, if anything is.

    Raises
    ------
    ValueError
        From `usb_network_of`.
    MissingTool, BuildError
        From `program`.
    """

    def __init__(self, circuit: Circuit, board: BoardSpec, *, announce=tell):
        text = usb_network_of(circuit, board).text()
        clocks = [period(board.domains[name]) for name in ("sync", "usb_io")]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "network.txt")
            file.write_text(text)
            super().__init__([program(announce), file, "usb", *clocks])
            self.ask("s")  # it has read the file
