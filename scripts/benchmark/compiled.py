"""`backprop.c`, compiled for this very computer when it is needed."""

import ctypes
import os
import shlex
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from .backprop import Task

__all__ = ["CompiledBackprop", "NoCompiler", "compiler", "library"]

SOURCE = Path(__file__).with_name("backprop.c")
# Older compilers for ARM know this machine only as -mcpu.
NATIVE = ("-march=native", "-mcpu=native")
INSTALL = ("install one (Debian: apt-get install gcc; macOS: xcode-select --install), or name it "
           "in the environment variable CC")


class NoCompiler(RuntimeError):
    """There is no C compiler, or it does not compile our file; the message says what to do."""


def compiler():
    """Words of the C compiler's command: CC, or the first of the usual names.

    Raises
    ------
    NoCompiler
    """
    wanted = os.environ.get("CC")
    for words in [shlex.split(wanted)] if wanted else [["cc"], ["gcc"], ["clang"]]:
        if words and shutil.which(words[0]):
            return words
    raise NoCompiler(f"no C compiler: CC names {wanted!r}, which is not found; {INSTALL}" if wanted
                     else f"no C compiler: {INSTALL}")


@cache
def library(command):
    """(Compiled `backprop.c`, compiler and flags in words); compiled once in a process.

    Parameters
    ----------
    command : tuple of str
        Words of the compiler's command, as `compiler` finds them.

    Raises
    ------
    NoCompiler
    """
    words = list(command)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "backprop.so")
        for native in NATIVE:
            flags = ["-O3", native]
            try:
                done = subprocess.run(
                    [*words, *flags, "-shared", "-fPIC", "-o", str(target), str(SOURCE)],
                    text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            except OSError as error:
                raise NoCompiler(f"{shlex.join(words)} does not run: {error}; {INSTALL}") from None
            if done.returncode == 0:
                break
        else:
            raise NoCompiler(f"{shlex.join(words)} does not compile {SOURCE.name}: "
                             f"{done.stdout.strip()[-300:]}; {INSTALL}")
        code = ctypes.CDLL(str(target))  # stays loaded when its file is gone
    version = subprocess.run([*words, "--version"], text=True, check=False, capture_output=True)
    about = (version.stdout.splitlines() or [shlex.join(words)])[0]
    return code, f"{about}, {' '.join(flags)}"


class CompiledBackprop:
    """C, input by input: rows of zero inputs and of rates at zero are left out.

    Parameters
    ----------
    task : Task
    dense : bool
        Leave nothing out.

    Raises
    ------
    NoCompiler
    """

    def __init__(self, task: Task, dense=False):
        self.task, self.losses, self.left = task, np.zeros(len(task.x), np.float32), 0
        self.name = f"C, {'nothing' if dense else 'zeros'} left out"
        self._code, self.about = library(tuple(compiler()))
        self._width, sizes = self._code.vector_width(), task.sizes
        shapes = [(m + 1, self._padded(n)) for m, n in zip(sizes, sizes[1:], strict=False)]
        self._weights = self._aligned(sum(rows * columns for rows, columns in shapes))
        self._matrices, start = [], 0
        for rows, columns in shapes:
            self._matrices.append(
                self._weights[start:start + rows * columns].reshape(rows, columns))
            start += rows * columns
        room = len(sizes) * (self._padded(max(sizes)) + self._width)
        self._floats, self._integers = self._aligned(3 * room), np.zeros(room, np.int32)
        self._sizes, self._skip = np.array(sizes, np.int32), not dense
        self.reset()

    def _padded(self, size):
        return -(-size // self._width) * self._width

    def _aligned(self, count):
        """float32 zeros that begin at a whole vector."""
        vector = 4 * self._width
        room = np.zeros(4 * count + vector, np.uint8)
        start = -room.ctypes.data % vector
        return room[start:start + 4 * count].view(np.float32)

    def reset(self):
        """Start again from the task's weights."""
        for layer, matrix in enumerate(self._matrices, start=1):
            own = self.task.weights[f"W{layer}"].T
            matrix[:, :own.shape[1]] = own
            matrix[:, own.shape[1]:] = 0

    @property
    def weights(self):
        """W1 … WL as they are now, float32."""
        return {f"W{layer}": matrix[:, :self.task.sizes[layer]].T.copy()
                for layer, matrix in enumerate(self._matrices, start=1)}

    def learn(self):
        """Learn from every sample once, in order: sets `losses`, before each, and `left`."""
        task = self.task

        def pointer(array):
            return ctypes.c_void_p(array.ctypes.data)

        left = self._code.learn(
            ctypes.c_int(len(task.sizes)), pointer(self._sizes), pointer(self._weights),
            pointer(task.x), pointer(task.labels), ctypes.c_int(len(task.x)),
            *map(ctypes.c_float, (task.rate, *task.bounds, task.margin)),
            ctypes.c_int(self._skip), pointer(self.losses), pointer(self._floats),
            pointer(self._integers))
        if left < 0:
            raise ValueError(f"{SOURCE.name} takes at most 8 layers, not {len(task.sizes)}")
        self.left = left
