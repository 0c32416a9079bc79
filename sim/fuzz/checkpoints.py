"""Damaged checkpoint files, many: each is one ValueError that names the file, or what was saved."""

import copy
import hashlib
import json
import random
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from ...boards.learn.checkpoint import Checkpoint
from ...boards.learn.models import IntegerDevice, ReferenceDevice
from ...boards.learn.sealed import texts_of
from ...golden.initial import initial_weights
from ...golden.spec import RULES, QFormat, Rounding, preset, tiny_preset
from .line import LineFault

__all__ = ["DAMAGES", "LineFault", "damage_checkpoints", "resealed", "samples"]

STRANGE = (None, True, -1, 0, 1, 2**31, 2**64, 10**400, 0.5, 1e308, "", "W1", "NaN", "I64", "F64",
           "BF16", [], [[]], {}, [3, -1], {"name": "rule"}, "\0", "é" * 300)
STRANGE_TEXTS = ("NaN", "-Infinity", '{"a":1,"a":2}', "[" * 5000, '{"a":' * 5000, "0" * 5000, "{",
                 "\ufeff{}", "'", "{}")


def samples():
    """Checkpoints of all rules, of models in integers and in real numbers."""
    found = []
    for place, rule in enumerate(RULES):
        for kind in (IntegerDevice, ReferenceDevice):
            design = preset(tiny_preset(rule))
            design = design.replace(weight=QFormat(
                design.weight.integer, design.weight.fraction, rounding=Rounding.STOCHASTIC))
            device = kind(design)
            device.write_weights(initial_weights(design, place))
            found.append(Checkpoint.of(device, {"past": np.arange(5)}, seed=place, epoch=2,
                                       accuracy=[0.5, 0.75], command="demo"))
    return found


# ---- damage that the checksum has to show -----------------------------------------------------

