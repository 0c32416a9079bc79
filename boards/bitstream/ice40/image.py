"""The file for an iCE40UP5K: commands, configuration memory, contents of the block RAMs.

After a comment and a preamble the file is a list of commands; the upper half of a command's first
byte is its kind, the lower half the number of bytes of its argument (format documentation of
Project IceStorm, "Bitstream File Format"). Both memories have four banks, one for each quarter of
the chip, each a picture of this many bits a row, row by row.
"""

from binascii import crc_hqx
from dataclasses import dataclass, replace
from os.path import commonprefix
from pathlib import Path

import numpy as np

from ..circuit import DecodeError

__all__ = ["CONFIGURATION", "CONTENTS", "WIDTHS", "Image", "flip", "read"]

PREAMBLE = bytes([0x7E, 0xAA, 0x99, 0x7E])
CONFIGURATION, CONTENTS = 0, 1  # first element of a bit's key: which of the two memories
# Height and width of each bank. The quarters 1 and 3, at the top, have 11 of the 32 rows of tiles.
SHAPES = {
    CONFIGURATION: ((336, 692), (176, 692), (336, 692), (176, 692)),
    CONTENTS: ((256, 160), (256, 80), (256, 160), (256, 80)),
}
WIDTHS = {memory: tuple(width for _, width in shapes) for memory, shapes in SHAPES.items()}
CHUNK = 128  # rows of a block RAM bank that are written at once
# Kinds of commands with an argument.
BANK, CHECK, OSCILLATOR, WIDTH, HEIGHT, OFFSET, BOOT = 0x10, 0x20, 0x50, 0x60, 0x70, 0x80, 0x90
# Arguments of commands of kind 0.
WRITE_CONFIGURATION, WRITE_CONTENTS, RESET_CHECK, WAKE = 1, 3, 5, 6
WARM_BOOT = 0x20  # what the packer writes: the chip can be rebooted from its fabric


@dataclass(frozen=True)
class Image:
    """The contents of a file.

    Parameters
    ----------
    comment : bytes
        All that is before the preamble.
    banks : dict
        CONFIGURATION and CONTENTS -> four arrays of bits [row, column].
    """

    comment: bytes
    banks: dict[int, tuple[np.ndarray, ...]]

    def to_bytes(self):
        """The file, with its checksum, as the packer writes it."""
        body = _command(BOOT, 2, WARM_BOOT) + _command(WIDTH, 2, WIDTHS[CONFIGURATION][0] - 1)
        body += _command(OFFSET, 2, 0)
        for bank, bits in enumerate(self.banks[CONFIGURATION]):
            body += _command(HEIGHT, 2, len(bits)) + _command(BANK, 1, bank)
            body += _data(WRITE_CONFIGURATION, bits)
        body += _command(HEIGHT, 2, CHUNK)
        for bank, bits in enumerate(self.banks[CONTENTS]):
            body += _command(BANK, 1, bank)
            for offset in range(0, len(bits), CHUNK):
                body += _command(OFFSET, 2, offset)
                body += _command(WIDTH, 2, bits.shape[1] - 1)
                body += _data(WRITE_CONTENTS, bits[offset:offset + CHUNK])
        body += bytes([CHECK | 2])
        return (self.comment + PREAMBLE + _command(OSCILLATOR, 1, 0) + _command(0, 1, RESET_CHECK)
                + body + crc_hqx(body, 0xFFFF).to_bytes(2, "big") + _command(0, 1, WAKE)
                + bytes([0]))


def read(path):
    """The `Image` in a file.

    Raises
    ------
    DecodeError
        The file is damaged, is for another chip, or does anything else than what the packer
        writes: the same image must give the same file, byte for byte.
    """
    data = Path(path).read_bytes()
    start = data.find(PREAMBLE)
    if start < 0:
        raise DecodeError(f"{path} is not a bitstream for an iCE40: it has no preamble 7e aa 99 7e")
    banks = {memory: tuple(np.zeros(shape, np.uint8) for shape in shapes)
             for memory, shapes in SHAPES.items()}
    try:
        _run(data, start + len(PREAMBLE), banks)
    except DecodeError as error:
        raise DecodeError(f"{path}: {error}") from None
    image = Image(data[:start], banks)
    again = image.to_bytes()
    if again != data:
        at = len(commonprefix([again, data]))
        raise DecodeError(f"{path}: byte {at} is not what the packer writes for an iCE40UP5K")
    return image


def flip(image, bits):
    """`image` with some bits inverted.

    Parameters
    ----------
    image : Image
    bits : iterable of (int, int, int, int)
        Memory, bank, row, column.
    """
    banks = {memory: tuple(bank.copy() for bank in found) for memory, found in image.banks.items()}
    for memory, bank, row, column in bits:
        banks[memory][bank][row, column] ^= 1
    return replace(image, banks=banks)


def _run(data, at, banks):
    """Do what the commands from byte `at` on say, until the chip wakes."""
    state = {BANK: 0, WIDTH: 0, HEIGHT: 0, OFFSET: 0}
    checked_from = None
    while at < len(data):
        command = at
        kind, length = data[at] & 0xF0, data[at] & 0x0F
        argument = int.from_bytes(data[at + 1:at + 1 + length], "big")
        at += 1 + length
        if kind in state:
            state[kind] = argument
        elif kind == CHECK:
            if checked_from is None or crc_hqx(data[checked_from:at], 0xFFFF):
                raise DecodeError(f"byte {command}: the checksum is wrong, so the file is damaged")
        elif kind == 0 and argument == RESET_CHECK:
            checked_from = at
        elif kind == 0 and argument in (WRITE_CONFIGURATION, WRITE_CONTENTS):
            memory = CONFIGURATION if argument == WRITE_CONFIGURATION else CONTENTS
            at = _load(data, at, banks[memory], state)
        elif kind == 0 and argument == WAKE:
            return
        elif (kind, argument) not in ((OSCILLATOR, 0), (BOOT, WARM_BOOT)):
            raise DecodeError(f"byte {command}: command {data[command]:02x} {argument:x} is not "
                              "one that the packer writes")
    raise DecodeError("the file ends before the chip wakes")


def _load(data, at, banks, state):
    """Fill a part of a bank from byte `at` on; returns where the next command begins."""
    height, width, offset = state[HEIGHT], state[WIDTH] + 1, state[OFFSET]
    bank = banks[state[BANK]] if state[BANK] < len(banks) else np.zeros((0, 0))
    if width != bank.shape[1] or offset + height > len(bank):
        raise DecodeError(f"byte {at}: bank {state[BANK]} of an iCE40UP5K has no rows {offset} … "
                          f"{offset + height} of {width} bits: the file is for another chip")
    size = width * height // 8
    end = at + size
    if data[end:end + 2] != bytes(2):
        raise DecodeError(f"byte {end}: the bits of a bank must end in two bytes of zero")
    bits = np.unpackbits(np.frombuffer(data, np.uint8, size, at))
    bank[offset:offset + height] = bits.reshape(height, width)
    return end + 2


def _command(kind, length, argument):
    return bytes([kind | length]) + argument.to_bytes(length, "big")


def _data(argument, bits):
    return _command(0, 1, argument) + np.packbits(bits).tobytes() + bytes(2)
