"""Waveforms that show learning: one sample, in the words and numbers of its rule."""

from .observed import Observed, observe
from .picture import write_wave

__all__ = ["Observed", "observe", "write_wave"]
