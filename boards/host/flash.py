"""Sets of samples in a board's flash memory: written, verified, found, and learned from."""

import binascii
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...golden.integer.blocks import block_order
from ...golden.spec.flash import (
    BLOCK_SAMPLES,
    MOST_BLOCKS,
    PAGE_BYTES,
    Header,
    block_bits,
    block_taps,
)
from ...golden.spec.link import (
    READ_BYTES,
    WRITE_BYTES,
    Control,
    FlashFact,
    FlashStatus,
    Space,
)
from ...golden.spec.plain import Plain
from ...golden.spec.qformat import check_integer
from ...golden.spec.shifts import own_shifts
from ..device import Counters
from ..device.protocol import Progress
from ..device.samples import check_stored
from .driver import Board
from .link import LinkError
from .session import RunEnded
from .stored_set import stored_set

__all__ = ["Damaged", "FlashFacts", "FlashMemory", "FlashRun", "NoFlash"]

NOBODY = (0, 0xFFFFFF)  # what is heard where no memory answers
WORD = 4
Told = Callable[[int, int], object]  # bytes done, of how many


def half(told: Told | None, number: int) -> Told | None:
    """A `Told` of one of two halves, 0 or 1, which tells one of the whole."""
    if told is None:
        return None
    whole = told
    return lambda done, part: whole(number * part + done, 2 * part)


class NoFlash(LinkError):
    """The board's flash memory does not answer, or is too small."""


class Damaged(LinkError):
    """The flash memory does not hold what was written."""


@dataclass(frozen=True)
class FlashFacts(Plain):
    """A board's flash memory.

    Parameters
    ----------
    chip : int
        JEDEC's identity; its lowest byte is the manufacturer's.
    first, size : int
        Address of the first byte that may be written; bytes that are used.
    lines : int
        That data comes on.
    failed : bool
        It was busy for seconds and has been given up.
    damaged : bool
        A block of the last run was damaged.
    """

    chip: int
    first: int
    size: int
    lines: int
    failed: bool
    damaged: bool


@dataclass(frozen=True)
class FlashRun(Plain):
    """Learning from a stored set.

    Parameters
    ----------
    mask : int or None
        Of the order of the blocks, `golden.integer.epoch_mask` of `block_bits`; None is the stored
        order.
    count : int or None
        Blocks; None: as many as the set has, in the stored order all that are left.
    state : int
        0 at the start of an epoch; then `Counters.shuffle_state`, or, in the stored order, the
        number of the next block.
    train : bool
        Learn, else infer and count what is right.
    update_shift, second_update_shift : int or None
        k of the learning rates; None takes the rule's.
    """

    mask: int | None = None
    count: int | None = None
    state: int = 0
    train: bool = True
    update_shift: int | None = None
    second_update_shift: int | None = None


