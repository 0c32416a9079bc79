"""The whole board in Amaranth's simulator, with a host that speaks the protocol over the pins."""

from amaranth.sim import Simulator
from cobs import cobs

from cortigate.golden.spec.link import Control, Operation, Register, Space, Status
from cortigate.hdl.top import Top
from cortigate.sim.link_model import encoded, with_crc

__all__ = ["BAUD", "CLOCK", "Host", "simulate"]

CLOCK, BAUD, DIVIDER = 8_000_000, 2_000_000, 4


class Host:
    """Speaks the protocol over the pins."""

    def __init__(self, ctx, dut):
        self.ctx, self.dut, self.sequence = ctx, dut, 0

    async def _send(self, data):
        for byte in data:
            for bit in [0, *(byte >> i & 1 for i in range(8)), 1]:
                self.ctx.set(self.dut.rx, bit)
                await self.ctx.tick().repeat(DIVIDER)

    async def _receive(self):
        received = bytearray()
        while not received or received[-1]:
            await self.ctx.tick().until(~self.dut.tx)
            await self.ctx.tick().repeat(DIVIDER // 2 - 1)
            byte = 0
            for i in range(9):
                await self.ctx.tick().repeat(DIVIDER)
                byte |= self.ctx.get(self.dut.tx) << i
            assert byte & 0x100  # the stop bit
            received.append(byte & 0xFF)
        decoded = cobs.decode(bytes(received[:-1]))
        assert with_crc(decoded[:-2]) == decoded
        return decoded[:-2]

    async def ask(self, operation, space, address, count, rest):
        self.sequence += 1
        await self._send(encoded(bytes([self.sequence, operation, space])
                                 + address.to_bytes(4, "little") + bytes([count]) + rest))
        answer = await self._receive()
        assert answer[:2] == bytes([self.sequence, operation | 0x80])
        return answer[2], answer[3:]

    async def read(self, space, address, count, size, stride=1):
        status, data = await self.ask(Operation.READ, space, address, count,
                                      stride.to_bytes(2, "little"))
        assert status == Status.OK
        return [int.from_bytes(data[i:i + size], "little") for i in range(0, len(data), size)]

    async def write(self, space, address, words, size):
        data = b"".join((int(w) & (1 << 8 * size) - 1).to_bytes(size, "little") for w in words)
        status, _ = await self.ask(Operation.WRITE, space, address, len(words), data)
        assert status == Status.OK

    async def registers(self):
        return await self.read(Space.REGISTERS, 0, len(Register), 4)

    async def run(self, bits, **settings):
        """A whole run; returns the registers after it."""
        for name, value in settings.items():
            await self.write(Space.REGISTERS, Register[name.upper()], [value], 4)
        await self.write(Space.REGISTERS, Register.CONTROL, [bits | Control.START], 4)
        while self.ctx.get(self.dut.busy):
            await self.ctx.tick()
        return await self.registers()


def simulate(design, bench):
    """Run `bench(ctx, dut, host)` on a board of a design."""
    dut = Top(design, CLOCK, BAUD)

    async def testbench(ctx):
        await ctx.tick().repeat(20)
        await bench(ctx, dut, Host(ctx, dut))

    sim = Simulator(dut)
    sim.add_clock(1 / CLOCK)
    sim.add_testbench(testbench)
    sim.run()
