"""Words of a board's memories, in as many requests as it takes."""

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from ...golden.spec import Design
from ...golden.spec.link import READ_BYTES, WRITE_BYTES, Operation, Space, word_bytes
from .link import Link, WrongAnswer
from .packing import sample_frames

__all__ = ["Reader", "classes_of", "read_words", "write_words"]


class Reader(Protocol):
    """A board whose words can be read."""

    design: Design

    def read_words(self, space: Space, address: int, count: int, stride: int = 1) -> np.ndarray:
        """int64 array (count,) of unsigned words address, address + stride, …"""
        ...


def write_words(link: Link, design: Design, space: Space, address: int, words: ArrayLike) -> None:
    """Write words (integers, as two's complement) from `address` on, in as many frames.

    Runs of zeros in samples are left out where the board knows WRITE_SPARSE.

    Raises
    ------
    TypeError, ValueError
        A word is no integer, or has more bits than a word of this space; nothing is written then.
    """
    words, bits = np.asarray(words), 8 * word_bytes(design, space)
    if words.size and words.dtype.kind not in "iu":
        raise TypeError(f"words must be integers, not {words.dtype}")
    if words.size and not -(1 << (bits - 1)) <= int(words.min()) <= int(words.max()) < 1 << bits:
        raise ValueError(f"words must fit into {bits} bits, not lie in {words.min()} .. "
                         f"{words.max()}")
    if space == Space.SAMPLES:
        for operation, place, count, payload in sample_frames(design, address, words):
            send = link.write_sparse if operation is Operation.WRITE_SPARSE else link.write
            send(space, place, count, payload)
        return
    size = word_bytes(design, space)
    data = words.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :size].tobytes()
    step = WRITE_BYTES // size * size
    for start in range(0, len(data), step):
        part = data[start:start + step]
        link.write(space, address + start // size, len(part) // size, part)


def read_words(link: Link, design: Design, space: Space, address: int, count: int,
               stride: int = 1) -> np.ndarray:
    """int64 array (count,) of unsigned words address, address + stride, …"""
    size = word_bytes(design, space)
    step = READ_BYTES // size
    data = b"".join(
        link.read(space, address + start * stride, min(step, count - start), stride, size=size)
        for start in range(0, count, step))
    padded = np.zeros((count, 8), np.uint8)
    padded[:, :size] = np.frombuffer(data, np.uint8).reshape(count, size)
    return padded.view("<i8").ravel()


def classes_of(link: Link, design: Design, words: np.ndarray) -> np.ndarray:
    """Predictions, int64 array, in the labels' words of samples that were run.

    Raises
    ------
    WrongAnswer
        One is no class of the design.
    """
    found, classes = words >> 8, design.network.sizes[-1]
    if (found >= classes).any():
        raise WrongAnswer(f"{link.port} predicts class {found.max()}, but its design has the "
                          f"classes 0 .. {classes - 1}: something else has written its samples; "
                          "write them again")
    return found
