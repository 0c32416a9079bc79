"""Gowin's .fs files: lines of bits, frames with checksums, read and with single bits inverted.

Known from apycula 0.32 (bslib, gowin_pack): a line beginning with // is a comment, any other one is
a command in binary. Command 0x06 carries the device's identity, 0x10 options, 0x3b the number of
the frames that follow. A frame is padding of ones, the bits of one row from the last column to the
first, a CRC-16 (ARC) with the low byte first, and six bytes of ones. The CRC of the first frame
begins with the commands after the preamble, that of any other one with the six bytes before it.
Command 0x0a behind the frames carries the sum of the rows as words of 16 bits, without those of
block RAM's contents.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..circuit import DecodeError

__all__ = ["TAIL", "File", "crc", "line_bytes", "read", "write"]

# Identity -> (name of the chip in apycula, bits of padding of a frame).
CHIPS = {
    bytes.fromhex("060000001100481b"): ("GW1N-9C", 4),
    bytes.fromhex("060000000000081b"): ("GW2A-18C", 0),
}
PREAMBLE = 3  # lines that no CRC counts
TAIL = b"\xff" * 6  # of a frame, behind its CRC
TAIL_BITS = 64  # of a frame: CRC and ones
ADDRESS = 0xd2  # this command is not counted either
COMPRESSED = 1 << 13  # an option


def _crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ 0xa001 if byte & 1 else byte >> 1
        table.append(byte)
    return table


_CRC = _crc_table()


def crc(data):
    """CRC-16 with the polynomial 0x8005, reflected, from 0."""
    value = 0
    for byte in data:
        value = _CRC[(value ^ byte) & 0xff] ^ value >> 8
    return value


@dataclass
class File:
    """The contents of a file.

    Parameters
    ----------
    chip : str
        As apycula names it.
    lines : list of str
        Without their ends.
    first : int
        Number of the line with the first frame.
    bits : ndarray of uint8, shape (frames, columns)
        Rows of the chip and, behind them, rows of block RAM's contents.
    """

    chip: str
    lines: list[str]
    first: int
    bits: np.ndarray


def read(path, height, width):
    """A file as a `File`.

    Parameters
    ----------
    path : path
    height, width : callable
        ``height(chip)`` and ``width(chip)`` are rows and columns of the chip's own frames.

    Raises
    ------
    DecodeError
        It is damaged (the message names the line), compressed, or for a chip that is not known.
    """
    lines = Path(path).read_text(encoding="ascii", errors="replace").splitlines()
    head, first, frames, padding, chip = [], None, 0, 0, None
    for number, line in enumerate(lines):
        if line.startswith("//"):
            continue
        word = line_bytes(line, number)
        head.append(word)
        if word[0] == 0x06 and len(head) > PREAMBLE:
            if word not in CHIPS:
                raise DecodeError(f"{path}: the chip's identity {word.hex()} is not known")
            chip, padding = CHIPS[word]
        elif word[0] == 0x10 and int.from_bytes(word, "big") & COMPRESSED:
            raise DecodeError(f"{path} is compressed: only an uncompressed file can be read")
        elif word[0] == 0x3b:
            first, frames = number + 1, int.from_bytes(word[2:4], "big")
            break
    if chip is None or first is None or len(lines) < first + frames:
        raise DecodeError(f"{path} is not a complete .fs file")
    counted = b"".join(word for word in head[PREAMBLE:] if word[0] != ADDRESS)
    rows, length = [], padding + width(chip) + TAIL_BITS
    for number in range(first, first + frames):
        line = lines[number]
        data = line_bytes(line, number)
        if len(line) != length or data[-6:] != TAIL or set(line[:padding]) - {"1"}:
            raise DecodeError(f"{path}, line {number + 1}: not a frame of {chip}")
        if int.from_bytes(data[-8:-6], "little") != crc(counted + data[:-8]):
            raise DecodeError(f"{path}, line {number + 1}: wrong CRC")
        counted = TAIL
        rows.append(line[padding:-TAIL_BITS])
    text = np.frombuffer("".join(rows).encode(), dtype=np.uint8)
    bits = (text - ord("0")).reshape(frames, width(chip))[:, ::-1]
    found = File(chip, lines, first, np.ascontiguousarray(bits))
    place = _sum_line(found)
    if int.from_bytes(line_bytes(lines[place], place)[-2:], "big") != _sum(found, height(chip)):
        raise DecodeError(f"{path}, line {place + 1}: wrong sum of the rows")
    return found


def write(file: File, changes, path, height):
    """A copy of a file in which bits are inverted, its checksums right.

    Parameters
    ----------
    file : File
    changes : iterable of (int, int)
        Row and column in `File.bits`.
    path : path
    height : int
        Rows of the chip's own frames.
    """
    bits = file.bits.copy()
    rows = set()
    for row, column in changes:
        bits[row, column] ^= 1
        rows.add(row)
    lines = list(file.lines)
    changed = File(file.chip, lines, file.first, bits)
    padding = len(lines[file.first]) - bits.shape[1] - TAIL_BITS
    for row in rows:
        number = file.first + row
        text = "1" * padding + "".join(map(str, bits[row, ::-1]))
        counted = TAIL if row else _counted(file)
        value = crc(counted + line_bytes(text, number))
        lines[number] = f"{text}{value & 0xff:08b}{value >> 8:08b}" + "1" * 48
    place = _sum_line(changed)
    lines[place] = lines[place][:-16] + format(_sum(changed, height), "016b")
    Path(path).write_text("\n".join(lines) + "\n", encoding="ascii")


def _counted(file):
    """The commands before the first frame that its CRC counts."""
    words = [line_bytes(line, number) for number, line in enumerate(file.lines[:file.first])
             if not line.startswith("//")]
    return b"".join(word for word in words[PREAMBLE:] if word[0] != ADDRESS)


def _sum(file, height):
    """Sum of the chip's rows, from the last column to the first, as words of 16 bits."""
    data = np.packbits(file.bits[:height, ::-1])
    total = (int(data[0::2].sum(dtype=np.int64)) << 8) + int(data[1::2].sum(dtype=np.int64))
    return total & 0xffff


def _sum_line(file):
    """Number of the line with the sum."""
    for number in range(file.first + len(file.bits), len(file.lines)):
        if file.lines[number].startswith("00001010") and len(file.lines[number]) == 64:
            return number
    raise DecodeError("the file has no sum of its rows")


def line_bytes(line, number):
    """A line of bits as bytes."""
    try:
        return int(line, 2).to_bytes(len(line) // 8, "big")
    except (ValueError, OverflowError):
        raise DecodeError(f"line {number + 1}: not a line of bits") from None
