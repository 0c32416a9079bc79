"""Sealed safetensors: named arrays and texts as bytes, with a checksum over every one of them.

The file is one that any reader of safetensors reads. Its texts include "sha256": the SHA-256 of the
whole file, in which 64 zeros stand in the place of these digits.
"""

import hashlib
import re
from collections.abc import Mapping

import numpy as np
from safetensors import SafetensorError, deserialize
from safetensors.numpy import save

from ..storage.strict_json import parse

__all__ = ["texts_of", "seal", "unseal"]

SEAL = "sha256"
BLANK = "0" * 64
KINDS = {"I64": np.dtype("<i8"), "F64": np.dtype("<f8")}
MOST_HEADER = 1 << 24  # bytes


def seal(tensors: Mapping[str, np.ndarray], texts: dict[str, str]) -> bytes:
    """Bytes of a sealed file.

    Parameters
    ----------
    tensors : dict of str to int64 or float64 array
        In any order of memory.
    texts : dict of str to str

    Raises
    ------
    ValueError
        The header would be larger than `unseal` takes.
    """
    # safetensors writes the memory as it lies, not the array.
    data = save({name: np.asarray(values, order="C") for name, values in tensors.items()},
                texts | {SEAL: BLANK})
    length = int.from_bytes(data[:8], "little")
    if length > MOST_HEADER:
        raise ValueError(f"its header would have {length} bytes, but at most {MOST_HEADER} are "
                         "allowed")
    return data.replace(_mark(BLANK), _mark(hashlib.sha256(data).hexdigest()), 1)


def texts_of(data: bytes) -> dict[str, str]:
    """The texts of a file, dict of str to str, whether its checksum is right or not.

    Raises
    ------
    ValueError
        It has no header of safetensors.
    """
    length = int.from_bytes(data[:8], "little")
    if data[8:9] != b"{" or length > MOST_HEADER:
        raise ValueError("it does not begin as a safetensors file does")
    if length > len(data) - 8:
        raise ValueError("it was cut off")
    head = parse(data[8:8 + length].decode())
    texts = head.get("__metadata__") if isinstance(head, dict) else None
    if not isinstance(texts, dict) or not all(isinstance(one, str) for one in texts.values()):
        raise ValueError("its header holds no texts")
    return texts


def unseal(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """(tensors, texts) of `seal`.

    Raises
    ------
    ValueError
        Any byte is another one than was sealed, or an array is of another kind.
    """
    texts = texts_of(data)
    digits = texts.pop(SEAL, "")
    if not re.fullmatch("[0-9a-f]{64}", digits) or data.count(_mark(digits)) != 1:
        raise ValueError("it has no checksum")
    if hashlib.sha256(data.replace(_mark(digits), _mark(BLANK))).hexdigest() != digits:
        raise ValueError("its checksum does not match its content")
    try:
        found = deserialize(data)
    except SafetensorError as error:
        raise ValueError(f"{error}") from error
    tensors = {}
    for name, entry in found:
        if entry["dtype"] not in KINDS:
            raise ValueError(f"{name} must be of the kind {' or '.join(KINDS)}, "
                             f"not {entry['dtype']}")
        values = np.frombuffer(entry["data"], KINDS[entry["dtype"]])
        tensors[name] = values.reshape(entry["shape"]).astype(values.dtype.newbyteorder("="))
    return tensors, texts


def _mark(digits):
    """The checksum as it stands in the header; no text can look like it, since its quotes would
    be escaped."""
    return f'"{SEAL}":"{digits}"'.encode()