def bit(data, other, rng):
    """One bit is another one."""
    place = rng.randrange(8 * len(data))
    data[place // 8] ^= 1 << place % 8


def byte(data, other, rng):
    """One byte is another one."""
    data[rng.randrange(len(data))] = rng.randrange(256)


def burst(data, other, rng):
    """A few bytes in a row are random ones."""
    place = rng.randrange(len(data))
    count = min(rng.randint(1, 64), len(data) - place)
    data[place:place + count] = rng.randbytes(count)


def sector(data, other, rng):
    """A block was never written: zeros."""
    size = rng.choice((16, 64, 512))
    place = rng.randrange(len(data)) // size * size
    data[place:place + size] = bytes(len(data[place:place + size]))


def cut(data, other, rng):
    """The file ends early."""
    del data[rng.randrange(len(data)):]


def longer(data, other, rng):
    """Something follows."""
    data += rng.randbytes(rng.randint(1, 100))


def lost(data, other, rng):
    """A piece is missing."""
    place = rng.randrange(len(data))
    del data[place:place + rng.randint(1, 100)]


def twice(data, other, rng):
    """A piece stands there twice."""
    place = rng.randrange(len(data))
    data[place:place] = data[place:place + rng.randint(1, 100)]


def spliced(data, other, rng):
    """Written over another checkpoint, and only half."""
    place = rng.randrange(len(data))
    data[place:] = other[place:]


def length(data, other, rng):
    """The header is said to have another length."""
    data[:8] = rng.choice((rng.randrange(len(data)), rng.getrandbits(64), 2**63 - 1, 0)
                          ).to_bytes(8, "little")


def foreign(data, other, rng):
    """Another file."""
    data[:] = rng.choice((b"", b"\x80\x04N.", b"PK\x03\x04", b"{}", b"\x93NUMPY\x01\0", bytes(9),
                          (2).to_bytes(8, "little") + b"{}", bytes(rng.randbytes(200))))


DAMAGES = (bit, bit, bit, byte, burst, sector, cut, longer, lost, twice, spliced, length, foreign)


# ---- damage under a right checksum --------------------------------------------------------------

def resealed(data, change):
    """Bytes of a file whose header, a dict, and body, a bytearray, were changed, sealed again."""
    end = 8 + int.from_bytes(data[:8], "little")
    head, body = json.loads(data[8:end]), bytearray(data[end:])
    change(head, body)
    texts = head.get("__metadata__")
    if isinstance(texts, dict):
        texts["sha256"] = "0" * 64
    text = json.dumps(head, separators=(",", ":")).encode()
    whole = len(text).to_bytes(8, "little") + text + body
    return whole.replace(b"0" * 64, hashlib.sha256(whole).hexdigest().encode(), 1)


def edited(rng):
    """A change, for `resealed`, of one value somewhere in the header or in its texts."""
    def change(head, body):
        texts = head["__metadata__"]
        target = rng.choice((head, texts, "design", "position"))
        if isinstance(target, str):
            if rng.random() < 0.2:
                texts[target] = rng.choice(STRANGE_TEXTS)
                return
            inner = json.loads(texts[target])
            mutate(inner, rng)
            texts[target] = json.dumps(inner)
            return
        mutate(target, rng)
    return change


def mutate(value, rng):
    """Replace, remove, or add one entry of nested dicts and lists, in place."""
    places = list(spots(value))
    holder, key = rng.choice(places)
    how = rng.randrange(4)
    if how == 0:
        del holder[key]
    elif how == 1 and isinstance(holder, dict):
        holder[rng.choice(("future", "W1", "B9", "generators", "__metadata__"))] = (
            copy.deepcopy(holder[key]))
    elif how == 2 and isinstance(holder[key], int) and not isinstance(holder[key], bool):
        holder[key] += rng.choice((-1, 1, 8, -8, 2**16))
    else:
        holder[key] = copy.deepcopy(rng.choice(STRANGE))


def spots(value):
    """(holder, key) of every entry of nested dicts and lists."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(items):
        yield value, key
        if isinstance(inner, dict | list):
            yield from spots(inner)


def numbers(rng):
    """A change, for `resealed`, of one number of the arrays."""
    def change(head, body):
        place = rng.randrange(len(body) // 8) * 8
        value = rng.choice((0, -1, 1 << 31, 1 << 40, 1 << 15, 2**63 - 1))
        if rng.random() < 0.4:
            body[place:place + 8] = np.float64(rng.choice(
                (np.nan, np.inf, -np.inf, 1e300, 5e-324))).tobytes()
        else:
            body[place:place + 8] = value.to_bytes(8, "little", signed=True)
    return change


# ---- the campaign -------------------------------------------------------------------------------

def damage_checkpoints(count, seed=0, progress=None):
    """Damage checkpoint files in many ways and load each.

    Parameters
    ----------
    count, seed : int
    progress : callable or None
        Gets the number of files done.

    Returns
    -------
    Counter of str
        How often each kind of damage was refused, or, of one under a right checksum, "taken".

    Raises
    ------
    LineFault
        Another error than a ValueError that names the file, or another content and no error.
    """
    rng, seen = random.Random(seed), Counter()
    whole = [one.to_bytes() for one in samples()]
    with tempfile.TemporaryDirectory(prefix="cortigate-") as folder:
        path = Path(folder, "damaged")
        while seen.total() < count:
            original, other = rng.choice(whole), rng.choice(whole)
            kind, data = damaged(original, other, rng)
            if data in (original, other):  # nothing was damaged
                continue
            path.write_bytes(data)
            where = f"{kind}, number {seen.total()} of seed {seed}"
            outcome = loaded(path, data, where)
            if outcome == "taken" and kind not in ("edited", "numbers"):
                raise LineFault(f"{where}: the file was loaded in spite of its damage")
            seen[f"{kind}: {outcome}"] += 1
            if progress is not None:
                progress(seen.total())
    return seen


def damaged(original, other, rng):
    """(name of the damage, bytes)."""
    chosen = rng.randrange(len(DAMAGES) + 6)
    if chosen >= len(DAMAGES):
        change = edited if chosen % 3 else numbers
        return change.__name__, resealed(original, change(rng))
    data = bytearray(original)
    DAMAGES[chosen](data, other, rng)
    return DAMAGES[chosen].__name__, bytes(data)


def loaded(path, data, where):
    """The fate of a file: "refused" or "taken"; LineFault if it is neither."""
    try:
        found = Checkpoint.load(path)
    except ValueError as error:
        if str(path) not in str(error) or "\n" in str(error) or len(str(error)) > 2000:
            raise LineFault(f"{where}: the error is not one line that names the file: {error}"
                          ) from error
        return "refused"
    except Exception as error:
        raise LineFault(f"{where}: {type(error).__name__}: {error}") from error
    check_taken(found, data, where)
    return "taken"


def check_taken(found, data, where):
    """LineFault unless a checkpoint under a right checksum is what the file says, and usable."""
    texts = texts_of(data)
    device = (ReferenceDevice if found.real else IntegerDevice)(found.design)
    found.restore(device)
    again = Checkpoint.from_bytes(found.to_bytes(), "again")
    same = [json.loads(texts["position"]) == found.position == again.position,
            json.loads(texts["design"]) == found.design.to_dict(),
            device.read_generators().size in (0, found.generators.size)]
    for other in (again.weights, device.read_weights()):
        same += [np.array_equal(values, other[name]) for name, values in found.weights.items()]
    if not all(same):
        raise LineFault(f"{where}: the file says something other than what was loaded")
