"""Account of a sample: what the array does in each cycle, and what it waits for."""

from dataclasses import dataclass, fields

from ..spec.plain import Plain
from ..spec.steps import Operation

__all__ = ["Account", "Ledger"]


@dataclass(frozen=True)
class Account(Plain):
    """Cycles of a sample, by what they are spent on.

    Parameters
    ----------
    requests : int
        With a request to the array: events, biases and empty events.
    fetch : int
        A step is looked up and judged, without anything to wait for.
    dependency : int
        Values of earlier passes, or weights that are being written, are not there yet.
    entries : int
        A pass that follows a list waits for its next entry, or for the last one.
    drain : int
        A block's last event waits until the drain registers are free.
    port : int
        An update leaves the weights' only port to its writes.
    feed : int
        The next time step's input is not coded yet.
    """

    requests: int = 0
    fetch: int = 0
    dependency: int = 0
    entries: int = 0
    drain: int = 0
    port: int = 0
    feed: int = 0

    @property
    def cycles(self) -> int:
        """Of the whole sample."""
        return self.requests + self.waiting

    @property
    def waiting(self) -> int:
        """Without a request."""
        return sum(getattr(self, name) for name in self.causes())

    @classmethod
    def causes(cls) -> tuple[str, ...]:
        """Names of all kinds of waiting."""
        return tuple(field.name for field in fields(cls) if field.name != "requests")


class Ledger:
    """An account that is being kept, from a sample's first cycle on."""

    def __init__(self):
        # The sample starts; its first step is looked up and judged.
        self._spent = dict.fromkeys((field.name for field in fields(Account)), 0) | {"fetch": 3}

    def spend(self, cause, cycles):
        """Count further cycles."""
        self._spent[cause] += cycles

    def run(self, step, start, times):
        """Count a pass that could have begun in cycle `start`."""
        update = step.operation is Operation.UPDATE
        requests = len(times.opening) + times.slots * (len(times.ends) - 1)
        if step.operation is not Operation.FORWARD:
            requests = times.slots * (step.matrix.blocks if update else step.matrix.inputs)
        stalls = times.ends[-1] - start + 1 - requests - times.held
        self.spend("requests", requests)
        self.spend("entries", times.held)
        self.spend("port" if update else "drain", stalls)

    def close(self):
        """The Account."""
        return Account(**self._spent)
