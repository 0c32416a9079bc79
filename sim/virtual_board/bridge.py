"""Bad USB bridges, as a virtual board's line plays them."""

from dataclasses import dataclass

from .process import terms

__all__ = ["GOOD", "Bridge"]


@dataclass(frozen=True)
class Bridge:
    """How a bridge between USB and a serial line errs.

    Parameters
    ----------
    factor : float
        It speaks at this many times the speed that it is asked for.
    clean : int or None
        Above this speed, in baud, it damages one byte of 16, in either direction.
    cut : int or None
        It loses every `cut`-th byte, in either direction.
    """

    factor: float = 1.0
    clean: int | None = None
    cut: int | None = None

    def __post_init__(self):
        if not 0 < self.factor < 1000:
            raise ValueError(f"factor must lie between 0 and 1000, not {self.factor!r}")
        for name in ("clean", "cut"):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < 1):
                raise ValueError(f"{name} must be a positive integer or None, not {value!r}")

    def terms(self):
        """Words of the command line of a board."""
        return terms(factor=self.factor, clean=self.clean or 0, cut=self.cut or 0)


GOOD = Bridge()
