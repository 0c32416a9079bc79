"""A flash memory as its data sheet has it, at the level of its lines, one call a clock cycle.

Operations of Winbond's W25Q128JV and ISSI's IS25LP128: 9F, AB, 05, 35, 06, 50, 01, 31, 02, D8, 0B,
3B, 6B. Programming turns ones to zeros and stays within its page; what is busy or asleep listens to
nothing but 05 or AB; four lines must have been permitted.
"""

__all__ = ["ISSI", "WINBOND", "FlashMemory"]

WINBOND, ISSI = bytes.fromhex("ef4018"), bytes.fromhex("9d6018")
LINES = {0x9F: 1, 0x05: 1, 0x35: 1, 0x0B: 1, 0x3B: 2, 0x6B: 4}
FAST = (0x0B, 0x3B, 0x6B)  # a byte of silence before the data
PAGE, BLOCK = 256, 1 << 16


class FlashMemory:
    """Contents and state of a flash memory.

    Parameters
    ----------
    contents : dict of int to bytes
        Address -> bytes; everything else is erased.
    chip : bytes
        What 9F answers.
    program, erase : int
        Cycles that it is busy.
    """

    def __init__(self, contents=None, chip=WINBOND, program=100, erase=400):
        self.data = bytearray(b"\xff" * (1 << 24))
        for address, part in (contents or {}).items():
            self.data[address:address + len(part)] = part
        self.chip, self.program, self.erase = chip, program, erase
        self.status, self.second, self.volatile = 0, 0, False
        self.asleep, self.busy, self.log = True, 0, []
        self._chosen = self._clock = False
        self._head, self._bits, self._out, self._width, self._i = b"", "", "", 0, 0

    def permits_four(self):
        """True if four lines may be used."""
        return bool(self.status & 0x40 if self.chip == ISSI else self.second & 2)

    def step(self, chosen, clock, o, oe):
        """The lines in one cycle; returns what it drives, else ones."""
        if self.busy:
            self.busy -= 1
            if not self.busy:
                self.status &= ~3
        if chosen and not self._chosen:
            assert not clock, "the clock must be low when the memory is chosen"
            self._head, self._bits, self._out, self._width = b"", "", "", 0
        if not chosen and self._chosen:
            self._end()
        if chosen and clock and not self._clock and not self._width:
            silent = len(self._head) == 4 and self._head[0] in FAST
            assert oe & 1 or silent, "the line to the memory must be driven"
            self._bits += f"{o & 1}"
            if len(self._bits) == 8:
                self._head += bytes([int(self._bits, 2)])
                self._bits = ""
                self._begin_to_speak()
        if chosen and self._clock and not clock and self._width:
            self._speak(oe)
        self._chosen, self._clock = chosen, clock
        return self._i if chosen and self._width else 0xF

    def _deaf(self):
        operation = self._head[0]
        return self.asleep or bool(self.busy) and operation != 0x05

    def _begin_to_speak(self):
        operation = self._head[0]
        if self._deaf() or operation not in LINES:
            return
        if operation == 0x6B and not self.permits_four():
            return
        if len(self._head) == (5 if operation in FAST else 1):
            self._width = LINES[operation]
            self._next = self._bytes(operation)

    def _bytes(self, operation):
        place = int.from_bytes(self._head[1:4], "big")
        while True:
            if operation == 0x9F:
                yield from self.chip
            elif operation in (0x05, 0x35):
                yield self.status if operation == 0x05 else self.second
            else:
                yield self.data[place % len(self.data)]
                place += 1

    def _speak(self, oe):
        lines = 0b0010 if self._width == 1 else (1 << self._width) - 1
        assert not oe & lines, "two drive one line"
        if not self._out:
            self._out = f"{next(self._next):08b}"
        bits, self._out = self._out[:self._width], self._out[self._width:]
        self._i = int(bits, 2) << (self._width == 1) | 0xF & ~lines

    def _end(self):
        head, operation = self._head, self._head[:1].hex()
        if not head or self._width or self._bits:
            return
        self.log.append(head)
        if operation == "ab":
            self.asleep = False
        if self._deaf():
            return
        if operation == "06":
            self.status |= 2
        elif operation == "50":
            self.volatile = True
        elif operation in ("01", "31") and len(head) == 2:
            if self.status & 2 or self.volatile:
                if operation == "01":
                    self.status = head[1] & 0xFC
                else:
                    self.second = head[1]
                self._work(self.program)
            self.volatile = False
        elif operation == "02" and len(head) > 4 and self.status & 2:
            place = int.from_bytes(head[1:4], "big")
            for byte in head[4:]:
                self.data[place] &= byte
                place = place // PAGE * PAGE + (place + 1) % PAGE
            self._work(self.program)
        elif operation == "d8" and len(head) == 4 and self.status & 2:
            place = int.from_bytes(head[1:4], "big") // BLOCK * BLOCK
            self.data[place:place + BLOCK] = b"\xff" * BLOCK
            self._work(self.erase)

    def _work(self, cycles):
        self.busy = cycles
        self.status |= 3
