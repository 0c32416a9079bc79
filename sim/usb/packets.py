"""Packets of USB 2.0, chapter 8, as bytes from the PID on."""

from enum import IntEnum

__all__ = ["BrokenPacket", "Pid", "crc5", "crc16", "data_of", "data_packet", "handshake", "token"]


class BrokenPacket(ValueError):
    """A packet that no host takes; the message says what is wrong with it."""


class Pid(IntEnum):
    """The four bits that say what a packet is (table 8-1)."""

    OUT, IN, SOF, SETUP = 0b0001, 0b1001, 0b0101, 0b1101
    DATA0, DATA1 = 0b0011, 0b1011
    ACK, NAK, STALL = 0b0010, 0b1010, 0b1110

    @property
    def byte(self):
        """The four bits, and above them their opposites."""
        return self | (~self & 15) << 4


def _remainder(bits, width, polynomial):
    """Rest of bits, in the order in which they are sent, after the division."""
    mask = (1 << width) - 1
    left = mask
    for bit in bits:
        top = left >> (width - 1) & 1
        left = left << 1 & mask
        if top != bit:
            left ^= polynomial
    return ~left & mask


def _mirrored(value, width):
    return int(f"{value:0{width}b}"[::-1], 2)


def crc5(value):
    """CRC of the 11 bits of a token, as it stands above them (x^5 + x^2 + 1)."""
    bits = [value >> place & 1 for place in range(11)]
    return _mirrored(_remainder(bits, 5, 0b00101), 5)


def crc16(payload):
    """CRC of the bytes of a data packet, which follows low byte first (x^16 + x^15 + x^2 + 1)."""
    bits = [byte >> place & 1 for byte in payload for place in range(8)]
    return _mirrored(_remainder(bits, 16, 0x8005), 16)


def token(pid, address, endpoint):
    """OUT, IN or SETUP; of SOF `address` is the number of the frame, `endpoint` 0."""
    value = address if pid is Pid.SOF else address | endpoint << 7
    return bytes([pid.byte]) + (value | crc5(value) << 11).to_bytes(2, "little")


def data_packet(toggle, payload, *, error=0):
    """DATA0 or DATA1 with bytes; `error` is exclusive-ored to its CRC."""
    pid = Pid.DATA1 if toggle else Pid.DATA0
    return bytes([pid.byte]) + bytes(payload) + (crc16(payload) ^ error).to_bytes(2, "little")


def handshake(pid):
    """ACK, NAK or STALL."""
    return bytes([pid.byte])


def pid_of(packet):
    """`Pid` of a packet; BrokenPacket if it has none."""
    if not packet or packet[0] >> 4 != ~packet[0] & 15 or packet[0] & 15 not in set(Pid):
        raise BrokenPacket(f"{packet[:1].hex()} is no packet identifier")
    return Pid(packet[0] & 15)


def data_of(packet):
    """(Toggle, bytes) of a data packet; BrokenPacket if its CRC is wrong."""
    payload, crc = packet[1:-2], int.from_bytes(packet[-2:], "little")
    if len(packet) < 3 or crc16(payload) != crc:
        raise BrokenPacket(f"the CRC of {packet.hex()} is wrong")
    return pid_of(packet) is Pid.DATA1, payload
