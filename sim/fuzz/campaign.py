"""A campaign against a virtual board."""

import random
from dataclasses import dataclass

from cobs import cobs

from ...golden.spec import Design, MemoryMap
from ...golden.spec.link import (
    FRAME_BYTES,
    READ_BYTES,
    Control,
    Register,
    Space,
    space_words,
    spaces,
    word_bytes,
)
from ..link_model import LinkModel, encoded, with_crc
from ..virtual_board import CLOCK_HZ, VirtualBoard
from .line import Line, LineFault
from .requests import STILL, Requests

__all__ = ["Campaign", "CampaignResult", "LineFault", "fuzz_link"]

# Seconds: until a missing answer is a failure, a repetition, or the end of what a flood brings.
# The board takes up to a second for the longest flood; another program may take the processor.
PATIENCE, ATTEMPT, QUIET = 20.0, 1.0, 0.05
ATTEMPTS = 6  # each of twice the time, until a board that answers nothing is a failure
COMPARE_EVERY, GARBLE_EVERY = 50, 25  # cases
RATES = (2_000_000, 1_000_000, 115_200)  # from a quarter of the virtual board's clock down
PARTS = 9  # of a campaign: each speed three times, the third time with a running engine
FOREVER = 0xFFFFFFFF  # samples


@dataclass
class CampaignResult:
    """Counts of a campaign: cases and their frames, requests in between, answers to both.

    Parameters
    ----------
    cases, frames, requests, answers : int
    running : int
        Frames of `frames` that came while the engine was running.
    garbled : int
        Frames beside these that came at a wrong speed.
    """

    cases: int = 0
    frames: int = 0
    requests: int = 0
    answers: int = 0
    running: int = 0
    garbled: int = 0

    @property
    def dropped(self):
        """Frames that were damaged, or came too early."""
        return self.frames + self.requests - self.answers


