"""Sets a flash memory up, reads and writes it by words, and reads it as a stream."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ...golden.spec.flash import ERASE_BYTES, PAGE_BYTES, FlashChip
from .frame import Frame
from .shift import FlashPins

__all__ = ["Controller"]

# Operations that flash memories have in common.
WAKE, IDENTIFY, STATUS, PERMIT, PROGRAM, ERASE = 0xAB, 0x9F, 0x05, 0x06, 0x02, 0xD8
READ = {1: 0x0B, 2: 0x3B, 4: 0x6B}  # with a byte of silence, then data on this many lines
# Four lines must be permitted: for good, by bit 6 of the first status register; or, until the power
# fails, by bit 1 of the second one. Operations that read, permit and write it, and the bit.
FOR_GOOD, FOR_NOW = (0x05, 0x06, 0x01, 0x40), (0x35, 0x50, 0x31, 0x02)
KEEPERS = (0x9D, 0xC2)  # manufacturers whose memories keep it: ISSI, Macronix
WAKE_SECONDS, LONGEST_SECONDS = 30e-6, 4.0  # until it is awake; that it may be busy
GATHER = 255  # cycles in which the word after the last one must come, to be programmed with it


class Controller(wiring.Component):
    """Commands of a flash memory.

    After reset it wakes the memory, asks what it is, and permits four lines if they are used.
    Reading a word takes 130 to 200 cycles. Words that are written one after the other within a
    page are programmed together: the first takes 160 cycles, each other one 64. The first word of
    an erase block has the block erased before.

    Parameters
    ----------
    clock_hz : int
    chip : FlashChip

    Members
    -------
    pins : FlashPins
    address, valid, write, write_data, read_data, done
        A word's access; `valid` stays until `done`, which is high for one cycle. `address` counts
        words. What is written may be programmed later.
    streams, first : 1 bit, 24 bits
        Read bytes from `first` on until `streams` falls.
    want, got, byte : 1 bit, 1 bit, 8 bits
        There is room for three bytes; a byte of the stream.
    ready, failed : 1 bit
        See `golden.spec.link.FlashStatus`.
    identity : 24 bits
    """

    def __init__(self, clock_hz, chip: FlashChip):
        self._clock_hz, self._lines = clock_hz, chip.lines
        super().__init__({
            "pins": Out(FlashPins()),
            "address": In(22), "valid": In(1), "write": In(1), "write_data": In(32),
            "read_data": Out(32), "done": Out(1),
            "streams": In(1), "first": In(24), "want": In(1), "got": Out(1), "byte": Out(8),
            "ready": Out(1), "failed": Out(1), "identity": Out(24),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.frame = frame = Frame(self._clock_hz, self._lines)
        connect(m, frame.pins, flipped(self.pins))
        came, leaves = Signal(32), Signal(32)  # the last four bytes; those to send
        place = Cat(0, 0, self.address)
        erases = Signal()  # what is busy is busy with an erase block
        m.d.comb += [self.read_data.eq(came), frame.write_data.eq(leaves[:8]),
                     self.byte.eq(frame.byte), frame.end.eq(1)]
        with m.If(frame.got):
            m.d.sync += came.eq(Cat(came[8:], frame.byte))
        with m.If(frame.taken):
            m.d.sync += leaves.eq(leaves >> 8)

        def command(operation, following, **members):
            """Begin a command as soon as may be; a state follows."""
            m.d.comb += [frame.operation.eq(operation),
                         *(getattr(frame, name).eq(value) for name, value in members.items())]
            with m.If(frame.free):
                m.d.comb += frame.begin.eq(1)
                m.next = following

        with m.FSM():
            self._set_up(m, frame, came, leaves, command)
            self._wait(m, frame, came, erases, command)
            with m.State("READY"):
                m.d.sync += [self.ready.eq(1), erases.eq(0)]
                with m.If(self.streams):
                    m.next = "BEGIN STREAM"
                with m.Elif(self.valid):
                    m.next = "READ"
                    with m.If(self.write):
                        m.next = "PERMIT PROGRAM"
                        with m.If(self.address[:(ERASE_BYTES // 4 - 1).bit_length()] == 0):
                            m.next = "PERMIT ERASE"
            with m.State("BEGIN STREAM"):
                command(READ[self._lines], "STREAM", address=self.first, addressed=1, fast=1,
                        endless=1)
            with m.State("STREAM"):
                m.d.comb += [frame.want.eq(self.want), frame.end.eq(~self.streams),
                             self.got.eq(frame.got & self.streams)]
                with m.If(~self.streams):
                    m.next = "READY"
            with m.State("READ"):
                command(READ[self._lines], "HAS READ", address=place, addressed=1, fast=1, count=4)
            with m.State("HAS READ"):
                with m.If(frame.free):
                    m.d.comb += self.done.eq(1)
                    m.next = "READY"
            with m.State("PERMIT ERASE"):
                command(PERMIT, "ERASE")
            with m.State("ERASE"):
                m.d.sync += erases.eq(1)
                command(ERASE, "ASK", address=place, addressed=1)
            with m.State("PERMIT PROGRAM"):
                command(PERMIT, "PROGRAM")
            self._program(m, frame, place, leaves, erases, command)
        return m

    def _set_up(self, m, frame, came, leaves, command):
        """From reset to the first access."""
        wake = int(self._clock_hz * WAKE_SECONDS) + 1
        # Twice: the first clocks after configuration may not reach the memory.
        time, again = Signal(range(wake + 1)), Signal()
        keeps = Signal()

        def chosen(number):
            return Mux(keeps, FOR_GOOD[number], FOR_NOW[number])

        with m.State("ASLEEP"):
            m.d.sync += time.eq(wake)
            command(WAKE, "WAKES")
        with m.State("WAKES"):
            m.d.sync += time.eq(time - 1)
            with m.If(time == 0):
                m.d.sync += again.eq(1)
                m.next = "ASLEEP"
                with m.If(again):
                    m.next = "IDENTIFY"
        with m.State("IDENTIFY"):
            command(IDENTIFY, "IDENTIFIED", count=3)
        with m.State("IDENTIFIED"):
            m.d.sync += [self.identity.eq(came[8:]),
                         keeps.eq((came[8:16] == KEEPERS[0]) | (came[8:16] == KEEPERS[1]))]
            with m.If(frame.free):
                m.next = "ASK LINES" if self._lines == 4 else "READY"
        if self._lines < 4:
            return
        with m.State("ASK LINES"):
            command(chosen(0), "HAS LINES", count=1)
        with m.State("HAS LINES"):
            m.d.sync += leaves.eq(came[24:] | chosen(3))
            with m.If(frame.free):
                m.next = "PERMIT LINES"
                with m.If((came[24:] & chosen(3)).any()):
                    m.next = "READY"
        with m.State("PERMIT LINES"):
            command(chosen(1), "SET LINES")
        with m.State("SET LINES"):
            command(chosen(2), "ASK", count=1)

    def _wait(self, m, frame, came, erases, command):
        """Until the memory is not busy any more."""
        # Its highest bit comes after one to two times as long.
        time = Signal(int(self._clock_hz * LONGEST_SECONDS).bit_length() + 1)
        late = time[-1]
        with m.State("ASK"):
            m.d.sync += time.eq(time + ~late)
            command(STATUS, "ASKED", count=1)
        with m.State("ASKED"):
            m.d.sync += time.eq(time + ~late)
            with m.If(frame.free):
                m.next = "ASK"
                with m.If(~came[24] | late):
                    m.d.sync += time.eq(0)
                    m.next = "READY"
                    with m.If(erases):
                        m.next = "PERMIT PROGRAM"
                with m.If(late):
                    m.d.sync += self.failed.eq(1)

    def _program(self, m, frame, place, leaves, erases, command):
        """Words of one page, as long as they follow each other."""
        following, count = Signal(22), Signal(3)
        time = Signal(range(GATHER + 1))
        with m.State("PROGRAM"):
            m.d.sync += [erases.eq(0), leaves.eq(self.write_data), count.eq(4),
                         following.eq(self.address + 1)]
            command(PROGRAM, "BYTES", address=place, addressed=1, endless=1)
        with m.State("BYTES"):
            m.d.comb += [frame.end.eq(0), frame.want.eq(count != 0)]
            m.d.sync += [count.eq(count - frame.taken), time.eq(GATHER)]
            with m.If(count == 0):
                m.d.comb += self.done.eq(1)
                m.next = "GATHER"
        with m.State("GATHER"):
            m.d.comb += frame.end.eq(0)
            m.d.sync += [time.eq(time - 1), leaves.eq(self.write_data), count.eq(4)]
            with m.If((following[:(PAGE_BYTES // 4 - 1).bit_length()] == 0) | (time == 0)):
                m.next = "ASK"
            with m.Elif(self.valid):
                m.next = "ASK"
                with m.If(self.write & (self.address == following)):
                    m.d.sync += following.eq(following + 1)
                    m.next = "BYTES"
