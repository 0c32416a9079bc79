"""The same in PyTorch, as one would write it there; where it is installed."""

import math
import sys
from importlib import import_module

import numpy as np

from .backprop import Task, one_hot

__all__ = ["INSTALL", "TorchBackprop"]

INSTALL = f"not installed: {sys.executable} -m pip install torch"


class TorchBackprop:
    """`torch.nn` layers, autograd and `torch.optim.SGD`, one thread.

    Parameters
    ----------
    task : Task

    Raises
    ------
    ModuleNotFoundError
        PyTorch is not installed.
    """

    name = "PyTorch"

    def __init__(self, task: Task):
        torch = import_module("torch")
        self.task, self.losses, self.left = task, np.zeros(len(task.x), np.float32), 0
        self._torch = torch
        self.about = f"PyTorch {torch.__version__}, eager"
        layers = []
        for m, n in zip(task.sizes, task.sizes[1:], strict=False):
            layers += [torch.nn.Linear(m, n), self._hidden()]
        self._linear, self._net = layers[::2], torch.nn.Sequential(*layers[:-1])
        self._descent = torch.optim.SGD(self._net.parameters(), lr=task.rate)
        self._x, self._targets = torch.from_numpy(task.x), torch.from_numpy(one_hot(task))
        self.reset()

    def _hidden(self):
        lo, hi = self.task.bounds
        if (lo, hi) == (0.0, math.inf):
            return self._torch.nn.ReLU()
        return self._torch.nn.Hardtanh(lo, hi)

    def reset(self):
        """Start again from the task's weights."""
        with self._torch.no_grad():
            for layer, linear in enumerate(self._linear, start=1):
                own = self._torch.from_numpy(self.task.weights[f"W{layer}"])
                linear.weight.copy_(own[:, :-1])
                linear.bias.copy_(own[:, -1])

    @property
    def weights(self):
        """W1 … WL as they are now, float32."""
        return {f"W{layer}": np.column_stack([linear.weight.detach().numpy(),
                                              linear.bias.detach().numpy()])
                for layer, linear in enumerate(self._linear, start=1)}

    def learn(self):
        """Learn from every sample once, in order: sets `losses`, before each, and `left`."""
        threads = self._torch.get_num_threads()
        self._torch.set_num_threads(1)
        try:
            losses, self.left = [], 0
            for sample, (x, target) in enumerate(zip(self._x, self._targets, strict=True)):
                self._descent.zero_grad()
                outputs = self._net(x)
                loss = 0.5 * (outputs - target).square().sum()
                losses.append(loss.detach())
                if self.task.leads(outputs.detach().numpy(), sample):
                    self.left += 1
                    continue
                loss.backward()
                self._descent.step()
            self.losses[:] = self._torch.stack(losses).numpy()
        finally:
            self._torch.set_num_threads(threads)
