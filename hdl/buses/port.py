"""The one port that every bus is turned into: a word of the window at a time."""

from amaranth.lib.wiring import Out, Signature

from ...golden.spec.design import Design
from ...golden.spec.window import WindowMap

__all__ = ["WindowPort"]


class WindowPort(Signature):
    """Access to one word of the window, as seen by the one that asks.

    What is asked stays as it is while `valid` is high, until `ready`, which is high for one cycle;
    with it come `read_data` or, if the access was refused and did nothing, `refused`. `valid` may
    stay high and asks the next thing from the cycle after `ready` on.

    Parameters
    ----------
    design : Design
    """

    def __init__(self, design: Design):
        super().__init__({
            "valid": Out(1), "write": Out(1), "address": Out(WindowMap(design).word_bits),
            "write_data": Out(32), "ready": Out(1).flip(), "read_data": Out(32).flip(),
            "refused": Out(1).flip(),
        })
