"""An emulated board that streams: the integer model takes samples from a ring, as the link says.

How many turns a sample stands is drawn, not timed, so that a slow machine changes nothing.
"""

import threading
import time

import numpy as np

from cortigate.golden.integer import integer_model
from cortigate.golden.spec import MemoryMap
from cortigate.golden.spec.image import weight_image, weights_from_image
from cortigate.golden.spec.link import NO_TARGET, STOOD_LONG, Control, Operation, Register, Space

from .emulator import Emulator

__all__ = ["StreamingEmulator"]


class StreamingEmulator(Emulator):
    """A context manager; `port` is the serial port to open.

    Parameters
    ----------
    design : Design
    turns : callable
        Of the number of a sample: turns that it stands.
    seconds : float
        Real time that a sample takes at least.
    count_modulus, samples_modulus : int
        Of COUNT and SAMPLES.

    Attributes
    ----------
    turned : list of int
        Turns that each sample has stood.
    lies : dict of int to int
        Samples of which it tells another number.
    broken : list of str
        What the host did against the contract.
    """

    def __init__(self, design, *, turns=lambda sample: 0, seconds=0.0, count_modulus=1 << 16,
                 samples_modulus=1 << 32):
        super().__init__(design)
        self.turns, self.seconds = turns, seconds
        self.count_modulus, self.samples_modulus = count_modulus, samples_modulus
        self.turned, self.broken, self.lies = [], [], {}
        self._changed = threading.Condition()
        self._engine, self._stopping = None, False
        self._words = MemoryMap(design).sample_words
        self._final = []  # of each sample taken: its label word will not change any more
        self._unread = {}  # place -> sample there whose result was not read as a whole

    @property
    def running(self):
        """A run is under way."""
        return self.register(Register.STATUS) == 1

    # ---- the host's side, under the lock ---------------------------------------------------

    def unplug(self):
        """Pull the plug, which ends the run too; may be called again."""
        super().unplug()
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._engine is not None:
            self._engine.join()

    def _answer(self, frame):
        with self._changed:
            answer = super()._answer(frame)
            self._changed.notify_all()
        return answer

    def control(self, word):
        """START and STOP."""
        if word & Control.STOP:
            self._stopping = True
        if word & Control.START and not self.running:
            if word != Control.START | Control.TRAIN | Control.STREAM:
                self.broken.append(f"started with {word}")
            self._stopping, self.turned, self._final, self._unread = False, [], [], {}
            self.set_register(Register.STATUS, 1)
            self.set_register(Register.SAMPLES, 0)
            self._engine = threading.Thread(target=self._guarded)
            self._engine.start()

    def busy(self, space):
        """Weights and generators while it runs."""
        return self.running and space in (Space.WEIGHTS, Space.GENERATORS)

    def touched(self, operation, space, addresses):
        """Notes which results were read, and what was written over others."""
        if space != Space.SAMPLES or self._engine is None:
            return
        for address in addresses:
            place, word = divmod(address, self._words)
            if place not in self._unread:
                continue
            if operation is Operation.WRITE:
                self.broken.append(f"sample {self._unread[place]} was written over")
            elif word == 0 and self._final[self._unread[place]]:
                del self._unread[place]

    # ---- the engine ------------------------------------------------------------------------

    def _guarded(self):
        """The run; if it fails, the host must not wait for its end."""
        try:
            self._run()
        except (ValueError, IndexError) as error:
            self.broken.append(f"{error}")
        finally:
            self.set_register(Register.STATUS, 0)

    def _run(self):
        model, sample = integer_model(self.design), 0
        weights = np.frombuffer(bytes(self.memory[Space.WEIGHTS]), "<i2").astype(np.int64)
        model.set_weights(weights_from_image(self.design, weights))
        model.generator.states[...] = np.frombuffer(bytes(self.memory[Space.GENERATORS]), "<u4")
        shifts = [self.register(register) for register in (Register.UPDATE_SHIFT,
                                                           Register.SECOND_UPDATE_SHIFT)]
        while self._wait_for(sample):
            with self._changed:
                first, size = self.register(Register.FIRST), self.register(Register.SET_SIZE)
                place = first + self.register(Register.POSITION)
                self.set_register(Register.POSITION, (place - first + 1) % size)
                stored = self.memory[Space.SAMPLES][2 * place * self._words:
                                                    2 * (place + 1) * self._words]
                x = np.frombuffer(bytes(stored), np.uint8)[:self.design.network.sizes[0]]
                self._unread[place] = sample
                self._final.append(False)
                self.turned.append(0)
            label = None if stored[-2] == NO_TARGET else stored[-2]
            time.sleep(self.seconds)
            trace = model.learn(x.astype(np.int64), label, *shifts)
            with self._changed:
                self.memory[Space.SAMPLES][2 * (place + 1) * self._words - 1] = trace.prediction
                sample += 1
                self.set_register(Register.SAMPLES, sample % self.samples_modulus)
                if sample > 1:
                    self._final[sample - 2] = True
            for _ in range(self.turns(sample - 1)):
                model.stand(*shifts)
                self.turned[-1] += 1
                self.set_register(Register.CYCLES, self.register(Register.CYCLES) + 1)
            # Only the engine writes here, and nobody may read it before the next is counted.
            told = self.lies.get(sample - 1, min(self.turned[-1], STOOD_LONG))
            begin = 2 * place * self._words
            self.memory[Space.SAMPLES][begin:begin + 2] = told.to_bytes(2, "little")
        with self._changed:
            self._final = [True] * sample
            image = weight_image(self.design, model.weights).astype("<i2")
            self.memory[Space.WEIGHTS][:] = image.tobytes()
            self.memory[Space.GENERATORS][:] = model.generator.states.astype("<u4").tobytes()

    def _wait_for(self, sample):
        """Wait until there is a sample of this number; False at STOP."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._ahead(sample))
            count, size = self.register(Register.COUNT), self.register(Register.SET_SIZE)
            if count >= self.count_modulus or self._ahead(sample) > size:
                self.broken.append(f"COUNT is {count} before sample {sample}")
            return not self._stopping

    def _ahead(self, sample):
        """Samples in the ring from this one on."""
        return (self.register(Register.COUNT) - sample) % self.count_modulus
