"""golden.spec.link: identity, sizes of words and spaces, the message tables."""

from dataclasses import replace

import pytest

from cortigate.golden.spec import PRESETS, MemoryMap, QFormat, Rounding
from cortigate.golden.spec.link import (
    FRAME_BYTES,
    PROTOCOL_VERSION,
    READ_BYTES,
    SPARSE_LITERALS,
    SPARSE_ZEROS,
    WRITE_BYTES,
    Control,
    Identity,
    Operation,
    Register,
    Space,
    Status,
    identity,
    space_words,
    sparse_samples,
    word_bytes,
)


@pytest.mark.parametrize("name", PRESETS)
def test_identity_round_trip(name):
    design = PRESETS[name]
    said = identity(design, 36_000_000)
    assert Identity.unpack(said.pack()) == said
    assert Identity.unpack(said.pack() + b"\0" * 9) == said
    assert (said.version, said.digest) == (PROTOCOL_VERSION, design.digest)
    assert said.rule == {"ghost": 1, "equilibrium": 2, "inversion": 3, "pal": 4,
                         "microcircuit": 5}[design.rule.name]
    assert (said.sizes, said.lanes) == (design.network.sizes, design.lanes)
    assert said.clock_hz == 36_000_000
    assert space_words(design, Space.IDENTITY) == len(said.pack())


def test_identity_bytes():
    packed = identity(PRESETS["tiny"], 0x01020304).pack()
    assert packed[:4] == b"CG\x03\x01"
    assert packed[4:12].hex() == PRESETS["tiny"].digest
    assert packed[12:] == bytes([2, 0, 4, 2, 5, 0, 4, 0, 3, 0, 2, 0, 4, 3, 2, 1])


@pytest.mark.parametrize("data, message", [
    (b"", "does not identify itself as a cortigate board"),
    (b"XG" + bytes(30), "does not identify itself as a cortigate board"),
    (identity(PRESETS["tiny"], 1).pack()[:-1], "identity is cut short"),
])
def test_identity_checks(data, message):
    with pytest.raises(ValueError, match=message):
        Identity.unpack(data)


def test_spaces():
    design = PRESETS["digits"]
    maps = MemoryMap(design)
    assert space_words(design, Space.REGISTERS) == 16
    assert space_words(design, Space.WEIGHTS) == maps.weight_depth * 8
    assert space_words(design, Space.SAMPLES) == 33 * 1797
    assert space_words(design, Space.GENERATORS) == 0
    stochastic = design.replace(weight=QFormat(2, 14, rounding=Rounding.STOCHASTIC))
    assert space_words(stochastic, Space.GENERATORS) == 8
    # A lane count that is no power of two leaves gaps in the addresses.
    assert space_words(design.replace(lanes=5), Space.WEIGHTS) % 8 == 0
    assert [word_bytes(design, space) for space in Space] == [1, 4, 2, 2, 4, 4, 4]
    assert word_bytes(design.replace(weight=QFormat(2, 16)), Space.WEIGHTS) == 3


@pytest.mark.parametrize("inputs, known", [(255, False), (256, True), (784, True)])
def test_designs_that_know_sparse_samples(inputs, known):
    network = replace(PRESETS["tiny"].network, sizes=(inputs, 4, 2))
    assert sparse_samples(PRESETS["tiny"].replace(network=network)) is known
    assert SPARSE_ZEROS | SPARSE_LITERALS << 5 == 0xFF


def test_frames_hold_what_they_promise():
    # Sequence, operation, space, address, count, words, CRC; and sequence, operation, status.
    assert 1 + 1 + 1 + 4 + 1 + WRITE_BYTES + 2 == FRAME_BYTES
    assert 1 + 1 + 1 + READ_BYTES + 2 == FRAME_BYTES
    assert FRAME_BYTES < 254  # of one COBS group


def test_codes_are_fixed():
    # On the wire: a new value here is another protocol version.
    assert [operation.value for operation in Operation] == [1, 2, 3]
    assert [register.value for register in Register] == list(range(16))
    assert [space.value for space in Space] == list(range(7))
    assert [status.value for status in Status] == list(range(6))
    assert [bit.value for bit in Control] == [1, 2, 4, 8, 16, 32, 64]
