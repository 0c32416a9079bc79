"""How weights and samples lie in the board's memories, as bytes of the link's words."""

import hashlib

import numpy as np

from ...golden.spec import Design, MemoryMap
from ...golden.spec.contents import check_places, raw_weights
from ...golden.spec.link import (
    NO_TARGET,
    SPARSE_LITERALS,
    SPARSE_ZEROS,
    WRITE_BYTES,
    Operation,
    Space,
    sparse_samples,
    word_bytes,
)

__all__ = ["check_inputs", "check_labels", "check_samples", "check_targets", "raw_weights",
           "sample_frames", "sample_image", "samples_digest", "weight_image", "weights_digest",
           "weights_from_image"]


def weight_image(design: Design, raw):
    """The whole weight memory as the link sees it; unused lanes and rows are 0.

    Parameters
    ----------
    raw : dict of str to int64 array
        As `raw_weights` returns them.

    Returns
    -------
    int64 array (weight_depth << lane_address_bits,)
    """
    maps, lanes = MemoryMap(design), design.lanes
    image = np.zeros((maps.weight_depth, 1 << maps.lane_address_bits), np.int64)
    for m in maps.matrices:
        rows = np.zeros((m.blocks * lanes, m.columns), np.int64)
        rows[:m.rows] = raw[m.name].T if m.transposed else raw[m.name]
        words = rows.reshape(m.blocks, lanes, m.columns).transpose(0, 2, 1)
        image[m.base:m.base + m.words, :lanes] = words.reshape(m.words, lanes)
    return image.ravel()


def weights_from_image(design: Design, image):
    """Inverse of `weight_image`."""
    maps, lanes = MemoryMap(design), design.lanes
    image = np.asarray(image).reshape(maps.weight_depth, -1)
    weights = {}
    for m in maps.matrices:
        words = image[m.base:m.base + m.words, :lanes].reshape(m.blocks, m.columns, lanes)
        stored = words.transpose(0, 2, 1).reshape(-1, m.columns)[:m.rows]
        weights[m.name] = (stored.T if m.transposed else stored).copy()
    return weights


def check_inputs(design: Design, inputs):
    """Inputs (n, n_0), raw in design.sample, as a uint8 array; ValueError if they are not that."""
    inputs, n_inputs = np.asarray(inputs), design.network.sizes[0]
    if inputs.ndim != 2 or inputs.shape[1] != n_inputs or inputs.dtype.kind not in "iu":
        raise ValueError(f"inputs must be integers of shape (n, {n_inputs}), "
                         f"not {inputs.dtype} of shape {inputs.shape}")
    if not design.sample.contains(inputs):
        raise ValueError(f"inputs must lie in {design.sample.minimum} .. {design.sample.maximum} "
                         f"(raw {design.sample})")
    return inputs.astype(np.uint8)


def check_labels(design: Design, labels, count):
    """Classes (count,) as a uint8 array; ValueError if they are not 0 .. n_L - 1."""
    labels, classes = np.asarray(labels), design.network.sizes[-1]
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise ValueError(f"labels must be integers of shape ({count},), "
                         f"not {labels.dtype} of shape {labels.shape}")
    if ((labels < 0) | (labels >= classes)).any():
        raise ValueError(f"labels must lie in 0 .. {classes - 1}")
    return labels.astype(np.uint8)


def check_samples(design: Design, inputs, labels, first=0):
    """(inputs, labels, first) if they fit the sample memory: uint8 arrays, and a plain int.

    Parameters
    ----------
    inputs : int array (n, n_0)
        Raw in design.sample.
    labels : int array (n,)
        Classes 0 .. n_L - 1.
    first : int
        Place of the first one.

    Raises
    ------
    ValueError, TypeError
        A shape, kind or range is wrong, or there are too many.
    """
    inputs = check_inputs(design, inputs)
    labels = check_labels(design, labels, len(inputs))
    return inputs, labels, check_places(design, first, len(inputs), least=0)[0]


def check_targets(design: Design, labels, count):
    """Labels of streamed samples as the board takes them, uint8 array (count,).

    Parameters
    ----------
    labels : None, or sequence of int or None (count,)
        Classes 0 .. n_L - 1; None or -1 is a sample without a target, None alone so many of them.
    count : int

    Raises
    ------
    ValueError
        A shape, kind or range is wrong.
    """
    if labels is None:
        return np.full(count, NO_TARGET, np.uint8)
    if not isinstance(labels, np.ndarray) or labels.dtype.kind == "O":
        labels = np.array([-1 if label is None else label for label in labels])
    classes = design.network.sizes[-1]
    if labels.shape != (count,) or (count and labels.dtype.kind not in "iu"):
        raise ValueError(f"labels must be {count} integers, or None where there is no target, "
                         f"not {labels.dtype} of shape {labels.shape}")
    if ((labels < -1) | (labels >= classes)).any():
        raise ValueError(f"labels must lie in 0 .. {classes - 1}, or be -1 or None for no target")
    return np.where(labels < 0, NO_TARGET, labels).astype(np.uint8)


def sample_image(design: Design, inputs, labels):
    """Samples as 16-bit words of sample memory: bytes, two inputs a word, then the label word."""
    size = word_bytes(design, Space.SAMPLES) * MemoryMap(design).sample_words
    rows = np.zeros((len(inputs), size), np.uint8)
    rows[:, :inputs.shape[1]] = inputs
    rows[:, -2] = labels
    return rows.tobytes()


def sample_frames(design: Design, address, words):
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


def sparse_elements(words, zero, start):
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


def length(ends):
    """How many are False before the first that is True."""
    return int(ends.argmax()) if ends.any() else len(ends)


def samples_digest(inputs, labels):
    """SHA-256 in hexadecimal digits of samples, raw inputs (n, n_0) and classes (n,), in order."""
    digest = hashlib.sha256(str(np.shape(inputs)).encode())
    for values in (inputs, labels):
        digest.update(np.ascontiguousarray(values, "<i8").tobytes())
    return digest.hexdigest()


def weights_digest(weights):
    """First 16 hexadecimal digits of the SHA-256 over every raw weight: equal only if all are."""
    digest = hashlib.sha256()
    for name, values in sorted(weights.items()):
        digest.update(f"{name}{values.shape}".encode() + values.astype("<i8").tobytes())
    return digest.hexdigest()[:16]
