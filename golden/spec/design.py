"""One design: network, rule, formats and lanes; everything that a bitstream is made from."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

from .engine import Engine
from .network import Activation, Network
from .plain import Plain, shown
from .qformat import Overflow, QFormat, Rounding, check_integer
from .registry import RULES, default_rule
from .rule import Rule
from .targets import Target

__all__ = ["Activation", "Design", "MemoryKind", "Network", "Target"]

# Native multipliers: 16 x 16 on iCE40, 18 x 18 on ECP5 and Gowin. The presynaptic operand may use
# what is left of them to carry the learning rate as a left shift. Signed events need the larger.
OPERAND_BITS = {False: 16, True: 18}
MOST_CLASSES = 256  # a class is one byte
LARGEST_WORD = 16  # bits of a word of the sample memory
WIDE_INPUTS = 256  # inputs from which on two are fed in a cycle: one would keep the engine waiting
NEURON_LANES = (1, 2, 4, 8, 16)


class MemoryKind(Enum):
    """Where a memory is placed."""

    AUTO = "auto"
    BLOCK = "block"
    DISTRIBUTED = "distributed"
    SINGLE = "single"  # one port that reads or writes: iCE40's SPRAM


@dataclass(frozen=True)
class Design(Plain):
    """Network, rule, formats and resources of one engine.

    Parameters
    ----------
    network : Network
    rule : Rule
    lanes : int
        P, multiply-accumulate lanes, 1 .. 256.
    weight : QFormat
        Of weights and biases, signed, 6 .. 24 bits; its rounding is that of the weight update.
    rate : QFormat
        Of rates, signed, 2 .. 4 integer bits, 3 .. 13 fraction bits.
    state : QFormat
        Of membrane potentials and drives: as many fraction bits as `rate`, so that a drive is
        rounded exactly once, or, of spiking neurons, as `weight`, so that it never is; at least
        as many integer bits as `rate`.
    sample : QFormat
        Of stored inputs: at most 16 bits, representable as a rate; of spiking neurons unsigned and
        at most 8 bits.
    weight_memory : MemoryKind
        SINGLE: an update takes two cycles a word, one to read and one to write it; stored samples
        leave iCE40's SPRAM to the weights.
    sample_capacity : int
        Samples that the on-chip sample memory holds, 1 .. 65536.
    transposed : bool
        The last layer's weights are stored transposed and used the other way round, forward as
        backward: a narrow layer wastes fewer lanes so. Only where `Engine.may_transpose`.
    neuron_lanes : int
        K, neurons that take their drives in one cycle, 1, 2, 4, 8 or 16, a divisor of `lanes`:
        neuron i of a layer belongs to neuron lane i mod K. A forward pass brings K drives a cycle,
        a backward pass one.
    generator_seed : int
        Seed of the stochastic-rounding generators after reset, 1 .. 2**31 - 1.
    target : Target
        What the outputs are taught: a class, values stored with a sample, or its own inputs.
        Spiking neurons are taught classes.
    target_format : QFormat or None
        Of stored target values, at most 16 bits, representable as a rate; None is the rate's own
        format, or as much of it as 16 bits hold. Only where the target is a vector.
    results : bool
        An inference can leave the rates of any one layer in the sample memory: see
        `MemoryMap.result_word`. Rates have 16 bits at most then. Not of spiking neurons.
    flash : bool
        Samples may also come from the board's flash memory: see `golden.spec.flash`.

    Examples
    --------
    >>> from cortigate import Design, preset
    >>> from cortigate.golden.spec import Network
    >>> design = Design(Network((64, 32, 10)), preset("digits").rule, lanes=4)
    >>> print(design.network, design.weight, design.lanes)
    64-32-10 Q2.14 4
    >>> design.digest == preset("digits").digest  # other lanes, another bitstream
    False
    """

    network: Network
    rule: Rule = field(default_factory=default_rule)
    lanes: int = 8
    weight: QFormat = QFormat(2, 14)
    rate: QFormat = QFormat(2, 8)
    state: QFormat = QFormat(4, 8)
    sample: QFormat = QFormat(1, 7, signed=False)
    weight_memory: MemoryKind = MemoryKind.AUTO
    sample_capacity: int = 1797
    generator_seed: int = 1
    transposed: bool = False
    neuron_lanes: int = 1
    target: Target = Target.CLASS
    target_format: QFormat | None = None
    results: bool = False
    flash: bool = False

    def __post_init__(self):
        super().__post_init__()
        check_integer("lanes", self.lanes, 1, 256)
        check_integer("sample_capacity", self.sample_capacity, 1, 65536)
        check_integer("generator_seed", self.generator_seed, 1, 2**31 - 1)
        for name in ("weight", "rate", "state"):
            fmt = getattr(self, name)
            if not fmt.signed or fmt.overflow is not Overflow.SATURATE:
                raise ValueError(f"{name} must be signed and saturate, not {fmt}")
        check_integer("weight width", self.weight.width, 6, 24)
        check_integer("weight integer bits", self.weight.integer, 1, 8)
        check_integer("rate integer bits", self.rate.integer, 2, 4)
        check_integer("rate fraction bits", self.rate.fraction, 3, 13)
        owner = "weight" if self.engine.spiking else "rate"
        if self.state.fraction != getattr(self, owner).fraction:
            raise ValueError(f"state must have the {owner}'s {getattr(self, owner).fraction} "
                             f"fraction bits, not {self.state}")
        check_integer("state integer bits", self.state.integer, self.rate.integer, 12)
        for name in ("rate", "state"):
            if getattr(self, name).rounding is not Rounding.NEAREST_EVEN:
                raise ValueError(f"{name} must round nearest-even, not {getattr(self, name)!r}")
        self._check_samples()
        if self.update_discard < 1:
            raise ValueError(
                f"weight {self.weight} must drop at least one bit of an update; with rate "
                f"{self.rate} and learning_rate_shift {self.rule.learning_rate_shift} it drops "
                f"{self.update_discard}: take fewer weight or more rate fraction bits, or a "
                "larger learning_rate_shift")
        decay_shift = self.engine.decay_shift
        if decay_shift is not None and decay_shift > self.update_discard:
            raise ValueError(f"decay_shift must be at most {self.update_discard}, the bits that "
                             f"an update of {self.weight} drops, not {decay_shift}")
        if self.rule.second_update_shift not in self.update_shift_range:
            raise ValueError(
                f"{self.rule.second_rate or 'the second learning rate'} must lie in "
                f"{self.update_shifts[0]} .. {self.update_shifts[1]} where learning_rate_shift is "
                f"{self.rule.learning_rate_shift}, not {self.rule.second_update_shift}")
        if self.transposed and not self.engine.may_transpose:
            raise ValueError(f"transposed must be False for the rule {self.rule.name}: its engine "
                             "cannot read the last weights the other way round")
        check_integer("neuron_lanes", self.neuron_lanes, NEURON_LANES[0], NEURON_LANES[-1])
        if self.neuron_lanes not in NEURON_LANES:
            raise ValueError(f"neuron_lanes must be 1, 2, 4, 8 or 16, not {self.neuron_lanes}")
        if self.lanes % self.neuron_lanes:
            raise ValueError(f"neuron_lanes must divide the {self.lanes} lanes, "
                             f"not {self.neuron_lanes}")
        self.rule.check(self)

    def _check_samples(self):
        """Formats of inputs, targets and results."""
        spiking, outputs = self.engine.spiking, self.network.sizes[-1]
        if spiking and (self.sample.signed or self.sample.width > 8):
            raise ValueError("sample must be unsigned and at most 8 bits wide, to be coded as "
                             f"spikes, not {self.sample}")
        self._require_rate("sample", self.sample)
        if self.target is Target.CLASS:
            check_integer("output layer size", outputs, 1, MOST_CLASSES)
        elif spiking:
            raise ValueError("target must be a class for spiking neurons, whose outputs are taught "
                             f"when to spike and not a value, not {self.target.value}")
        if self.target is Target.INPUT and outputs != self.network.sizes[0]:
            raise ValueError("the last layer must have as many neurons as there are inputs, "
                             f"{self.network.sizes[0]}, where the target is the input, "
                             f"not {outputs}")
        if self.target_format is not None:
            if self.target is not Target.VECTOR:
                raise ValueError("target_format must be None unless the target is a vector, "
                                 f"not {self.target_format} with the target {self.target.value}")
            self._require_rate("target_format", self.target_format)
        if self.results and (spiking or self.rate.width > LARGEST_WORD):
            raise ValueError(f"results must be False with {'spikes' if spiking else self.rate}: "
                             f"they are rates of at most {LARGEST_WORD} bits")

    def _require_rate(self, name, fmt):
        """Raise ValueError unless every value of a format is one of the rate's."""
        if fmt.width > LARGEST_WORD:
            raise ValueError(f"{name} must be at most {LARGEST_WORD} bits wide, not {fmt}")
        if fmt.fraction > self.rate.fraction or (
            fmt.integer > self.rate.integer - (not fmt.signed)
        ):
            raise ValueError(f"{name} must fit into the rate {self.rate}, not be {fmt}")

    @classmethod
    def recommended(cls, rule: Rule, network: Network, changes: Mapping[str, Any],
                    **formats: Any) -> "Design":
        """Design of a rule and its formats, but for what a caller wants to be other.

        Parameters
        ----------
        rule : Rule
        network : Network
        changes : dict
            Parameters of `Design`, which come before all others.
        **formats
            Parameters of `Design` that are not the default.
        """
        parameters: dict[str, Any] = {"network": network, "rule": rule, **formats, **changes}
        return cls(**parameters)

    @cached_property
    def engine(self) -> Engine:
        """`Engine`: what the rule needs of the hardware."""
        return self.rule.engine

    # ---- derived formats -------------------------------------------------------------------

    @property
    def presynaptic(self) -> QFormat:
        """Format of a rate that is never negative."""
        return QFormat(self.rate.integer - 1, self.rate.fraction, signed=False)

    @property
    def event(self) -> QFormat:
        """Format of what a column event carries."""
        return self.difference if self.signed_events else self.presynaptic

    @property
    def signed_events(self) -> bool:
        """True if column events may be negative."""
        return self.engine.signed_events or self.transposed or self.sample.signed

    @property
    def target_values(self) -> QFormat:
        """Format of target values: stored ones, or the inputs; of classes, of no use."""
        if self.target is Target.INPUT:
            return self.sample
        fraction = min(self.rate.fraction, LARGEST_WORD - self.rate.integer)
        return self.target_format or QFormat(self.rate.integer, fraction)

    @property
    def difference(self) -> QFormat:
        """Format of r - q, or of its change: so wide that it never overflows."""
        return QFormat(self.rate.integer + 1 + self.engine.doubled_words, self.rate.fraction)

    @property
    def feed_width(self) -> int:
        """Inputs that enter the engine in a cycle: 1, or 2, a word of the sample memory.

        Targets that are not classes come one by one, and so do inputs then: such a sample keeps
        the engine busy for longer than that.
        """
        wide = self.network.sizes[0] >= WIDE_INPUTS and self.sample.width <= 8
        return 2 if wide and self.target is Target.CLASS and not self.engine.spiking else 1

    @property
    def feed_bits(self) -> int:
        """Bits that enter the engine in a cycle: 8, or 16, a word of the sample memory."""
        words = self.sample.width > 8 or self.target is Target.VECTOR
        return 16 if words or self.feed_width == 2 else 8

    @property
    def update_span(self) -> int:
        """Bits by which the learning rate may be lowered at run time (carried by the operand)."""
        signed = self.signed_events
        return max(0, min(7, OPERAND_BITS[signed] - self.event.width - (not signed)))

    @property
    def update_shifts(self) -> tuple[int, int]:
        """Smallest and largest k of a run-time learning rate eta / beta = 2**-k."""
        return self.rule.update_shift, self.update_lowest_rate - self.engine.lowered

    @property
    def update_lowest_rate(self) -> int:
        """k of the lowest learning rate that the presynaptic operand can carry."""
        return self.rule.update_shift + self.update_span

    @property
    def update_shift_range(self) -> range:
        """Every k that the update shift register may hold."""
        return range(self.update_shifts[0], self.update_shifts[1] + 1)

    @property
    def update_discard(self) -> int:
        """Bits below the weight's least significant one that an update rounds away.

        The product post * (pre << (lowest rate's k - k)) has 2 f_r + lowest rate's k fraction bits.
        """
        return 2 * self.rate.fraction + self.update_lowest_rate - self.weight.fraction

    @property
    def drive_fraction(self) -> int:
        """Fraction bits of an exact drive (weight times rate)."""
        return self.weight.fraction + self.rate.fraction

    @property
    def drive_width(self) -> int:
        """Bits of an exact drive: no sum over a fan-in or a fan-out can overflow it."""
        sizes, magnitudes = self.network.sizes, self.engine.magnitudes
        if magnitudes is not None:  # then it is spiking
            most = max(max(sizes[:-1]) << (self.weight.width - 1),
                       max(sizes[2:]) << magnitudes.bits)
            return (most * self.rate.one).bit_length() + 1
        largest_weight = 1 << (self.weight.width - 1)
        rate = -self.event.minimum if self.engine.signed_events else max(
            self.presynaptic.maximum, -self.sample.minimum << (
                self.rate.fraction - self.sample.fraction))
        forward = max(n + 1 for n in sizes[:-1]) * rate
        backward = max(sizes[2:]) << (self.difference.width - 1)
        return (largest_weight * max(forward, backward)).bit_length() + 1

    @property
    def drive(self) -> QFormat:
        """Format of an exact drive."""
        return QFormat(self.drive_width - self.drive_fraction, self.drive_fraction)

    @property
    def generators(self) -> int:
        """Pseudo-random generators: one for each lane that rounds, then those of the noise."""
        return self.lanes * self.stochastic + self.noise_generators

    @property
    def noise_generators(self) -> int:
        """One for each neuron lane where the rule has noise: neuron i draws from i mod K."""
        return self.neuron_lanes * self.engine.noise

    @property
    def single_port(self) -> bool:
        """True if the weights' memory reads or writes in a cycle, and does not do both."""
        return self.weight_memory is MemoryKind.SINGLE

    @property
    def stochastic(self) -> bool:
        """True if weight updates are rounded stochastically."""
        return self.weight.rounding is Rounding.STOCHASTIC

    # ---- identity --------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary of every parameter, enums as their values."""
        def plain(value: Any) -> Any:
            if isinstance(value, Enum):
                return value.value
            if isinstance(value, dict):
                return {k: plain(v) for k, v in value.items()}
            if isinstance(value, list | tuple):
                return [plain(v) for v in value]
            return value

        record = {"name": self.rule.name, **plain(dataclasses.asdict(self))}
        # Designs from before there was a choice keep their digest.
        for name, before in (("transposed", False), ("neuron_lanes", 1), ("target", "class"),
                             ("target_format", None), ("results", False), ("flash", False)):
            if record[name] == before:
                del record[name]
        for name in self.rule.left_out():
            del record["rule"][name]
        return record

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Design":
        """Design that `to_dict` described; raises ValueError or TypeError if it is not one."""
        try:
            left: dict[str, Any] = dict(record)
            name = left.pop("name")
            kind = RULES.get(name)
            if kind is None:
                raise ValueError(f"rule must be one of {', '.join(RULES)}, not {shown(name)}")
            network = dict(left.pop("network"))
            for key in ("weight", "rate", "state", "sample"):
                left[key] = QFormat.from_dict(left[key])
            if left.get("target_format") is not None:
                left["target_format"] = QFormat.from_dict(left["target_format"])
            left["weight_memory"] = MemoryKind(left["weight_memory"])
            left["target"] = Target(left.get("target", Target.CLASS))
            return cls(
                network=Network(tuple(network["sizes"]), Activation(network["hidden"]),
                                Activation(network["output"])),
                rule=kind.from_dict(left.pop("rule")),
                **left,
            )
        except KeyError as error:
            raise ValueError(f"design record lacks {error}") from None

    @property
    def digest(self) -> str:
        """First 8 bytes of the SHA-256 of every parameter, as 16 hexadecimal digits."""
        text = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def replace(self, **changes: Any) -> "Design":
        """Copy with some parameters changed (and checked again)."""
        return dataclasses.replace(self, **changes)
