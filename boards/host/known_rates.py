"""The rate at which each serial port was last found to work, kept in the user's data folder."""

import json
from contextlib import suppress
from pathlib import Path

from serial.tools import list_ports

from ...golden.spec.link import SLOWEST_BAUD
from ..storage.files import read_whole, write_whole
from ..storage.folders import DATA
from ..storage.strict_json import parse
from ..usb.identity import is_ours

__all__ = ["known_rate", "port_key", "remember_rate", "without_rate"]

MOST_PORTS = 100  # pseudo-terminals come and go; the oldest are forgotten
MOST_BYTES = 1 << 16


def file_of_rates() -> Path:
    """Path of the file: JSON, an object of rate by `port_key`."""
    return DATA.path / "rates.json"


def port_key(port: str) -> str:
    """A port's name that outlives its path: its adapter, where the system knows one."""
    for found in list_ports.comports():
        if found.device == port and found.serial_number:  # others share theirs
            return found.hwid
    return port


def without_rate(port: str) -> bool:
    """Whether a port is a board's own, by its numbers on USB: there is no line then, and no rate.

    Whatever rate is set, bytes come as fast as USB brings them, and none is damaged on the way.
    """
    return any(found.device == port and is_ours(found.vid, found.pid)
               for found in list_ports.comports())


def known_rate(key: str) -> int | None:
    """Rate in baud at which a port worked; None if none is known, whatever the file holds."""
    return read_rates().get(key)


def remember_rate(key: str, rate: int) -> None:
    """Remember the rate of a port; a folder that cannot be written only costs time next time."""
    rates = read_rates()
    if rates.get(key) == rate:
        return
    rates.pop(key, None)
    rates = dict([*rates.items(), (key, rate)][-MOST_PORTS:])
    with suppress(OSError):
        DATA.made()
        write_whole(file_of_rates(), json.dumps(rates, indent=1).encode(), "the rate")


def read_rates() -> dict[str, int]:
    """Rates by port; whatever is damaged is left out."""
    try:
        found = parse(read_whole(file_of_rates(), MOST_BYTES, "a list of rates"))
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: rate for key, rate in found.items()
            if type(rate) is int and SLOWEST_BAUD <= rate < 1 << 31}
