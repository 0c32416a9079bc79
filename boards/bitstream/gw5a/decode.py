"""A .fs file of a GW5A as a circuit: from the pads and blocks back to all that drives them."""

from ..circuit import DecodeError
from ..gowin import memory
from ..gowin.configuration import configuration_cell
from ..gowin.database import chip as chip_of
from ..gowin.decode import GowinDecoder, decoded
from . import configuration, contents, frames, multiplier, pads, routing, slices

__all__ = ["decode", "read_file"]


def read_file(path):
    """`frames.ColumnFile` of a .fs file."""
    return frames.read(path, lambda name: chip_of(name).height)


def decode(path, board):
    """The circuit that a .fs file makes of a board's chip.

    Parameters
    ----------
    path : path
    board : boards.board.Board

    Returns
    -------
    Decoded

    Raises
    ------
    DecodeError
        The file is damaged or for another chip, or something in it is not understood.
    """
    file = read_file(path)
    platform = board.platform()
    if file.chip != platform.chip:
        raise DecodeError(f"{path} is for a {file.chip}, not for a {platform.chip}")
    return decoded(Gw5aDecoder(chip_of(file.chip), file), platform)


class Gw5aDecoder(GowinDecoder):
    """One file on its way to a circuit."""

    SLICES, RAMS = slices.SLICES, False

    def __init__(self, chip, file):
        self._contents = file.contents
        super().__init__(chip, file.bits)

    def _read_routing(self):
        return routing.read(self.chip, self.bitmap)

    def _use_routing(self):
        routing.use(self._routing, self.bitmap)

    def _output(self, name):
        place, pin = self._routing.wires.outputs.get(name, ("", ""))
        if place not in self._idle:
            return super()._output(name)
        self._cells[place] = pads.pad_cell(pads.GW5aPad("IBUF"), {})
        pads.use(self.chip, self.bitmap, place)
        return place, pin

    def _read_slice(self, row, column, slot):
        return slices.read_slice(self.chip, self.bitmap, row, column, slot)

    @staticmethod
    def _controls(slot):
        return slices.controls(slot)

    def _carries(self, row, column, number):
        return self._slices[row, column, number // 2].carries[number % 2]

    def _first_carry(self, row, column, number, before):
        first = slices.CARRIES[self._slices[row, column, 0].first] if number == 0 else None
        return before if first is None else first

    def _read_blocks(self):
        """(Place, function of sources that makes the cell, pin -> wire) of each block in use."""
        chip, bitmap = self.chip, self.bitmap
        made = configuration.read(chip, bitmap)
        place, wires = configuration.pins_of_cell(chip)
        found = [(configuration.PLACE, lambda s: configuration_cell(made, s),
                  configuration.wires(chip)),
                 (place, configuration.pins_cell, wires)]
        reading = pads.read(chip, bitmap)
        self._idle = reading.idle
        for bank, used in reading.banks.items():
            found.append((f"BANK{bank}", lambda _, used=used: pads.bank_cell(used), {}))
        for place, pad in reading.pads.items():
            found.append((place, lambda s, pad=pad: pads.pad_cell(pad, s),
                          pads.wires(chip, place, pad)))
        for row in range(chip.rows):
            for column in range(chip.columns):
                found += self._hard_blocks(row, column)
        return found

    def _hard_blocks(self, row, column):
        """As `_read_blocks`, of one tile."""
        chip, bitmap = self.chip, self.bitmap
        bels, here = chip.tile(row, column).bels, f"X{column}Y{row}"
        if "BSRAM" in bels and (made := memory.read(chip, bitmap, row, column)):
            first = contents.read(chip, self._contents, row, column)
            yield (f"{here}/BSRAM", lambda s: memory.memory_cell(made, first, s),
                   memory.wires(chip, row, column))
        if "MULTALU27X1800" in bels and (role := multiplier.read(chip, bitmap, row, column)):
            yield (f"{here}/MULTALU27X1800", lambda s: multiplier.multiplier_cell(
                chip, row, column, role, s), multiplier.wires(chip, row, column))

    def _finish_slices(self):
        """Account for the settings of slices; refuse those of registers that are not used."""
        for (row, column, slot), made in self._slices.items():
            if not self.bitmap.fuses(row, column) & slices.slice_domain(
                    self.chip, self.chip.type(row, column), slot):
                continue
            used = self._registers.get((row, column, slot), [])
            wanted = slices.GW5aSlice(made.carries, made.first)
            if used:
                low, high = (made.values[n] if n in used else 0 for n in (0, 1))
                wanted = slices.GW5aSlice(made.carries, made.first, made.reset, made.falling,
                                          (low, high))
            if made != wanted:
                raise DecodeError(f"X{column}Y{row}: slice {slot} is {made}, but its use requires "
                                  f"{wanted}")
            kind, cell = ("carry", "ALU") if any(made.carries) else ("register", "DFF")
            self._use_slice(row, column, slot, kind, f"X{column}Y{row}/{cell}{2 * slot}")
