"""How samples lie in the board's memory, as bytes of the link's words, and in a core's stream."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from ...golden.spec import Design, MemoryMap
from ...golden.spec.link import (
    SPARSE_LITERALS,
    SPARSE_ZEROS,
    WRITE_BYTES,
    Operation,
    sparse_samples,
)
from ..device.samples import Targets

__all__ = ["sample_frames", "sample_image", "stream_words"]


def sample_image(design: Design, inputs: np.ndarray, targets: Targets) -> bytes:
    """Samples as 16-bit words of sample memory (`golden.spec.MemoryMap`), as bytes.

    Parameters
    ----------
    design : Design
    inputs : int array (n, n_0)
        Checked, raw in design.sample.
    targets : Targets
    """
    maps, count = MemoryMap(design), len(inputs)
    rows = np.zeros((count, maps.sample_words), "<u2")
    if design.sample.width > 8:
        rows[:, :maps.input_words] = inputs.astype(np.int64) & 0xFFFF
    else:
        rows.view(np.uint8)[:, :inputs.shape[1]] = inputs.astype(np.int64) & 0xFF
    if maps.target_words and targets.values is not None:
        rows[:, maps.input_words:maps.label_word] = targets.values & 0xFFFF
    rows[:, maps.label_word] = targets.labels
    return rows.tobytes()


def stream_words(design: Design, inputs: np.ndarray, targets: Targets) -> np.ndarray:
    """Samples as words of a core's stream, in the order of its transfers.

    Parameters
    ----------
    inputs, targets
        As for `sample_image`.

    Returns
    -------
    uint16 array (n, transfers of a sample), uint32 where a transfer has four inputs
    """
    maps = MemoryMap(design)
    image = np.frombuffer(sample_image(design, inputs, targets), "<u2")
    words = image.reshape(len(inputs), maps.sample_words)[:, :maps.label_word + 1]
    if design.sample.width > 8 or design.feed_width == 2:
        return words
    if design.feed_width == 4:
        inputs_only = words[:, :maps.input_words]
        pairs = np.pad(inputs_only, ((0, 0), (0, maps.input_words % 2))).copy().view("<u4")
        return np.concatenate([pairs, words[:, maps.label_word:]], axis=1)
    singles = np.ascontiguousarray(words[:, :maps.input_words]).view(np.uint8)
    return np.concatenate([singles[:, :inputs.shape[1]], words[:, maps.input_words:]], axis=1)


def sample_frames(design: Design, address: int, words: ArrayLike,
                  ) -> Iterator[tuple[Operation, int, int, bytes]]:
    """Requests that write words of sample memory, in as few bytes as the design's board allows.

    Parameters
    ----------
    address : int
        Of the first word.
    words : uint16 array (n,)

    Yields
    ------
    (Operation, int, int, bytes)
        Operation, first address, count and what follows it. Each is the one, a WRITE or a
        WRITE_SPARSE, that brings more words, or takes fewer bytes for as many.
    """
    words, start = np.asarray(words, "<u2"), 0
    zero = words == 0
    while start < len(words):
        stop = min(len(words), start + WRITE_BYTES // 2)
        frame = Operation.WRITE, stop - start, words[start:stop].tobytes()
        if sparse_samples(design):
            elements, count, beyond = sparse_elements(words, zero, start)
            if (beyond, -len(elements)) > (stop, -len(frame[2])):
                frame, stop = (Operation.WRITE_SPARSE, count, elements), beyond
        operation, count, payload = frame
        yield operation, address + start, count, payload
        start = stop


def sparse_elements(words: np.ndarray, zero: np.ndarray, start: int) -> tuple[bytes, int, int]:
    """Elements of one WRITE_SPARSE for words from `start` on: (bytes, their number, next word).

    A single zero costs a byte as the beginning of an element and two as a literal, so that there
    never is a literal of zero.
    """
    data, count, place, end = b"", 0, start, len(words)
    while place < end:
        stop = min(end, place + SPARSE_ZEROS)
        zeros = length(~zero[place:stop])
        first = place + zeros
        room = min(SPARSE_LITERALS, (WRITE_BYTES - len(data) - 1) // 2)
        if room < 0:
            break
        literals = length(zero[first:first + room])
        if not zeros + literals:
            break
        data += bytes([zeros | literals << 5]) + words[first:first + literals].tobytes()
        count, place = count + 1, first + literals
    return data, count, place


def length(ends: np.ndarray) -> int:
    """How many are False before the first that is True."""
    return int(ends.argmax()) if ends.any() else len(ends)
