"""Which wire drives which in a configured iCE40UP5K."""

import numpy as np

from ..circuit import BitUse, DecodeError

__all__ = ["Ice40Routing"]


class Ice40Routing:
    """The switches that the bits set.

    A switch is a group of bits; each of its connections belongs to one value of the group, and 0
    is no connection.

    Parameters
    ----------
    chip : ChipDatabase
    bits : Bits

    Raises
    ------
    DecodeError
        A switch has a value that is no connection, or a wire is driven twice.
    """

    def __init__(self, chip, bits):
        self._chip, self._bits = chip, bits
        self._numbers, self._counts, values = self._values()
        pips = chip.pips
        mask = pips["mask"].astype(np.int64)
        active = np.flatnonzero((mask != 0) & (values[pips["switch"]] == mask))
        switches = pips["switch"][active]
        unknown = np.setdiff1d(np.flatnonzero(values), switches)
        if len(unknown):
            switch = unknown[0]
            wire = pips["target"][np.flatnonzero((pips["switch"] == switch) & (mask != 0))[0]]
            raise DecodeError(
                f"the bits that choose what drives {chip.wire(wire)}, from "
                f"{bits.name(self._numbers[switch, 0])} on, have the value {values[switch]:b}, "
                "which makes no connection")
        self._driver = {}
        for target, source, switch in zip(pips["target"][active].tolist(),
                                          pips["source"][active].tolist(), switches.tolist(),
                                          strict=True):
            if target in self._driver:
                raise DecodeError(f"{chip.wire(target)} is driven by {chip.wire(source)} and by "
                                  f"{chip.wire(self._driver[target][0])}")
            self._driver[target] = source, switch
        self._order = np.argsort(pips["target"], kind="stable")
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(pips["target"]))])
        self._used = set()

    def driver(self, wire):
        """Number of the wire that drives a wire, or None."""
        found = self._driver.get(wire)
        return None if found is None else found[0]

    def source(self, wire, *, matters=True):
        """Number of the wire from which what is on `wire` comes: itself if it is not driven.

        The bits on the way are explained by this; those that could drive an open wire have a use
        only if it `matters` whether it is open.
        """
        start = wire
        if wire not in self._driver and matters:
            self._open(wire)
        while wire in self._driver and wire not in self._used:
            self._used.add(wire)
            source, switch = self._driver[wire]
            self._take(switch, BitUse("routing", self._chip.wire(wire), self._chip.wire(source)))
            wire = source
        steps = 0
        while wire in self._driver:
            wire, steps = self._driver[wire][0], steps + 1
            if steps > len(self._driver):
                raise DecodeError(f"{self._chip.wire(start)} is driven by a ring of wires")
        return wire

    def sources(self, wire):
        """Numbers of all wires that can drive a wire without any bit."""
        pips = self._chip.pips[self._pips(wire)]
        return pips["source"][pips["mask"] == 0].tolist()

    def finish(self):
        """Raises DecodeError if a wire is driven that leads to nothing."""
        for wire, (source, _) in self._driver.items():
            if wire not in self._used:
                raise DecodeError(f"{self._chip.wire(wire)} is driven by {self._chip.wire(source)} "
                                  "and leads to nothing in use")

    def _values(self):
        """Bits' numbers, counts and values of all switches."""
        switches, index = self._chip.switches, self._bits.index
        count = switches["count"].astype(np.int64)
        place = switches["bits"].astype(np.int64)
        numbers = index[switches["y"].astype(np.int64)[:, None],
                        switches["x"].astype(np.int64)[:, None], place[..., 0], place[..., 1]]
        position = np.arange(place.shape[1])
        weight = np.where(position < count[:, None], 1 << np.maximum(
            count[:, None] - 1 - position, 0), 0)
        return numbers, count, (self._bits.level[numbers] * weight).sum(axis=1)

    def _pips(self, wire):
        """Numbers of the connections that can drive a wire."""
        return self._order[slice(*self._starts[wire:wire + 2])]

    def _open(self, wire):
        """Explain the bits that could drive a wire and do not."""
        pips = self._chip.pips[self._pips(wire)]
        for switch in np.unique(pips["switch"][pips["mask"] != 0]).tolist():
            self._take(switch, BitUse("routing", self._chip.wire(wire), "nothing"))

    def _take(self, switch, use):
        for number in self._numbers[switch, :self._counts[switch]].tolist():
            self._bits.take_number(number, use)
