"""What the demo teaches: one file a task, of its name, with `run`; what they share beside them."""

from enum import StrEnum

__all__ = ["DemoTask"]


class DemoTask(StrEnum):
    """A task of the demo."""

    DIGITS = "digits"
    ANOMALY = "anomaly"
    VIBRATION = "vibration"
    REGRESSION = "regression"
