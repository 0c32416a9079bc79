"""Tasks of the demo: one file each, of its name, with `run`; beside them what they share."""

from enum import StrEnum

__all__ = ["DemoTask"]


class DemoTask(StrEnum):
    """A task of the demo."""

    DIGITS = "digits"
    ANOMALY = "anomaly"
    VIBRATION = "vibration"
    REGRESSION = "regression"
