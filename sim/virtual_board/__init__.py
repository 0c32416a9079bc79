"""The virtual board: the very top level of the FPGA as a process behind a pseudo-terminal."""

from .board import BAUD, CLOCK_HZ, FLASH, SETTLE, VirtualBoard, open_device
from .bridge import Bridge
from .process import BoardProcess, terms

__all__ = ["BAUD", "CLOCK_HZ", "FLASH", "SETTLE", "BoardProcess", "Bridge", "VirtualBoard",
           "open_device", "terms"]
