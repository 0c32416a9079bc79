"""Packets of USB, by the examples that the world agrees on."""

import pytest

from cortigate.sim.usb.packets import (
    BrokenPacket,
    Pid,
    crc5,
    crc16,
    data_of,
    data_packet,
    handshake,
    pid_of,
    token,
)


@pytest.mark.parametrize("packet, seen", [
    (token(Pid.SETUP, 0, 0), "2d0010"), (token(Pid.SETUP, 0x15, 0xE), "2d15ef"),
    (token(Pid.OUT, 0x3A, 0xA), "e13a3d"), (token(Pid.IN, 0x70, 4), "697072"),
    (token(Pid.SOF, 0x001, 0), "a501e8"), (handshake(Pid.ACK), "d2"), (handshake(Pid.NAK), "5a"),
    (handshake(Pid.STALL), "1e"), (data_packet(1, b""), "4b0000"),
    # The reference: GET_DESCRIPTOR of a device as every host begins with.
    (data_packet(0, bytes.fromhex("8006000100004000")), "c38006000100004000dd94"),
    (data_packet(0, bytes(range(4))), "c300010203ef7a")])
def test_known_packets(packet, seen):
    assert packet.hex() == seen


def test_a_broken_packet_is_none():
    packet = bytearray(data_packet(1, b"abc"))
    assert data_of(packet) == (True, b"abc")
    packet[2] ^= 4
    with pytest.raises(BrokenPacket, match="the CRC of .* is wrong"):
        data_of(packet)
    with pytest.raises(BrokenPacket, match="d3 is no packet identifier"):
        pid_of(b"\xd3")
    with pytest.raises(BrokenPacket, match="is no packet identifier"):
        pid_of(b"")


def test_each_bit_matters_to_a_crc():
    assert len({crc5(1 << bit) for bit in range(11)}) == 11
    assert len({crc16((1 << bit).to_bytes(4, "big")) for bit in range(32)}) == 32
