"""Gowin GW1NR-9C and GW2A(R)-18C: nextpnr's placements and .fs files as circuits."""

from .carry import mend

__all__ = ["mend"]
