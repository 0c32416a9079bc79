"""Devices by name: a board, real or virtual, or a golden model.

Devices are found by name in the entry-point group ``cortigate.devices``: each is a callable that
takes a design and returns a `Device`. Any other name is a serial port, or `AUTO`.
"""

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import TypeGuard

from ...golden.spec import Design
from ...golden.spec.plain import shown
from ..device import Device

__all__ = ["AUTO", "device_names", "is_port", "open_device"]

AUTO = "auto"  # the only board behind this machine's serial ports


def device_names() -> list[str]:
    """Names of the installed devices."""
    return sorted(point.name for point in entry_points(group="cortigate.devices"))


def is_port(device: object) -> TypeGuard[str]:
    """True if a device has a board of its own behind it: a serial port, or `AUTO`."""
    return (isinstance(device, str) and device not in device_names()
            and (device == AUTO or "/" in device or device.upper().startswith("COM")))


def open_device(device: str | Callable[[Design], Device], design: Design, *,
                baud: int | None = None, take_over: bool = False) -> Device:
    """Open a device.

    Parameters
    ----------
    device : str or callable
        Name of an installed device, a serial port (a path, COM3, or a URL of pyserial), `AUTO`, or
        a callable that takes the design and returns a `Device`.
    design : Design
    baud : int or None
        Rate of the serial port; None finds one that works: see `boards.host.rates.open_link`.
    take_over : bool
        End a run that is under way on the board: see `Board`.

    Raises
    ------
    ValueError
        No such name, and no serial port either; or `baud` or `take_over` without a serial port.
    LinkError
        From the board, or because `AUTO` did not find exactly one.

    Examples
    --------
    >>> from cortigate import open_device, preset
    >>> from cortigate.golden.initial import initial_weights
    >>> design = preset("tiny")
    >>> with open_device("integer", design) as device:
    ...     device.write_weights(initial_weights(design, 0))
    ...     device.write_samples([[0, 32, 64, 96, 128]], [1])
    ...     device.predict(0, 1).shape
    (1,)
    """
    if is_port(device):
        # Only here, since a model needs no serial port.
        from ..host.discovery import only_board
        from ..host.driver import Board

        return Board.open(only_board() if device == AUTO else device, design, baud=baud,
                          take_over=take_over)
    if baud is not None or take_over:
        raise ValueError("baud (--baud) and take_over (--take-over) belong to a serial port, "
                         f"not to the device {shown(device)}")
    if callable(device):
        return device(design)
    if not isinstance(device, str):
        raise TypeError("device must be a name, a serial port or a callable, "
                        f"not {shown(device)}")
    for point in entry_points(group="cortigate.devices", name=device):
        return point.load()(design)
    raise ValueError(f"device must be one of {', '.join(device_names())}, or a serial port such "
                     f"as /dev/ttyUSB1 or COM3, or {AUTO}, not {shown(device)}")
