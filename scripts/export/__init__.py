"""The core in one's own chip: a folder with Verilog, what goes with it, and a trial of it."""

from .folder import export

__all__ = ["export"]
