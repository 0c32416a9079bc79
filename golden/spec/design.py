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
from .last_layer import LastLayer
from .margin import check_margin
from .memory_kind import MemoryKind
from .network import Activation, Network
from .plain import Plain, shown
from .qformat import Overflow, QFormat, Rounding, check_integer
from .registry import RULES, default_rule
from .rule import Rule
from .sample_formats import LARGEST_WORD, check_sample_formats
from .targets import Target

__all__ = ["Activation", "Design", "Network", "Target"]

# Native multipliers: 16 x 16 on iCE40, 18 x 18 on ECP5 and Gowin. The presynaptic operand may use
# what is left of them to carry the learning rate as a left shift. Signed entries need the larger.
OPERAND_BITS = {False: 16, True: 18}
WIDE_INPUTS = 256  # inputs from which on two are fed in a cycle: one would keep the engine waiting
WIDE_LANES = 65  # lanes from which on four are
NEURON_LANES = (1, 2, 4, 8, 16)
# Records of designs from before there was a choice lack these at their defaults, so that they keep
# their digest.
LATER = {"transposed": False, "neuron_lanes": 1, "target": "class", "target_format": None,
         "results": False, "flash": False, "margin_shift": None}


@dataclass(frozen=True)
class Design(Plain):
    """Network, rule, formats and resources of one engine.

    Parameters
    ----------
    network : Network
    rule : Rule
    lanes : int
        Multiply-accumulate units that work at once, P of them, 1 .. 256. More learn faster and
        take more of the chip, its multipliers above all. `cortigate explain` says what fits.
    weight : QFormat
        Number format of weights and biases: signed, 1 .. 8 integer bits, 6 .. 24 bits in all. More
        fraction bits keep smaller steps of learning and take more memory, more integer bits allow
        larger weights. Its rounding is that of every weight update: stochastic keeps on average
        what is smaller than a step.
    rate : QFormat
        Number format of what neurons give out, their rates: signed, 2 .. 4 integer bits, 3 .. 13
        fraction bits. More fraction bits are finer and take wider multipliers.
    state : QFormat
        Number format of a neuron's weighted sum of inputs, before its activation function: at
        least the integer bits of `rate`, at most 12, and the fraction bits of `rate`, or of
        `weight` where neurons spike. More integer bits let larger sums pass unclipped.
    sample : QFormat
        Number format of stored inputs: at most 16 bits, and every value must be one of `rate`;
        where neurons spike, unsigned and at most 8 bits. The estimators scale data to 0 .. 1 first,
        unless they are told not to.
    weight_memory : MemoryKind
        Kind of memory that holds the weights. auto: the tools choose; block: block RAM;
        distributed: RAM made of LUTs; single: a large memory with one port, iCE40's SPRAM, in
        which an update takes two cycles a word, a read and a write. Take single for many weights
        on an iCE40UP5K.
    sample_capacity : int
        Samples that the chip's own memory holds, 1 .. 65536. A larger data set goes through it in
        parts. Less of it leaves block RAM for other things.
    transposed : bool
        Whether those rows of the last layer's weights that fill no block of lanes (or its only one)
        are stored with rows and columns exchanged, which wastes fewer lanes. Only some rules can.
    neuron_lanes : int
        Neurons that take their weighted sums in one clock cycle, K of them: 1, 2, 4, 8 or 16. It
        must divide `lanes`, or `lanes` - 1 where the last lane has only the biases of weights that
        are stored transposed. More are faster where lanes are many, and take logic. Neuron i of a
        layer is in neuron lane i mod K. A pass forward brings K sums a cycle, one backward a sum.
    generator_seed : int
        Seed of the random numbers by which stochastic rounding decides, 1 .. 2**31 - 1. It matters
        only if a format rounds stochastically, or the rule has noise.
    target : Target
        What the outputs learn. class: the number of a class; vector: values that are given with
        each sample (regression); input: the sample's own inputs (autoencoder). Neurons that spike
        learn classes alone.
    target_format : QFormat or None
        Number format of the values that a vector consists of: at most 16 bits, and every value must
        be one of `rate`. None is the format of `rate`, or as much of it as 16 bits hold.
    results : bool
        Whether a prediction can leave the outputs of any one layer in the sample memory, to be read
        as numbers, and not the class alone. Probabilities, regression and codes need it. `rate`
        must have at most 16 bits then. Not where neurons spike.
    flash : bool
        Whether samples may also come from the board's flash memory, which has room for many more.
        It takes some 1,300 LUTs, and a board whose file says where its flash memory is.
    margin_shift : int or None
        Lead that is large enough to learn nothing more, as k of 2**-k: a sample of which the output
        of its own class is by so much larger than every other one ends there, which saves most of
        its cycles. 0 .. 13, at most the fraction bits of `rate`; 1 is a careful choice. None: every
        sample is learned. Only some rules can, and only with two classes or more.

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
    margin_shift: int | None = None

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
        check_sample_formats(self)
        check_margin(self)
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
        # A lane that never has a neuron's row, only the row of biases, needs no neuron lane.
        spare = self.transposed and max(self.network.sizes[1:]) < self.lanes
        if self.lanes % self.neuron_lanes and not (
                spare and self.lanes % self.neuron_lanes == 1):
            raise ValueError(f"neuron_lanes must divide the {self.lanes} lanes, "
                             f"not {self.neuron_lanes}")
        self.rule.check(self)

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
        return self.difference if self.signed_lists or self.last.split else self.presynaptic

    @property
    def entry(self) -> QFormat:
        """Format of what an entry of an event list carries."""
        return self.difference if self.signed_lists else self.presynaptic

    @property
    def signed_lists(self) -> bool:
        """True if entries of event lists may be negative."""
        return self.engine.signed_events or self.last.turned or self.sample.signed

    @cached_property
    def last(self) -> LastLayer:
        """`LastLayer`: how the last layer's weights lie."""
        return LastLayer.of(self.network.sizes[-1], self.lanes, self.transposed)

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
        """Inputs that enter the engine in a cycle: 1, 2, a word of the sample memory, or 4.

        Targets that are not classes come one by one, and so do inputs then: such a sample keeps
        the engine busy for longer than that.
        """
        wide = self.network.sizes[0] >= WIDE_INPUTS and self.sample.width <= 8
        if not wide or self.target is not Target.CLASS or self.engine.spiking:
            return 1
        return 4 if self.lanes >= WIDE_LANES else 2

    @property
    def feed_bits(self) -> int:
        """Bits that enter the engine in a cycle: 8; 16, a word of the sample memory; or 32."""
        words = self.sample.width > 8 or self.target is Target.VECTOR
        return max(16 if words else 8, 8 * self.feed_width)

    @property
    def update_span(self) -> int:
        """Bits by which the learning rate may be lowered at run time (carried by the operand)."""
        signed = self.event.signed
        return max(0, min(7, OPERAND_BITS[self.signed_lists] - self.event.width - (not signed)))

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
    def margin(self) -> int | None:
        """2**-margin_shift, raw in `rate`."""
        return None if self.margin_shift is None else self.rate.one >> self.margin_shift

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
        for name, default in LATER.items():
            if record[name] == default:
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
