"""Circuits are compared in everything: cells, kinds, settings, pins, pads."""

import pytest

from cortigate.boards.bitstream.circuit import Cell, Circuit, lookup
from cortigate.boards.bitstream.compare import compare

A, B = ("X1", "O"), ("X2", "O")
PLACED = Circuit({"X1": Cell("FF", {"INIT": 1}, {"D": B, "CE": 1}),
                  "X2": Cell("LUT", {"INIT": 6, "K": 2}, {"I0": A, "I1": ("P", "IN")})},
                 {"35": "P"})


def changed(place=None, cell=None, pads=None):
    cells = dict(PLACED.cells)
    if place and cell is None:
        del cells[place]
    elif place:
        cells[place] = cell
    return Circuit(cells, PLACED.pads if pads is None else pads)


def test_equal_circuits():
    found = compare(PLACED, PLACED)
    assert found.differences == () and found.kinds == {"FF": 1, "LUT": 1}
    assert (found.cells, found.pins, found.settings, found.pads) == (2, 4, 3, 1)
    assert str(found) == "2 cells, 4 pins, 3 settings, 1 pads: 0 differ"


@pytest.mark.parametrize(("decoded", "told"), [
    (changed("X1"), "X1: FF was placed there, nothing is in the file"),
    (changed("X3", Cell("FF", {}, {})), "X3: FF in the file, nothing was placed there"),
    (changed("X1", Cell("LATCH", {"INIT": 1}, {"D": B, "CE": 1})),
     "X1: LATCH in the file, FF was placed"),
    (changed("X1", Cell("FF", {"INIT": 0}, {"D": B, "CE": 1})),
     "X1 (FF): INIT is 0 in the file, 1 was placed"),
    (changed("X1", Cell("FF", {}, {"D": B, "CE": 1})),
     "X1 (FF): INIT is nothing in the file, 1 was placed"),
    (changed("X1", Cell("FF", {"INIT": 1}, {"D": A, "CE": 1})),
     "X1 (FF): pin D is X1 O in the file, X2 O was placed"),
    (changed("X1", Cell("FF", {"INIT": 1}, {"D": B, "CE": 0})),
     "X1 (FF): pin CE is 0 in the file, 1 was placed"),
    (changed(pads={"36": "P"}), "pads: 35 is nothing in the file, 'P' was placed"),
    (changed(pads={"35": "Q"}), "pads: 35 is 'Q' in the file, 'P' was placed"),
])
def test_every_difference_is_told(decoded, told):
    assert told in compare(decoded, PLACED).differences


def test_tables_are_functions_of_what_drives_them():
    assert lookup(0b0110, [A, B]) == lookup(0b0110, [B, A]) == (0b0110, (A, B))
    assert lookup(0b0010, [B, A]) == (0b0100, (A, B))
    assert lookup(0b1000, [A, 1]) == (0b10, (A,))
    assert lookup(0b1000, [A, A]) == (0b10, (A,))
    assert lookup(0b1010, [A, B]) == (0b10, (A,))
    assert lookup(0b1111, [A, B]) == (1, ())
