"""ECP5: Lattice's .bit files, and the placed netlists of nextpnr-ecp5, as circuits."""

from .clock import clock_hz
from .decode import decode
from .flip import flipped
from .placed import placed

__all__ = ["clock_hz", "decode", "flipped", "placed"]
