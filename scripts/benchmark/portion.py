"""Which samples are measured, and the weights that they meet: random ones, or learned before."""

from dataclasses import dataclass, replace

import numpy as np

from cortigate.golden.datasets import Dataset
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import Design
from cortigate.golden.spec.plain import Plain

from .backprop import NumpyBackprop, Task, task_for
from .compiled import CompiledBackprop, NoCompiler

__all__ = ["Portion"]

CHUNK = 1000  # samples that are converted at once: all of MNIST's would take gigabytes


@dataclass(frozen=True)
class Portion(Plain):
    """Training samples that are measured, and how many are learned before.

    Samples are taken in the data's order, again from its first after its last.

    Parameters
    ----------
    data : Dataset
    count : int
        Samples that are measured: no more than there are.
    after : int
        Samples that are learned before them, without being measured.
    """

    data: Dataset
    count: int
    after: int = 0

    @property
    def samples(self):
        """Those that are measured: float array (n, n_0) in 0 .. 1, classes (n,)."""
        return self._part(self.after, min(self.count, len(self.data.x_train)))

    def _part(self, first, count):
        chosen = (first + np.arange(count)) % len(self.data.x_train)
        return self.data.x_train[chosen], self.data.y_train[chosen]

    def _before(self):
        """Samples that are learned before, by and by."""
        for first in range(0, self.after, CHUNK):
            yield self._part(first, min(CHUNK, self.after - first))

    def weights(self, design: Design, seed):
        """Raw weights of the integer model that the samples meet; dict."""
        model = integer_model(design)
        model.set_weights(initial_weights(design, seed))
        for x, labels in self._before():
            model.learn_all(design.sample.from_float(x), labels)
        return model.weights

    def task(self, design: Design, seed) -> Task:
        """The same of the programs of this computer, with the weights that C or NumPy learns."""
        task = task_for(design, *self.samples, seed)
        for x, labels in self._before():
            program = _fastest(replace(task, x=np.ascontiguousarray(x, np.float32),
                                       labels=np.ascontiguousarray(labels, np.int32)))
            program.learn()
            task = replace(task, weights=program.weights)
        return task


def _fastest(task):
    """C, or NumPy where there is no compiler."""
    try:
        return CompiledBackprop(task)
    except NoCompiler:
        return NumpyBackprop(task)
