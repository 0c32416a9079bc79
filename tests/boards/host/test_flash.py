"""Sets in a virtual board's flash memory: written, verified, refused, learned from to the bit."""

from contextlib import contextmanager

import numpy as np
import pytest

from cortigate.boards.device.samples import check_stored
from cortigate.boards.host.driver import Board
from cortigate.boards.host.flash import Damaged, FlashMemory, FlashRun, NoFlash
from cortigate.boards.host.link import Refused
from cortigate.boards.host.stored_set import stored_set
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import epoch_mask, integer_model
from cortigate.golden.integer.blocks import block_order, samples_in_order
from cortigate.golden.spec import preset
from cortigate.golden.spec.flash import ERASE_BYTES, PAGE_BYTES, block_bits
from cortigate.golden.spec.link import Space
from cortigate.sim.virtual_board import BAUD, FLASH, VirtualBoard

DESIGN = preset("digits").replace(flash=True, sample_capacity=4)
BITSTREAM = bytes(range(1, 252)) * (FLASH.first // 251 + 1)


@contextmanager
def board_of(path=None, design=DESIGN):
    with VirtualBoard(design, flash=path) as port, Board.open(
            port, design, baud=BAUD, timeout=10.0) as board:
        yield board


@pytest.fixture(scope="module")
def digits():
    split = load_digits_split()
    return DESIGN.sample.from_float(split.x_train), split.y_train


@pytest.fixture
def path(tmp_path):
    """A flash memory with a bitstream in its lower part, and something old behind it."""
    file = tmp_path / "flash.bin"
    data = bytearray(BITSTREAM[:FLASH.first].ljust(FLASH.size, b"\x55"))
    file.write_bytes(data)
    return file


def test_digits_are_learned_from_flash_as_by_the_integer_model(path, digits):
    """Two epochs in random order; the second in two runs. Then what is right, by inference."""
    inputs, labels = digits[0][:203], digits[1][:203]
    model = integer_model(DESIGN)
    model.set_weights(initial_weights(DESIGN, 0))
    with board_of(path) as board:
        memory = FlashMemory(board)
        with pytest.raises(ValueError, match="no set is stored"):
            memory.header()
        told = []
        header = memory.write(inputs, labels, name="digits", block_samples=8,
                              told=lambda done, total: told.append((done, total)))
        assert (header.samples, header.blocks, header.name) == (203, 26, "digits")
        assert told[-1] == (2 * (header.length - PAGE_BYTES),) * 2 and len(told) > 50
        board.write_weights(initial_weights(DESIGN, 0))
        for epoch, parts in ((0, (26,)), (1, (10, 16))):
            mask, state = epoch_mask(5, epoch, block_bits(26)), 0
            for count in parts:
                done = memory.run(header, FlashRun(mask, count, state))
                blocks, state = block_order(26, mask, count, state)
                order = samples_in_order(203, 8, blocks)
                found = model.learn_all(inputs[order], labels[order])
                assert done.samples == len(order)
                assert done.correct == (found == labels[order]).sum()
                assert done.shuffle_state == state
        weights = board.read_weights()
        assert all(np.array_equal(weights[name], model.weights[name]) for name in model.weights)
        done = memory.run(header, FlashRun(train=False))
        assert done.correct == (model.predict(inputs) == labels).sum() > 150
        done = memory.run(header, FlashRun(train=False, state=20))
        assert done.samples == 43
    # What was there before it is as it was, and what was written is there after a power cycle.
    data = path.read_bytes()
    assert data[:FLASH.first] == BITSTREAM[:FLASH.first]
    assert data[FLASH.first + ERASE_BYTES:] == b"\x55" * (FLASH.size - FLASH.first - ERASE_BYTES)
    with board_of(path) as board:
        memory = FlashMemory(board)
        assert memory.header() == header
        memory.verify(header)


def test_the_bitstream_cannot_be_reached(path):
    with board_of(path) as board:
        for address in (0, ERASE_BYTES, FLASH.first - 4):
            with pytest.raises(Refused, match="BAD_ADDRESS"):
                board.write_words(Space.FLASH, address // 4, [0])
        # Nor by a write that begins behind the end, where addresses of the chip go round.
        with pytest.raises(Refused, match="BAD_ADDRESS"):
            board.write_words(Space.FLASH, FLASH.size // 4, [0])
        with pytest.raises(Refused, match="BAD_ADDRESS"):
            board.write_words(Space.FLASH_FACTS, 0, [0])
    assert path.read_bytes()[:FLASH.first] == BITSTREAM[:FLASH.first]


def test_a_set_that_is_too_large_is_refused_and_nothing_written(digits, monkeypatch):
    with board_of() as board:
        memory, before = FlashMemory(board), []
        monkeypatch.setattr(board, "write_words", lambda *words: before.append(words))
        facts = memory.facts()
        small = type(facts)(facts.chip, facts.first, facts.first + ERASE_BYTES, 4, False, False)
        monkeypatch.setattr(memory, "facts", lambda: small)
        inputs, labels = np.tile(digits[0], (2, 1)), np.tile(digits[1], 2)
        with pytest.raises(NoFlash, match=r"the set takes \d+ bytes.*write fewer samples, about "):
            memory.write(inputs, labels)
        assert not before


def test_what_was_damaged_is_told(path, digits):
    inputs, labels = digits[0][:40], digits[1][:40]
    with board_of(path) as board:
        memory = FlashMemory(board)
        header = memory.write(inputs, labels)
    data = bytearray(path.read_bytes())
    data[header.address + header.length - 20] ^= 4
    path.write_bytes(data)
    with board_of(path) as board:
        memory = FlashMemory(board)
        assert memory.header() == header
        with pytest.raises(Damaged, match="write it again"):
            memory.verify(header)
        board.write_weights(initial_weights(DESIGN, 0))
        with pytest.raises(Damaged, match="after 40 samples"):
            memory.run(header, FlashRun())
        # A run of what is whole is one again.
        assert memory.run(header, FlashRun(count=2)).samples == 32
    data[header.address + 9] ^= 1
    path.write_bytes(data)
    with board_of(path) as board, pytest.raises(ValueError, match="header .* is damaged"):
        FlashMemory(board).header()


def test_a_design_without_flash_has_none():
    design = preset("tiny")
    with VirtualBoard(design) as port, Board.open(port, design, baud=BAUD) as board:
        with pytest.raises(ValueError, match="no samples in flash memory"):
            FlashMemory(board)
        for space in (Space.FLASH, Space.FLASH_FACTS):
            with pytest.raises(Refused, match="BAD_SPACE"):
                board.read_words(space, 0, 1)
    with pytest.raises(ValueError, match="flash must be None"):
        VirtualBoard(design, flash="some.bin")


@pytest.mark.campaign  # its weights alone take minutes on the simulated line
def test_large_images_come_at_the_pace_of_the_engine(tmp_path):
    """784-128-10, a fifth of the inputs not zero: 50,000 samples a second at 75 MHz at least."""
    design, rng = preset("mnist").replace(flash=True), np.random.default_rng(1)
    images = rng.integers(1, 17, (64, 28, 28)) * (rng.random((64, 28, 28)) < 0.85)
    images[:, :, :10] = images[:, :, 18:] = images[:, :4] = images[:, 24:] = 0
    inputs, labels = images.reshape(64, 784), rng.integers(0, 10, 64)
    inputs, targets = check_stored(design, inputs, labels)
    data, at = bytearray(b"\xff" * FLASH.size), FLASH.first + PAGE_BYTES
    stored = stored_set(design, inputs, targets, address=at)
    data[at:at + len(stored)] = stored
    path = tmp_path / "flash.bin"
    path.write_bytes(data)
    model, mask = integer_model(design), 1
    model.set_weights(initial_weights(design, 0))
    with board_of(path, design) as board:
        memory = FlashMemory(board)
        board.write_weights(initial_weights(design, 0))
        done = memory.run(memory.header(), FlashRun(mask))
        weights = board.read_weights()
    order = samples_in_order(64, 16, block_order(4, mask)[0])
    assert done.correct == (model.learn_all(inputs[order], labels[order]) == labels[order]).sum()
    assert all(np.array_equal(weights[name], model.weights[name]) for name in model.weights)
    assert 75e6 / (done.cycles / 64) > 50_000
