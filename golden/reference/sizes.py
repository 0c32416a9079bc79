"""Layers of a float model."""

from ..spec.plain import shown

__all__ = ["check_sizes"]


def check_sizes(sizes, least=3):
    """Raise ValueError unless `sizes` are those of a network of `least` layers or more."""
    if len(sizes) < least or any(n < 1 for n in sizes):
        raise ValueError(f"sizes must name {least} or more layers of 1 or more, "
                         f"not {shown(sizes)}")
