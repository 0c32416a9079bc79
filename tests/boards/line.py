"""A serial adapter with a board behind it: a pseudo-terminal that carries only some rates.

The board is `sim.link_model.LinkModel`; the adapter looks at the speed that the host has set, as a
real one does.
"""

import os
import random
import select
import threading
import time
import tty

from cortigate.golden.spec.link import PAUSE_SECONDS
from cortigate.sim.link_model import LinkModel, encoded
from cortigate.sim.wire import line_speed

__all__ = ["Adapter"]


class Adapter:
    """A context manager; `port` is the serial port to open.

    Parameters
    ----------
    design : Design
    clock_hz : int
        Of the board.
    carries : callable
        Of a rate: share of the frames that come through unharmed.
    garbles : bool
        What comes through harmed is noise; otherwise nothing.
    delay : callable
        Of a rate: seconds that the adapter keeps an answer.

    Attributes
    ----------
    heard : list of int
        Rates at which something came, in order, each once in a row.
    broken : list of str
        What the host did against the contract.
    model : LinkModel
    """

    def __init__(self, design, *, clock_hz=100_000_000, carries=lambda rate: 1.0, garbles=False,
                 delay=lambda rate: min(0.06, 40_000 / rate)):
        self.model, self.heard, self.broken = LinkModel(design, clock_hz), [], []
        self.carries, self.garbles, self.delay = carries, garbles, delay
        self._random = random.Random(5)

    def __enter__(self):
        self._near, self._far = os.openpty()
        tty.setraw(self._far)
        self.port = os.ttyname(self._far)
        self._stop, self._stopped = os.pipe()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *exception):
        os.close(self._stopped)
        self._thread.join()
        for handle in (self._near, self._far, self._stop):
            os.close(handle)

    def _serve(self):
        received, last = b"", 0.0
        while True:
            ready, _, _ = select.select([self._near, self._stop], [], [])
            if self._stop in ready:
                return
            data, rate = os.read(self._near, 4096), line_speed(self._far)
            if self.heard[-1:] != [rate]:
                # Or the board could not measure it.
                if data[0] != 0 or time.monotonic() - last < PAUSE_SECONDS / 2:
                    self.broken.append(f"{rate} began with {data[:1]!r} and no pause")
                self.heard.append(rate)
                received = b""
            last = time.monotonic()
            *frames, received = (received + data).split(b"\0")
            for frame in filter(None, frames):
                if self._random.random() >= self.carries(rate):
                    if self.garbles:
                        os.write(self._near, self._random.randbytes(len(frame)))
                    continue
                answer = self.model.receive(frame)
                if answer is not None:
                    time.sleep(self.delay(rate))
                    os.write(self._near, encoded(answer))