class Campaign:
    """A virtual board's serial port, the model of its link, and what was sent so far."""

    def __init__(self, design: Design, port, seed):
        self._design, self._rng = design, random.Random(seed)
        self._requests = Requests(design, self._rng)
        self._line, self._model = Line(port), LinkModel(design, CLOCK_HZ)
        self._rate, self._unknown = None, 0  # frames dropped of those that were garbled
        self.result = CampaignResult()

    def speed(self, baud):
        """Go on at another speed."""
        self._line.speed(baud)
        self._rate = baud

    def case(self):
        """Send one damaged stream and see that only its intact frames have an effect."""
        requests = self._requests
        # The delimiter at the end keeps what is left of this case out of the next one.
        frames = self._send(self._rng.choice(requests.kinds())() + b"\0")
        self.result.frames += len(frames)
        self.result.running += len(frames) * requests.running
        intact = [frame for frame in frames if is_intact(frame)]
        if intact:
            self._match(self._line.answer(PATIENCE), intact[:1])
            del intact[0]
        while intact and (answer := self._line.answer(QUIET)) is not None:
            self._match(answer, intact)
        self._probe(intact)
        self.result.cases += 1

    def garble(self):
        """Send a stream at another speed, without the zero byte before it that tells it.

        A simulated board that sleeps meanwhile hears all of it at the old speed, and answers.
        """
        rate, requests = self._rate, self._requests
        other = self._rng.choice([baud for baud in RATES if baud != rate])
        stream = self._rng.choice(requests.kinds())().lstrip(b"\0") + b"\0"
        self._line.speed(other)
        self._line.send(stream)
        self.result.garbled += stream.count(b"\0")
        self.speed(rate)  # for what comes after the stream
        self._settle([frame for frame in stream.split(b"\0") if frame and is_intact(frame)])
        (dropped,) = self._words(Space.REGISTERS, Register.FRAMES_DROPPED, 1)
        self._unknown = dropped - self.result.dropped

    def start(self):
        """Let the engine infer the stored samples until `stop`."""
        capacity = self._design.sample_capacity
        mask = (1 << MemoryMap(self._design).shuffle_bits) - 1
        self._ask(self._requests.write(Space.REGISTERS, Register.COUNT, FOREVER, 0, capacity))
        self._ask(self._requests.write(Space.REGISTERS, Register.SHUFFLE_STATE, 0, mask))
        self._ask(self._requests.write(Space.REGISTERS, Register.CONTROL,
                                       Control.START | Control.SHUFFLED))
        self._requests.running = self._model.running = True

    def stop(self):
        """End the run, and take over what it may have changed: its registers, the predictions."""
        self._ask(self._requests.write(Space.REGISTERS, Register.CONTROL, Control.STOP))
        while self._words(Space.REGISTERS, Register.STATUS, 1)[0]:
            pass
        self._requests.running = self._model.running = False
        changed = set(range(len(Register))) - {Register.FRAMES_DROPPED, *STILL}
        for register in changed:
            self._model.memory[Space.REGISTERS][register] = self._words(
                Space.REGISTERS, register, 1)[0]
        memory, maps = self._model.memory[Space.SAMPLES], MemoryMap(self._design)
        for place in range(maps.label_word, maps.sample_depth, maps.sample_words):
            (found,) = self._words(Space.SAMPLES, place, 1)
            memory[place] = memory[place] & 0xFF | found & 0xFF00

    def _words(self, space, address, count):
        """Words of the board, whatever they are."""
        body = self._requests.read(space, address, count)
        self._request(body)
        answer = self._line.answer(PATIENCE)
        if answer is None or answer[:3] != bytes([body[0], body[1] | 0x80, 0]):
            raise LineFault(f"{body.hex(' ')} was not answered")
        self.result.answers += 1
        self._model.receive(encoded(body)[:-1])
        size = word_bytes(self._design, space)
        return [int.from_bytes(answer[i:i + size], "little")
                for i in range(3, len(answer), size)]

    def _dropped(self):
        """Frames that the board must have counted as dropped."""
        return self.result.dropped + self._unknown

    def compare(self):
        """Compare every memory of the board with the model's."""
        for space in spaces(self._design):
            # The last register is FRAMES_DROPPED, which the probe compares.
            words = space_words(self._design, space) - (space == Space.REGISTERS)
            step = READ_BYTES // word_bytes(self._design, space)
            for first in range(0, words, step):
                self._ask(self._requests.read(space, first, min(step, words - first)))

    def close(self):
        """Close the line."""
        self._line.close()

    def _send(self, stream):
        """Send a stream behind the zero byte that tells the speed; returns its frames."""
        self._line.send(b"\0" + stream)
        return [frame for frame in stream.split(b"\0") if frame]

    def _request(self, body):
        """Send one intact frame and return it."""
        self.result.requests += 1
        (frame,) = self._send(encoded(body))
        return frame

    def _match(self, answer, intact):
        """Find the frame of an answer; those before it were dropped, their answers never come."""
        if answer is None:
            raise LineFault(f"no answer to {cobs.decode(intact[0]).hex(' ')}")
        self.result.answers += 1
        asked = [cobs.decode(frame) for frame in intact]
        while intact:
            body, frame = cobs.decode(intact[0]), intact.pop(0)
            if (body[0], body[1] | 0x80) == tuple(answer[:2]):
                wanted = self._model.receive(frame)
                if answer != wanted:
                    raise LineFault(f"{body.hex(' ')} was answered {answer.hex(' ')} "
                                    f"instead of {wanted.hex(' ') if wanted else 'not at all'}")
                return
        raise LineFault(f"{answer.hex(' ')} answers none of "
                      f"{', '.join(body.hex(' ') for body in asked) or 'nothing'}")

    def _ask(self, body):
        """Send an intact frame to the idle board and see that it answers as the model."""
        frame = self._request(body)
        self._match(self._line.answer(PATIENCE), [frame])

    def _probe(self, late):
        """The next request is answered, with the number of frames that were dropped.

        late: intact frames of a flood that have not been answered so far. As long as answers to
        them may come, the board may drop a request as well.
        """
        if late:
            self._settle(late)
        self._model.memory[Space.REGISTERS][Register.FRAMES_DROPPED] = self._dropped()
        self._ask(self._requests.read(Space.REGISTERS, Register.FRAMES_DROPPED, 1))

    def _settle(self, late):
        """Ask until the newest request is answered: then the board has nothing left to answer."""
        waiting = []  # requests of this loop; the board answers in order, or drops
        for attempt in range(ATTEMPTS):
            newest = self._request(self._requests.read(Space.REGISTERS, Register.FRAMES_DROPPED, 1))
            waiting.append(newest)
            while (answer := self._line.answer(ATTEMPT * 2 ** attempt)) is not None:
                place = next((i for i, frame in enumerate(waiting)
                              if cobs.decode(frame)[0] == answer[0]), None)
                if place is None:
                    self._match(answer, late)
                    continue
                # Its value is compared later, when nothing is on its way.
                self.result.answers += 1
                self._model.receive(waiting[place])
                del waiting[:place + 1]
                if not waiting:
                    return
        raise LineFault(f"no answer to {cobs.decode(newest).hex(' ')}, asked {ATTEMPTS} times")


def is_intact(frame):
    """Whether a frame of the line, without its delimiter, is one that must be answered."""
    try:
        decoded = cobs.decode(frame)
    except cobs.DecodeError:
        return False
    return 4 <= len(decoded) <= FRAME_BYTES and with_crc(decoded[:-2]) == decoded


def fuzz_link(design: Design, frames, seed=0, progress=None):
    """Run a campaign against a virtual board of its own.

    Parameters
    ----------
    design : Design
    frames : int
        Frames to send at least.
    seed : int
    progress : callable or None
        Gets the `CampaignResult` so far after every case.

    Returns
    -------
    CampaignResult

    Raises
    ------
    LineFault
        With the case that failed; the same seed leads there again.
    """
    with VirtualBoard(design) as port:
        campaign = Campaign(design, port, seed)
        result = campaign.result
        try:
            for part in range(PARTS):
                campaign.speed(RATES[part % len(RATES)])
                running = part // len(RATES) == PARTS // len(RATES) - 1
                if running:
                    campaign.start()
                while result.frames < frames * (part + 1) // PARTS:
                    campaign.case()
                    if result.cases % GARBLE_EVERY == 0:
                        campaign.garble()
                    if result.cases % COMPARE_EVERY == 0 and not running:
                        campaign.compare()
                    if progress is not None:
                        progress(result)
                if running:
                    campaign.stop()
                campaign.compare()
        except LineFault as failure:
            raise LineFault(f"seed {seed}, case {result.cases}: {failure}") from failure
        finally:
            campaign.close()
    return result
