"""An emulated board that learns: the integer model does what every run asks for."""

import threading

import numpy as np

from cortigate.boards.device import Run
from cortigate.boards.learn.models import IntegerDevice
from cortigate.golden.spec import MemoryMap
from cortigate.golden.spec.image import weight_image, weights_from_image
from cortigate.golden.spec.link import Control, Register, Space, word_bytes

from .emulator import Emulator

__all__ = ["LearningEmulator"]


class LearningEmulator(Emulator):
    """A context manager; `port` is the serial port to open.

    Parameters
    ----------
    design : Design
    """

    def __init__(self, design):
        super().__init__(design)
        self._registers = np.frombuffer(self.memory[Space.REGISTERS], "<i4")
        self._run = None

    def unplug(self):
        """Pull the plug, after the run that is under way; may be called again."""
        super().unplug()
        if self._run is not None:
            self._run.join()

    def control(self, word):
        """CONTROL was written."""
        if word & Control.START and not self._registers[Register.STATUS]:
            self._registers[Register.STATUS] = 1
            self._run = threading.Thread(target=self._execute, args=(word,))
            self._run.start()

    def busy(self, space):
        """Whether a space is refused."""
        return space >= Space.WEIGHTS and self._registers[Register.STATUS] == 1

    def touched(self, operation, space, addresses):
        """A run goes on as long as the host looks."""
        if space == Space.REGISTERS and self._registers[Register.STATUS]:
            self._registers[Register.CYCLES] += 1

    def _execute(self, word):
        """Do the run that the registers describe."""
        registers = self._registers
        count, first, size, _, state, mask, shift, second = map(
            int, registers[Register.COUNT:Register.COUNT + 8])
        device = self._loaded()
        if word & Control.TRAIN:
            shuffled = mask if word & Control.SHUFFLED else None
            done = device.train(Run(size, shuffled, shift, second, first, state, count))
            self._keep(device)
            for name in ("samples", "correct", "weight_saturations", "state_saturations",
                         "shuffle_state"):
                registers[Register[name.upper()]] = getattr(done, name)
        else:
            self._samples[first:first + count, -1] = device.predict(first, count)
            registers[Register.SAMPLES] = count
        registers[Register.CYCLES] = 1000 * count
        registers[Register.STATUS] = 0

    @property
    def _samples(self):
        """Bytes of the stored samples, a row each: inputs, label, prediction."""
        memory = np.frombuffer(self.memory[Space.SAMPLES], np.uint8)
        return memory.reshape(-1, 2 * MemoryMap(self.design).sample_words)

    def _loaded(self):
        """The integer model with what the memories hold."""
        device, inputs = IntegerDevice(self.design), self.design.network.sizes[0]
        size, width = word_bytes(self.design, Space.WEIGHTS), self.design.weight.width
        image = np.frombuffer(self.memory[Space.WEIGHTS], np.uint8).reshape(-1, size)
        words = (image.astype(np.int64) << 8 * np.arange(size)).sum(1) & (1 << width) - 1
        device.write_weights(weights_from_image(self.design,
                                                words - (words >> (width - 1) << width)))
        device.write_generators(np.frombuffer(self.memory[Space.GENERATORS], "<u4"))
        stored = self._samples[:self.design.sample_capacity]
        device.write_samples(stored[:, :inputs].astype(np.int64), stored[:, -2].astype(np.int64))
        return device

    def _keep(self, device):
        """What a model has learned, in the memories."""
        size = word_bytes(self.design, Space.WEIGHTS)
        words = np.asarray(weight_image(self.design, device.read_weights())).astype("<i8")
        self.memory[Space.WEIGHTS][:] = words.view(np.uint8).reshape(-1, 8)[:, :size].tobytes()
        self.memory[Space.GENERATORS][:] = device.read_generators().astype("<u4").tobytes()
