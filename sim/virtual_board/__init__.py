"""The virtual board: the very top level of the FPGA as a process behind a pseudo-terminal."""

from .board import BAUD, CLOCK_HZ, SETTLE, VirtualBoard, open_device
from .process import BoardProcess, say

__all__ = ["BAUD", "CLOCK_HZ", "SETTLE", "BoardProcess", "VirtualBoard", "open_device", "say"]
