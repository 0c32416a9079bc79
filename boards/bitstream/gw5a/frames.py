"""GW5A's .fs files: lines of bits, frames with checksums, read and with single bits inverted.

As `gowin.frames`, but a frame is a column of the chip, from the last row to the first. The contents
of block RAM stand behind the chip's frames in runs of neighbouring columns of blocks: command 0x70
with as many zeros as there are columns up to the first, and one more, 0x4e with their number, and
256 frames for each column (apycula 0.32, bslib.write_gw5_bsram_init_map).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..circuit import DecodeError
from ..gowin.frames import TAIL, crc, line_bytes

__all__ = ["CONTENT_FRAMES", "ColumnFile", "read", "write"]

IDENTITIES = {bytes.fromhex("060000000001281b"): "GW5A-25A",
              bytes.fromhex("060000000001081b"): "GW5AST-138C"}
PREAMBLE = 3  # lines that no CRC counts
ADDRESS = 0xd2  # this command is not counted either
COMPRESSED = 1 << 13  # an option
CONTENT_FRAMES = 256  # of a column of blocks
SECTION = bytes.fromhex("12000000")
# Of GW5AST-138C: a command with one bit that is set, by its place the first column; of column 0,
# which has none, one frame more.
PLACE, PLACE_BYTES, PLACE_STEP = 0x98, 2720, 45
END = b"\xff" * 18
SUM = 0x0a


@dataclass
class ColumnFile:
    """The contents of a file.

    Parameters
    ----------
    chip : str
        As apycula names it.
    lines : list of str
        Without their ends.
    first : int
        Number of the line with the first frame.
    bits : ndarray of uint8, shape (rows, columns)
        Of the chip.
    contents : dict
        Number of a column of blocks -> ndarray of uint8, shape (256, 72 for each row of blocks):
        bits of its frames, the last bit of a frame first.
    """

    chip: str
    lines: list[str]
    first: int
    bits: np.ndarray
    contents: dict[int, np.ndarray]


def read(path, height):
    """A file as a `ColumnFile`.

    Parameters
    ----------
    path : path
    height : callable
        ``height(chip)`` are rows of fuses.

    Raises
    ------
    DecodeError
        It is damaged (the message names the line), compressed, or for a chip that is not known.
    """
    lines = Path(path).read_text(encoding="ascii", errors="replace").splitlines()
    head, first, frames, chip = [], None, 0, None
    for number, line in enumerate(lines):
        word = line_bytes(line, number)
        head.append(word)
        if word[0] == 0x06 and len(head) > PREAMBLE:
            if word not in IDENTITIES:
                raise DecodeError(f"{path}: the chip's identity {word.hex()} is not known")
            chip = IDENTITIES[word]
        elif word[0] == 0x10 and int.from_bytes(word, "big") & COMPRESSED:
            raise DecodeError(f"{path} is compressed: only an uncompressed file can be read")
        elif word[0] == 0x3b:
            first, frames = number + 1, int.from_bytes(word[2:4], "big")
            break
    if chip is None or first is None or len(lines) < first + frames:
        raise DecodeError(f"{path} is not a complete .fs file")
    used = height(chip)
    counted, rows = _counted(head), []
    for number in range(first, first + frames):
        data, line = line_bytes(lines[number], number), lines[number]
        padding = 8 * len(data) - 64 - used
        if not 0 <= padding < 8 or data[-6:] != TAIL or set(line[:padding]) - {"1"}:
            raise DecodeError(f"{path}, line {number + 1}: not a frame of {chip}")
        _check(data[:-6], counted, path, number)
        counted = TAIL
        rows.append(line[padding:-64])
    text = np.frombuffer("".join(rows).encode(), dtype=np.uint8) - ord("0")
    bits = np.ascontiguousarray(text.reshape(frames, used)[:, ::-1].T)
    found = ColumnFile(chip, lines, first, bits, _contents(path, lines, first + frames))
    place = _sum_line(found)
    if int.from_bytes(line_bytes(lines[place], place)[-2:], "big") != _sum(bits):
        raise DecodeError(f"{path}, line {place + 1}: wrong sum of the frames")
    return found


def _counted(head):
    """What the CRC of the first frame counts of the commands before it."""
    return b"".join(word for word in head[PREAMBLE:] if word[0] != ADDRESS)


def _check(data, counted, path, number):
    """DecodeError if the CRC at the end of data is wrong."""
    if int.from_bytes(data[-2:], "little") != crc(counted + data[:-2]):
        raise DecodeError(f"{path}, line {number + 1}: wrong CRC")


def _contents(path, lines, number):
    """Contents of block RAM: see `ColumnFile`."""
    found, counted = {}, None
    while number < len(lines):
        word = line_bytes(lines[number], number)
        if word == SECTION:
            counted, column, number = SECTION, 0, number + 1
            continue
        if counted is None or word[0] not in (0x70, 0x4e, PLACE):
            number += 1
            continue
        if word[0] == 0x70:
            column, counted = word[3] - 1, counted + word
        elif word[0] == PLACE:
            column = (PLACE_BYTES - next(n for n in range(1, len(word)) if word[n])) // PLACE_STEP
        else:
            more = word[3] if column == 0 and word[3] else 0
            count = word[2] if more else int.from_bytes(word[2:4], "little")
            frames, number = _frames(path, lines, number + 1, counted + word,
                                     more + CONTENT_FRAMES * count)
            for one in range(count):
                first = more + CONTENT_FRAMES * one
                found[column + one] = np.array(frames[first:first + CONTENT_FRAMES])
            counted = b""
            continue
        number += 1
    return found


def _frames(path, lines, number, counted, count):
    """(Bits of frames of contents, number of the line behind their end)."""
    rows, size = [], None
    for _ in range(count):
        data = line_bytes(lines[number], number)
        size = len(data) if size is None else size
        if len(data) != size or data[-6:] != TAIL:
            raise DecodeError(f"{path}, line {number + 1}: not a frame of contents")
        _check(data[:-6], counted, path, number)
        counted, number = TAIL, number + 1
        rows.append(np.unpackbits(np.frombuffer(data[:-8], np.uint8))[::-1])
    data = line_bytes(lines[number], number)
    if data[:-2] != END:
        raise DecodeError(f"{path}, line {number + 1}: not the end of contents")
    _check(data, counted, path, number)
    return rows, number + 1


def write(file: ColumnFile, changes, path):
    """A copy of a file in which bits of the chip are inverted, its checksums right.

    Parameters
    ----------
    file : ColumnFile
    changes : iterable of (int, int)
        Row and column in `ColumnFile.bits`.
    path : path
    """
    bits = file.bits.copy()
    columns = set()
    for row, column in changes:
        bits[row, column] ^= 1
        columns.add(column)
    lines = list(file.lines)
    head = _counted([line_bytes(line, n) for n, line in enumerate(lines[:file.first])])
    for column in columns:
        number = file.first + column
        padding = len(lines[number]) - 64 - len(bits)
        text = "1" * padding + "".join(map(str, bits[::-1, column]))
        value = crc((TAIL if column else head) + line_bytes(text, number))
        lines[number] = f"{text}{value & 0xff:08b}{value >> 8:08b}" + "1" * 48
    place = _sum_line(file)
    lines[place] = lines[place][:-16] + format(_sum(bits), "016b")
    Path(path).write_text("\n".join(lines) + "\n", encoding="ascii")


def _sum(bits):
    """Sum of the frames, without padding, as words of 16 bits."""
    data = np.packbits(bits.T[:, ::-1])
    total = (int(data[0::2].sum(dtype=np.int64)) << 8) + int(data[1::2].sum(dtype=np.int64))
    return total & 0xffff


def _sum_line(file):
    """Number of the line with the sum."""
    for number in range(file.first + file.bits.shape[1], len(file.lines)):
        if len(file.lines[number]) == 64 and line_bytes(file.lines[number], number)[0] == SUM:
            return number
    raise DecodeError("the file has no sum of its frames")
