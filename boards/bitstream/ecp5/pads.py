"""Settings of input/output cells, whose bits overlap: a drive strength is part of a standard.

A pad is compared by all of its bits, set or not; the settings beside them are for the reader.
"""

from typing import Any

from ..circuit import DecodeError
from .database import tile_type

__all__ = ["pad_bits", "pad_direction", "pad_settings", "set_pads"]

# Settings told one by one, as far as their bits are those of a value.
READABLE = ("PULLMODE", "HYSTERESIS", "SLEWRATE", "DRIVE", "OPENDRAIN", "CLAMP")


def _settings(tiles, name):
    """Setting of a pad -> value -> (ones, zeros): sets of (index of the tile, bit)."""
    found = {}
    for index, tile in enumerate(tiles):
        for setting, values in tile_type(tile.type).settings.items():
            if not setting.startswith(f"{name}."):
                continue
            for value in values:
                ones, zeros = found.setdefault(setting.split(".")[1], {}).setdefault(
                    value.name, (set(), set()))
                ones.update((index, bit) for bit in value.ones)
                zeros.update((index, bit) for bit in value.zeros)
    return found


def pad_bits(tiles, name):
    """All bits of a pad's settings: set of (index of the tile, bit).

    Parameters
    ----------
    tiles : list of Tile
    name : str
        PIOA .. PIOD.
    """
    return frozenset(bit for values in _settings(tiles, name).values()
                     for ones, zeros in values.values() for bit in ones | zeros)


def set_pads(tile, choices):
    """Bits of a tile with pads that ecppack sets.

    Parameters
    ----------
    tile : Tile
    choices : list of (str, str)
        (Setting, value), one after the other; those that the tile does not have are left out.
        ecppack ends with the defaults of all others (libtrellis/src/BitDatabase.cpp,
        config_to_tile_cram).
    """
    kind = tile_type(tile.type)
    chosen = {setting for setting, _ in choices}
    choices = [(setting, value) for setting, value in choices if setting in kind.settings]
    choices += [(setting, value) for setting, value in sorted(kind.defaults.items())
                if setting.startswith("PIO") and setting not in chosen]
    found = set()
    for setting, value in choices:
        bits = {other.name: other for other in kind.settings[setting]}.get(value)
        if bits is None:
            raise DecodeError(f"{tile.name}: {setting} cannot be {value}")
        found = found - bits.zeros | bits.ones
    return found


def pad_direction(tiles, name, ones) -> str | None:
    """OUTPUT if a pad drives its pin (it may also be heard), INPUT if not, None if it is unused.

    An output that is pulled down and a pad of both directions have the same bits.
    """
    known = _settings(tiles, name)
    others = {bit for setting, values in known.items() if setting != "BASE_TYPE"
              for high, low in values.values() for bit in high | low}
    for value, (high, low) in known["BASE_TYPE"].items():
        high, low = high - others, low - others
        if value.startswith(("OUTPUT", "BIDIR")) and high and high <= ones and not low & ones:
            return "OUTPUT"
    for value, (high, low) in known["BASE_TYPE"].items():
        if value.startswith("INPUT") and high and high <= ones and not low & ones:
            return "INPUT"
    return None


def pad_settings(tiles, name, ones) -> dict[str, int | str]:
    """Settings of a pad that is in use, with BITS, the bits that are 1."""
    known = _settings(tiles, name)
    settings: dict[str, Any] = {"DIRECTION": pad_direction(tiles, name, ones)}
    for setting in READABLE:
        found = [value for value, (high, low) in known.get(setting, {}).items()
                 if high <= ones and not low & ones]
        settings[setting] = "|".join(found) or "unknown"
    settings["BITS"] = " ".join(f"{tiles[index].name} F{bit >> 8}B{bit & 255}"
                                for index, bit in sorted(ones))
    return settings