class FlashMemory:
    """The flash memory of a board whose design has `flash`.

    Parameters
    ----------
    board : Board

    Raises
    ------
    ValueError
        The design has none.
    """

    def __init__(self, board: Board):
        if not board.design.flash:
            raise ValueError("the board's design has no samples in flash memory: build it with "
                             "flash = true in the file of the design")
        self.board, self.design = board, board.design

    # ---- bytes -----------------------------------------------------------------------------

    def facts(self) -> FlashFacts:
        """Facts that the board tells; NoFlash if no memory answers."""
        words = self.board.read_words(Space.FLASH_FACTS, 0, len(FlashFact))
        status, port = int(words[FlashFact.STATUS]), self.board.link.port
        chip, size = int(words[FlashFact.CHIP]), int(words[FlashFact.SIZE])
        if not status & FlashStatus.READY or chip in NOBODY:
            raise NoFlash(f"the flash memory of the board on {port} does not answer: switch the "
                          "board off and on; if it stays so, use the sample memory")
        if (capacity := 1 << (chip >> 16)) < size:
            raise NoFlash(f"the flash memory of the board on {port} has {capacity} bytes, but the "
                          f"bitstream was built for {size}: it is another model of the board; use "
                          "the sample memory")
        return FlashFacts(chip, int(words[FlashFact.FIRST]), size, int(words[FlashFact.LINES]),
                          bool(status & FlashStatus.FAILED), bool(status & FlashStatus.DAMAGED))

    def read(self, address: int, count: int, told: Told | None = None) -> bytes:
        """Bytes from an address on, a multiple of 4."""
        parts, step = [], READ_BYTES // WORD
        words = -(-count // WORD)
        for start in range(0, words, step):
            found = self.board.read_words(Space.FLASH, address // WORD + start,
                                           min(step, words - start))
            parts.append(found.astype("<u4").tobytes())
            if told is not None:
                told(min(count, (start + step) * WORD), count)
        return b"".join(parts)[:count]

    def _write(self, address, data, told):
        count, data = len(data), data + b"\xff" * (-len(data) % WORD)
        step = WRITE_BYTES // WORD * WORD
        for start in range(0, len(data), step):
            words = np.frombuffer(data[start:start + step], "<u4")
            self.board.write_words(Space.FLASH, (address + start) // WORD, words)
            if told is not None:
                told(min(start + step, count), count)

    # ---- sets ------------------------------------------------------------------------------

    def write(self, inputs: ArrayLike, targets: ArrayLike | None, *, name: str = "",
              block_samples: int = BLOCK_SAMPLES, told: Told | None = None) -> Header:
        """Write a set behind the bitstream, read it back and compare; returns its header.

        The header is written last: a set that was not written to its end is none.

        Parameters
        ----------
        inputs, targets
            Raw, as of `boards.device.samples.check_stored`.
        name : str
            For the header.
        block_samples : int
            Samples in a block, which stay together whatever the order.
        told : callable or None
            ``told(done, all)``: bytes written and read back so far.

        Raises
        ------
        ValueError
            The samples do not fit the design.
        NoFlash
            The memory does not answer, or the set is too large for it; nothing is written.
        Damaged
            It does not hold what was written.
        """
        inputs, stored = check_stored(self.design, inputs, targets)
        facts, port = self.facts(), self.board.link.port
        at = facts.first + PAGE_BYTES
        data = stored_set(self.design, inputs, stored, address=at, name=name,
                          block_samples=block_samples)
        room = facts.size - at
        if len(data) > room:
            raise NoFlash(f"the set takes {len(data)} bytes, but the flash memory of the board on "
                          f"{port} has {room} behind the bitstream: write fewer samples, about "
                          f"{len(inputs) * room // len(data)}")

        self._write(facts.first, b"\xff" * WORD, None)  # erases the block: no set is there now
        self._write(at + PAGE_BYTES, data[PAGE_BYTES:], half(told, 0))
        found = self.read(at + PAGE_BYTES, len(data) - PAGE_BYTES, half(told, 1))
        self._compare(at + PAGE_BYTES, found, data[PAGE_BYTES:])
        self._write(at, data[:PAGE_BYTES], None)
        self._compare(at, self.read(at, PAGE_BYTES), data[:PAGE_BYTES])
        return self.header()

    def _compare(self, address, found, wanted):
        """Damaged unless what was read from an address on is what was written."""
        if found == wanted:
            return
        place = next(k for k, pair in enumerate(zip(found, wanted, strict=True))
                     if pair[0] != pair[1])
        raise Damaged(f"the flash memory of the board on {self.board.link.port} does not hold "
                      f"what was written, from byte {address + place} on: write it again; if it "
                      "stays so, the memory is protected or worn out")

    def header(self) -> Header:
        """Header of the set that is stored.

        Raises
        ------
        ValueError
            None is stored, or it is damaged, or for another design.
        """
        facts = self.facts()
        at = facts.first + PAGE_BYTES
        header = Header.unpack(self.read(at, PAGE_BYTES))
        if header.address != at:
            raise ValueError(f"the stored set was written for address {header.address}, not {at}: "
                             "write it again")
        header.check(self.design)
        return header

    def verify(self, header: Header, told: Told | None = None) -> None:
        """Read all of the stored set; Damaged if its CRC-32 is another."""
        body = self.read(header.address + PAGE_BYTES, header.length - PAGE_BYTES, told)
        if binascii.crc32(body) != header.crc:
            raise Damaged(f"the set in the flash memory of the board on {self.board.link.port} is "
                          "damaged: write it again")

    # ---- runs ------------------------------------------------------------------------------

    def run(self, header: Header, run: FlashRun, progress: Progress | None = None) -> Counters:
        """Learn, or infer, from blocks of the stored set; returns the counters.

        Their `shuffle_state` is the state after the run where there is a mask.

        Parameters
        ----------
        header : Header
            Of `header`.
        run : FlashRun
        progress : callable or None
            As of `Board.wait`.

        Raises
        ------
        ValueError
            The run does not fit the set.
        Damaged
            A block was damaged: what was learned since the start of the run is of no use.
        RunEnded
            Something else ended it.
        LinkError
            From the board.
        """
        blocks = header.blocks
        rest = blocks - run.state if run.mask is None else blocks
        count = rest if run.count is None else run.count
        check_integer("count", count, 1, MOST_BLOCKS)
        most = blocks - count if run.mask is None else (1 << block_bits(blocks)) - 1
        check_integer("state", run.state, 0, most)
        if run.mask is not None:
            check_integer("mask", run.mask, 0, most)
        shifts = own_shifts(self.design.rule, run.update_shift, run.second_update_shift)
        place = (0, run.state, block_taps(blocks) << 16 | run.mask) if run.mask is not None else (
            run.state, 0, 0)
        self.board.start_settings(
            Control.FLASH | Control.TRAIN * run.train | Control.SHUFFLED * (run.mask is not None),
            [count, header.address // PAGE_BYTES, blocks, *place, *shifts])
        done = self.board.wait(progress)
        if self.facts().damaged:
            raise Damaged(f"a block of the set in the flash memory of the board on "
                          f"{self.board.link.port} is damaged, after {done.samples} samples: "
                          "write set and weights again")
        order, _ = block_order(blocks, run.mask, count, run.state)
        last = header.samples - (blocks - 1) * header.block_samples
        wanted = int((np.where(order == blocks - 1, last, header.block_samples)).sum())
        if done.samples != wanted:
            raise RunEnded(f"the run on {self.board.link.port} ended after {done.samples} of "
                           f"{wanted} samples, because something stopped it: write the weights "
                           "again, then start a new run")
        return done
