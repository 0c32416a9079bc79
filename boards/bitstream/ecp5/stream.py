"""The commands of a Lattice .bit file, read and written with all checksums.

Commands, frames and compression: Lattice FPGA-TN-02039 (ECP5 sysCONFIG usage guide) and
Project Trellis, libtrellis/src/Bitstream.cpp.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np

from ..circuit import DecodeError
from .database import Ecp5Part, device_of_idcode

__all__ = ["ConfigurationStream", "read", "write"]

PREAMBLE = bytes.fromhex("ffffbdb3")
DUMMY = 0xFF
RESET_CRC, VERIFY_ID, CONTROL_0, INIT_ADDRESS = 0x3B, 0xE2, 0x22, 0x46
FRAMES, COMPRESSED_FRAMES, DICTIONARY = 0x82, 0xB8, 0x02
USERCODE, RAM_ADDRESS, RAM_WRITE, DONE = 0xC2, 0xF6, 0xB2, 0x5E
SPI_MODE = 0x79
# Commands whose data are of a fixed length: bytes after the three of the operand.
LENGTHS = {RESET_CRC: 0, VERIFY_ID: 4, CONTROL_0: 4, INIT_ADDRESS: 0, DICTIONARY: 8, USERCODE: 4,
           RAM_ADDRESS: 4, DONE: 0, SPI_MODE: 0}
RAM_WORDS, RAM_BITS = 2048, 9  # of a block RAM
RAM_FRAME = 9  # bytes that hold eight words
# Of control register 0: clock that the chip makes to load itself, 2.4 .. 62 MHz (the lowest six
# bits, ecppack --freq). All that ecppack sets beside it is bit 30.
CONTROL_DEFAULT, FREQUENCIES = 0x40000000, (0x00, 0x01, 0x20, 0x30, 0x38, 0x3B)


@dataclass
class Command:
    """One command: code, operand, and its data unless `ConfigurationStream` holds them."""

    code: int
    operand: bytes = b""
    data: bytes = b""


@dataclass
class ConfigurationStream:
    """A file as what it configures.

    Parameters
    ----------
    header : bytes
        Comments, up to the preamble.
    commands : list of Command
        In the order of the file.
    device : Ecp5Part
        That the file asks for.
    bits : numpy.ndarray
        (frames, bits of a frame) of bool: the configuration.
    contents : dict
        Number of a block RAM -> its 2048 words of 9 bits.
    """

    header: bytes
    commands: list[Command]
    device: Ecp5Part
    bits: np.ndarray
    contents: dict[int, np.ndarray]


def _crc_table():
    table = []
    for byte in range(256):
        value = byte << 8
        for _ in range(8):
            value = value << 1 ^ (0x8005 if value & 0x8000 else 0)
        table.append(value & 0xFFFF)
    return table


CRC_TABLE = _crc_table()


def _crc(value, data):
    for byte in data:
        value = (value << 8 & 0xFFFF) ^ CRC_TABLE[value >> 8 ^ byte]
    return value


class _Reader:
    """Bytes of a file one after the other, and the checksum since it was last cleared."""

    def __init__(self, path, data, position):
        self._path, self._data = path, data
        self.position, self.crc = position, 0

    def fail(self, what: str) -> NoReturn:
        """Raise DecodeError that names the file and the place in it."""
        raise DecodeError(f"{self._path}, byte {self.position:#x}: {what}")

    def take(self, count):
        """The next bytes."""
        taken = self._data[self.position:self.position + count]
        if len(taken) < count:
            self.fail("the file ends within a command")
        self.position += count
        self.crc = _crc(self.crc, taken)
        return taken

    def check(self):
        """The next two bytes must be the checksum; it is cleared."""
        expected = self.crc
        found = int.from_bytes(self.take(2), "big")
        if found != expected:
            self.fail(f"the checksum is {found:#06x}, not {expected:#06x}")
        self.crc = 0

    @property
    def rest(self):
        """Whether there are bytes left."""
        return self.position < len(self._data)


def read(path):
    """The `ConfigurationStream` of a .bit file.

    Raises
    ------
    DecodeError
        A checksum is wrong, a command is unknown, or the file has no end.
    """
    data = Path(path).read_bytes()
    start = data.find(PREAMBLE)
    if not data.startswith(b"\xff\x00") or start < 0:
        raise DecodeError(f"{path} is not a Lattice bitstream: it must begin with FF 00 and have a "
                          "preamble FF FF BD B3")
    reader = _Reader(path, data, start + len(PREAMBLE))
    commands, contents = [], {}
    device = bits = dictionary = number = None
    word = 0
    while reader.rest:
        crc = reader.crc
        code = reader.take(1)[0]
        if code == DUMMY:
            reader.crc = crc
            commands.append(Command(code))
            continue
        command = Command(code, reader.take(3))
        commands.append(command)
        if code in LENGTHS:
            command.data = reader.take(LENGTHS[code])
            if code in (USERCODE, DICTIONARY, DONE) and command.operand[0] & 0x80:
                reader.check()
        if code in (RESET_CRC, USERCODE):
            reader.crc = 0
        elif code == VERIFY_ID:
            device = device_of_idcode(int.from_bytes(command.data, "big"))
        elif code == CONTROL_0:
            value = int.from_bytes(command.data, "big")
            if value & ~0x3F != CONTROL_DEFAULT or value & 0x3F not in FREQUENCIES:
                reader.fail(f"control register 0 is {value:#010x}, which is not understood")
        elif code == DICTIONARY:
            dictionary = [1 << i for i in range(8)] + list(command.data[::-1])
        elif code in (FRAMES, COMPRESSED_FRAMES):
            if device is None or bits is not None:
                reader.fail("frames must come once, after the chip's identity")
            if code == COMPRESSED_FRAMES and dictionary is None:
                reader.fail("compressed frames have no dictionary")
            bits = _read_frames(reader, command, device,
                                dictionary if code == COMPRESSED_FRAMES else None)
        elif code == RAM_ADDRESS:
            address = int.from_bytes(command.data, "big")
            number, word = address >> 11, address & 0x7FF
        elif code == RAM_WRITE:
            number, word = _read_contents(reader, command, contents, number, word)
        elif code not in LENGTHS:
            reader.fail(f"command {code:#04x} is not understood")
    if device is None or bits is None or not any(command.code == DONE for command in commands):
        reader.fail("the file ends before the configuration does")
    return ConfigurationStream(data[:start], commands, device, bits, contents)


def _frame_bytes(device, compressed):
    count = (device.bits_per_frame + device.pad_before + device.pad_after) // 8
    return -(-count // 8) * 8 if compressed else count


def _read_frames(reader, command, device, dictionary):
    """The frames, last one first; each with its checksum and bytes that mean nothing."""
    settings, count = command.operand[0], int.from_bytes(command.operand[1:], "big")
    if count != device.frames or settings & 0xC0 != 0x80:
        reader.fail(f"{count} frames with settings {settings:#04x} are not understood for "
                    f"{device.name}")
    size = _frame_bytes(device, dictionary is not None)
    found = bytearray()
    for _ in range(count):
        found += reader.take(size) if dictionary is None else _expand(reader, size, dictionary)
        reader.check()
        if reader.take(settings & 0xF) != bytes([DUMMY]) * (settings & 0xF):
            reader.fail("a frame must be followed by bytes of FF")
    frames = np.frombuffer(bytes(found), np.uint8).reshape(count, size)[::-1, ::-1]
    bits = np.unpackbits(frames, axis=1, bitorder="little")
    end = device.pad_after + device.bits_per_frame
    if bits[:, :device.pad_after].any() or bits[:, end:].any():
        reader.fail("a bit is set in a frame's padding")
    return bits[:, device.pad_after:end].astype(bool)


def _expand(reader, size, dictionary):
    """Bytes of a compressed frame: 0 is 0, 10iiii one of the dictionary, 11 and 8 bits any."""
    found, held, bits = bytearray(), 0, 0
    while len(found) < size:
        if bits == 0:
            held, bits = reader.take(1)[0], 8
        bits -= 1
        if not held >> bits & 1:
            found.append(0)
            continue
        if bits < 5:
            held, bits = (held << 8 | reader.take(1)[0]) & 0xFFFF, bits + 8
        bits -= 1
        if held >> bits & 1:
            if bits < 8:
                held, bits = (held << 8 | reader.take(1)[0]) & 0xFFFF, bits + 8
            bits -= 8
            found.append(held >> bits & 0xFF)
        else:
            bits -= 4
            found.append(dictionary[held >> bits & 0xF])
    if held & (1 << bits) - 1:
        reader.fail("a bit is set after a compressed frame")
    return found


def _read_contents(reader: _Reader, command, contents, number, word):
    """First contents of block RAM, eight words of nine bits in nine bytes."""
    settings, count = command.operand[0], int.from_bytes(command.operand[1:], "big")
    if number is None or not settings & 0x80:
        reader.fail("contents of block RAM must have an address and a checksum")
    data = np.frombuffer(reader.take(RAM_FRAME * count), np.uint8)
    reader.check()
    values = np.unpackbits(data).reshape(-1, RAM_BITS) @ (1 << np.arange(RAM_BITS)[::-1])
    for value in np.split(values, count):
        if word == RAM_WORDS:
            number, word = number + 1, 0
        words = contents.setdefault(number, np.zeros(RAM_WORDS, np.int64))
        words[word:word + 8] = value
        word += 8
    return number, word


class _Writer:
    """Bytes of a file, and the checksum since it was last cleared."""

    def __init__(self, header):
        self.data, self.crc = bytearray(header + PREAMBLE), 0

    def put(self, data):
        """Append bytes."""
        self.data += data
        self.crc = _crc(self.crc, data)

    def checksum(self):
        """Append the checksum and clear it."""
        self.put(self.crc.to_bytes(2, "big"))
        self.crc = 0


def write(stream, path):
    """Write a `ConfigurationStream` as a .bit file."""
    writer = _Writer(stream.header)
    dictionary, number, word = None, 0, 0
    for command in stream.commands:
        code = command.code
        if code == DUMMY:
            writer.data.append(DUMMY)
            continue
        writer.put(bytes([code]) + command.operand + command.data)
        if code in (USERCODE, DICTIONARY, DONE) and command.operand[0] & 0x80:
            writer.checksum()
        if code in (RESET_CRC, USERCODE):
            writer.crc = 0
        elif code == DICTIONARY:
            dictionary = [1 << i for i in range(8)] + list(command.data[::-1])
        elif code in (FRAMES, COMPRESSED_FRAMES):
            _write_frames(writer, command, stream,
                          dictionary if code == COMPRESSED_FRAMES else None)
        elif code == RAM_ADDRESS:
            address = int.from_bytes(command.data, "big")
            number, word = address >> 11, address & 0x7FF
        elif code == RAM_WRITE:
            for _ in range(int.from_bytes(command.operand[1:], "big")):
                if word == RAM_WORDS:
                    number, word = number + 1, 0
                values = stream.contents[number][word:word + 8]
                writer.put(np.packbits(values[:, None] >> np.arange(RAM_BITS)[::-1] & 1).tobytes())
                word += 8
            writer.checksum()
    Path(path).write_bytes(writer.data)


def _write_frames(writer, command, stream, dictionary):
    device = stream.device
    size = _frame_bytes(device, dictionary is not None)
    bits = np.zeros((device.frames, size * 8), bool)
    bits[:, device.pad_after:device.pad_after + device.bits_per_frame] = stream.bits
    frames = np.packbits(bits, axis=1, bitorder="little")[::-1, ::-1]
    dummies = bytes([DUMMY]) * (command.operand[0] & 0xF)
    for frame in frames:
        data = frame.tobytes()
        writer.put(data if dictionary is None else _compress(data, dictionary))
        writer.checksum()
        writer.put(dummies)


def _compress(data, dictionary):
    codes = {byte: f"10{index:04b}" for index, byte in reversed(list(enumerate(dictionary)))}
    codes[0] = "0"
    text = "".join(codes.get(byte) or f"11{byte:08b}" for byte in data)
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")
