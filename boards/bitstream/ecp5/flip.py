"""Files with bits inverted, as a chip would load them."""

from . import stream

__all__ = ["flipped"]


def flipped(path, bits, output):
    """Write a copy of a .bit file in which bits are inverted; its checksums are right.

    Parameters
    ----------
    path : path
    bits : iterable of tuple
        Keys of `Decoded.uses`: (frame, bit), or ("contents", WID, bit) of a block RAM.
    output : path
    """
    file = stream.read(path)
    for bit in bits:
        if bit[0] == "contents":
            _, number, index = bit
            file.contents[number][index // stream.RAM_BITS] ^= 1 << index % stream.RAM_BITS
        else:
            file.bits[bit] ^= True
    stream.write(file, output)
