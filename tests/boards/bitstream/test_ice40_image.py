"""The format of iCE40 files: banks, checksum, nothing but what the packer writes."""

import numpy as np
import pytest

from cortigate.boards.bitstream.circuit import DecodeError
from cortigate.boards.bitstream.ice40.image import (
    CONFIGURATION,
    CONTENTS,
    SHAPES,
    Image,
    flip,
    read,
)

COMMENT = b"\xff\x00from nowhere\x00\x00\xff"
PREAMBLE_AT = len(COMMENT)


@pytest.fixture
def image():
    rng = np.random.default_rng(1)
    return Image(COMMENT, {memory: tuple(rng.integers(0, 2, shape, np.uint8) for shape in shapes)
                           for memory, shapes in SHAPES.items()})


def written(tmp_path, data):
    path = tmp_path / "x.bin"
    path.write_bytes(data)
    return path


def test_what_is_written_is_read(image, tmp_path):
    again = read(written(tmp_path, image.to_bytes()))
    assert again.comment == COMMENT
    for memory, banks in image.banks.items():
        assert all(map(np.array_equal, banks, again.banks[memory]))


def test_a_flipped_bit_is_the_only_one_that_differs(image, tmp_path):
    bits = [(CONFIGURATION, 1, 175, 691), (CONTENTS, 2, 255, 0)]
    flipped = read(written(tmp_path, flip(image, bits).to_bytes()))
    found = [(memory, bank, *place.tolist()) for memory, banks in image.banks.items()
             for bank, old in enumerate(banks)
             for place in np.argwhere(old != flipped.banks[memory][bank])]
    assert found == bits
    assert flip(flipped, bits).to_bytes() == image.to_bytes()


@pytest.mark.parametrize(("change", "said"), [
    (lambda data: data[:5000] + bytes([data[5000] ^ 4]) + data[5001:], "checksum is wrong"),
    (lambda data: data[:-1], r"byte \d+ is not what the packer writes"),
    (lambda data: data + b"\0", "is not what the packer writes"),
    (lambda data: data[:50_000], "must end in two bytes of zero"),
    (lambda data: data[:PREAMBLE_AT + 6], "the file ends before the chip wakes"),
    (lambda data: data[PREAMBLE_AT + 4:], "no preamble"),
    # Wider banks, as a larger chip has.
    (lambda data: data.replace(b"\x62\x02\xb3", b"\x62\x03\x67", 1), "for another chip"),
    # Reboot in place of waking up.
    (lambda data: data[:-3] + b"\x01\x08\x00", "command 01 8 is not one"),
    # No warm boot.
    (lambda data: data.replace(b"\x92\x00\x20", b"\x92\x00\x00", 1), "command 92 0 is not one")])
def test_what_is_no_such_file_is_refused(image, tmp_path, change, said):
    with pytest.raises(DecodeError, match=said):
        read(written(tmp_path, change(image.to_bytes())))
