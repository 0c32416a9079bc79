"""Layers of a float model."""

from ..spec.plain import shown
from ..spec.qformat import check_integer

__all__ = ["check_sizes", "layer_of"]


def check_sizes(sizes, least=3):
    """Raise ValueError unless `sizes` are those of a network of `least` layers or more."""
    if len(sizes) < least or any(n < 1 for n in sizes):
        raise ValueError(f"sizes must name {least} or more layers of 1 or more, "
                         f"not {shown(sizes)}")


def layer_of(layer, depth):
    """Number of a layer 1 .. `depth`; None is the last one."""
    return depth if layer is None else check_integer("layer", layer, 1, depth)
