"""Hold the noise of phaseless alignment learning to NumPy's: measures, angles, a picture."""

from .command import noise

__all__ = ["noise"]
