"""The virtual board: the very top level of the FPGA as a process behind a pseudo-terminal."""

from .board import BAUD, CLOCK_HZ, VirtualBoard, open_device

__all__ = ["BAUD", "CLOCK_HZ", "VirtualBoard", "open_device"]
