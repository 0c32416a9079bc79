"""The CDC-ACM device: LUNA's, with the requests that some hosts insist on, and a clean new start.

Importing this imports LUNA, which is the extra `usb`. LUNA still uses what Amaranth 0.5 deprecates:
`quiet` keeps these warnings away, of its modules alone, while they are imported and elaborated.
"""

import warnings
from contextlib import contextmanager
from types import SimpleNamespace

from amaranth.hdl import Cat, Fragment, Module, ResetInserter, Signal

__all__ = ["SerialDevice", "fragment_of", "pins", "quiet"]

CLASS = 1  # type of request
COMPOSITE = 0xEF, 0x02, 0x01  # class of a device with an interface association descriptor
SET_LINE_CODING, GET_LINE_CODING, SET_CONTROL_LINE_STATE = 0x20, 0x21, 0x22
LINE_CODING_BYTES = 7
DEVICE = 1  # type of descriptor
STATUS, DATA = 3, 4  # endpoints, as LUNA's descriptors name them
PACKET_BYTES = 64


@contextmanager
def quiet():
    """Deprecation warnings that are due to LUNA's modules are not shown in here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"luna\.")
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"usb_protocol\.")
        yield


with quiet():
    from luna.gateware.stream.generator import StreamSerializer
    from luna.gateware.usb.devices.acm import USBSerialDevice
    from luna.gateware.usb.request.control import ControlRequestHandler
    from luna.gateware.usb.stream import USBInStreamInterface
    from luna.gateware.usb.usb2.device import USBDevice
    from luna.gateware.usb.usb2.endpoints.stream import USBStreamInEndpoint, USBStreamOutEndpoint


class LineRequests(ControlRequestHandler):
    """The class requests of a serial port: all are taken, none has an effect but to be remembered.

    There is no line behind this port, so its rate and its control signals mean nothing. LUNA's own
    handler refuses what Linux and Windows ask for when a port is opened.
    """

    def elaborate(self, platform):
        m = Module()
        interface, setup = self.interface, self.interface.setup
        m.submodules.sender = sender = StreamSerializer(
            LINE_CODING_BYTES, domain="usb", stream_type=USBInStreamInterface,
            max_length_width=LINE_CODING_BYTES.bit_length())
        coding = Signal(8 * LINE_CODING_BYTES)
        m.d.comb += [Cat(*sender.data).eq(coding), sender.max_length.eq(
            _smaller(m, setup.length, LINE_CODING_BYTES))]
        with m.If(setup.type == CLASS):
            with m.Switch(setup.request):
                with m.Case(SET_LINE_CODING, SET_CONTROL_LINE_STATE):
                    m.d.comb += [interface.claim.eq(1),
                                 interface.handshakes_out.ack.eq(interface.rx_ready_for_response)]
                    # A packet that comes twice is shifted in twice, the last one stays.
                    with m.If(interface.rx.valid & interface.rx.next & (
                            setup.request == SET_LINE_CODING)):
                        m.d.usb += coding.eq(Cat(coding[8:], interface.rx.payload))
                    with m.If(interface.status_requested):
                        m.d.comb += self.send_zlp()
                with m.Case(GET_LINE_CODING):
                    m.d.comb += [interface.claim.eq(1), sender.stream.attach(interface.tx),
                                 sender.start.eq(interface.data_requested),
                                 interface.handshakes_out.ack.eq(interface.status_requested)]
        return m


def _smaller(m, length, most):
    """The smaller of a request's length and a constant, a signal."""
    found = Signal(range(most + 1), init=most)
    m.d.comb += found.eq(most)
    with m.If(length < most):
        m.d.comb += found.eq(length)
    return found


class SerialDevice(USBSerialDevice):
    """LUNA's `USBSerialDevice` with `LineRequests`, whose data endpoints begin anew with the bus.

    LUNA's data toggles outlive a reset of the bus: where the board kept its power, the first packet
    of the next host was taken for a repetition and lost. Here the endpoints are in reset until the
    host has chosen the configuration; what was left in them is gone then.
    """

    def create_descriptors(self):
        """LUNA's, for a device whose class says that it has several functions, as it must."""
        found = super().create_descriptors()
        device = bytearray(found.get_descriptor_bytes(DEVICE))
        device[4:7] = COMPOSITE
        found.add_descriptor(bytes(device))
        return found

    def elaborate(self, platform):
        m = Module()
        m.submodules.usb = usb = USBDevice(bus=self._bus)
        usb.add_standard_control_endpoint(self.create_descriptors()).add_request_handler(
            LineRequests())
        unused = USBStreamInEndpoint(endpoint_number=STATUS, max_packet_size=PACKET_BYTES)
        taken = USBStreamOutEndpoint(endpoint_number=DATA, max_packet_size=PACKET_BYTES)
        given = USBStreamInEndpoint(endpoint_number=DATA, max_packet_size=PACKET_BYTES)
        unconfigured = Signal(init=1)
        m.d.comb += unconfigured.eq(taken.interface.active_config == 0)
        for endpoint in (unused, taken, given):
            usb.add_endpoint(ResetInserter({"usb": unconfigured})(endpoint))
        m.d.comb += [given.stream.stream_eq(self.tx), self.rx.stream_eq(taken.stream),
                     usb.connect.eq(self.connect)]
        return m


def pins():
    """Signals as LUNA's `GatewarePHY` wants a bus: `d_p`, `d_n` and `pullup`."""
    return SimpleNamespace(
        d_p=SimpleNamespace(i=Signal(name="d_p_i"), o=Signal(name="d_p_o"), oe=Signal()),
        d_n=SimpleNamespace(i=Signal(name="d_n_i"), o=Signal(name="d_n_o"), oe=Signal()),
        pullup=SimpleNamespace(o=Signal(name="pullup_o")))


def fragment_of(device, platform):
    """The elaborated device, a submodule for others."""
    with quiet():
        return Fragment.get(device, platform)
