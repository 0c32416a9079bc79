"""Where every weight, post-synaptic value, neuron and event list lives in the engine's memories."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from .design import Design
from .plain import Plain
from .targets import Target

__all__ = ["Matrix", "MemoryMap"]


@dataclass(frozen=True)
class Matrix(Plain):
    """One weight matrix with its bias column, cut into blocks of `lanes` rows.

    Word ``base + b * columns + j`` holds ``W[b*P .. b*P+P-1, j]``, lane p the row ``b*P + p``;
    column ``columns - 1`` is the bias, if there is one. Rows beyond the last may hold anything,
    as in a memory that cannot be initialised (the driver writes zeros): forward their sums are
    not drained; backward and in an update they meet a post-synaptic value of zero, which adds
    nothing to a sum and leaves the row as it is, or lets it decay like the others.
    A matrix that is stored transposed (kind "T") has the roles of its layers swapped: its rows are
    the presynaptic neurons, then the bias. Where only some of W_L's rows are, it lies in two: first
    its head (kind "W"), whose rows fill blocks, then its tail (kind "T").

    Parameters
    ----------
    layer : int
        l of W_l, 1 .. L: rows are the neurons of layer l, columns those of layer l-1.
    kind : str
        "W"; "G": another one of the same shape (`Engine.second_weights`); "B": feedback
        weights from layer l+1, 1 .. L-1, without a bias column; "T": W_L transposed, l = L-1.
    rows, columns, blocks, base : int
    biased : bool
        The last column is the bias.
    first : int
        Row of W_l that this one begins with: not 0 of a tail.
    split : bool
        This is a head or a tail.
    """

    layer: int
    kind: str
    rows: int
    columns: int
    blocks: int
    base: int
    lanes: int
    biased: bool
    first: int = 0
    split: bool = False

    @property
    def words(self) -> int:
        """Memory words."""
        return self.blocks * self.columns

    @property
    def transposed(self) -> bool:
        """True if W[i, j] lies where W[j, i] would."""
        return self.kind == "T"

    @property
    def shape(self) -> tuple[int, int]:
        """Of the matrix as the equations have it: postsynaptic x presynaptic with bias."""
        return (self.columns, self.rows) if self.transposed else (self.rows, self.columns)

    @property
    def neurons(self) -> int:
        """Rows without the bias's."""
        return self.rows - self.transposed

    @property
    def neuron_blocks(self) -> int:
        """Blocks that have neurons: those of a forward pass."""
        return -(-self.neurons // self.lanes)

    @property
    def last_rows(self) -> int:
        """Neurons in the last block that has any."""
        return self.neurons - (self.neuron_blocks - 1) * self.lanes

    @property
    def synapses(self) -> int:
        """Number of weights, biases not counted."""
        return self.neurons * self.inputs

    @property
    def tail(self) -> bool:
        """True if it holds the last rows of a matrix, and its head the others."""
        return self.first > 0

    @property
    def name(self) -> str:
        """W1 … WL, G2 … GL, B1 …; head and tail have the same."""
        return f"W{self.layer + 1}" if self.transposed else f"{self.kind}{self.layer}"

    @property
    def title(self) -> str:
        """The name; of a head or tail with its rows."""
        rows = f", rows {self.first} .. {self.first + self.shape[0] - 1}" * self.split
        return self.name + rows + ", transposed" * self.tail

    @property
    def inputs(self) -> int:
        """Columns without the bias."""
        return self.columns - self.biased

    @property
    def source(self) -> int:
        """Layer whose neurons are the columns."""
        return self.layer + 1 if self.kind in "BT" else self.layer - 1


class MemoryMap:
    """Addresses of one design.

    Parameters
    ----------
    design : Design
    """

    def __init__(self, design: Design):
        self._design = design

    @property
    def design(self) -> Design:
        """The design."""
        return self._design

    @cached_property
    def matrices(self) -> tuple[Matrix, ...]:
        """Every matrix in address order: W1 … WL, then G2 … GL or B1 … where the rule has them."""
        sizes, lanes, engine = (self._design.network.sizes, self._design.lanes,
                                self._design.engine)
        depth = len(sizes) - 1
        head, tail, split = self._design.last.head, self._design.last.tail, self._design.last.split
        order = [(layer, "W", sizes[layer], sizes[layer - 1]) for layer in range(1, depth)]
        order += [(depth, "W", head, sizes[-2])] * (head > 0)
        order += [(depth - 1, "T", sizes[-2] + engine.biases, tail)] * (tail > 0)
        if engine.second_weights:
            order += [(layer, "G", sizes[layer], sizes[layer - 1]) for layer in range(2, depth + 1)]
        if engine.feedback_weights:
            order += [(layer, "B", sizes[layer], sizes[layer + 1]) for layer in range(1, depth)]
        out, base = [], 0
        for layer, kind, rows, inputs in order:
            biased = engine.biases and kind in "WG"
            parted = split and (kind == "T" or kind == "W" and layer == depth)
            out.append(Matrix(layer, kind, rows, inputs + biased, -(-rows // lanes), base, lanes,
                              biased, head if parted and kind == "T" else 0, parted))
            base += out[-1].words
        return tuple(out)

    @cached_property
    def shapes(self) -> dict[str, tuple[int, int]]:
        """Name -> shape of every matrix as the equations have it, head and tail together."""
        found: dict[str, tuple[int, int]] = {}
        for m in self.matrices:
            rows, columns = m.shape
            found[m.name] = found.get(m.name, (0, 0))[0] + rows, columns
        return found

    @property
    def tail(self) -> Matrix | None:
        """The tail of W_L, if it has one."""
        return next((m for m in self.matrices if m.tail), None)

    def matrix(self, layer: int, kind: str = "W") -> Matrix:
        """The matrix W_layer (G_layer, B_layer), or its head."""
        for m in self.matrices:
            if m.name == f"{kind}{layer}":
                return m
        raise KeyError(f"this design has no {kind}{layer}, only "
                       f"{', '.join(m.name for m in self.matrices)}: see Engine")

    @cached_property
    def weight_depth(self) -> int:
        """Words of weight memory, each `lanes` weights wide."""
        return sum(m.words for m in self.matrices)

    @cached_property
    def lane_address_bits(self) -> int:
        """Bits of the lane number in a host address: host address = word << bits | lane."""
        return max(0, (self._design.lanes - 1).bit_length())

    def host_weights(self) -> Iterator[tuple[Matrix, int, int, int, int]]:
        """Yield (matrix, word, lane, row, column) of every weight that the host may touch.

        Row and column are those of the matrix as the equations have it.
        """
        for m in self.matrices:
            for row in range(m.rows):
                block, lane = divmod(row, m.lanes)
                for column in range(m.columns):
                    place = (m.first + column, row) if m.transposed else (row, column)
                    yield m, m.base + block * m.columns + column, lane, *place

    @cached_property
    def post_bases(self) -> tuple[int, ...]:
        """First post-synaptic word of layers 1 .. L (index 0 unused): one word per block."""
        bases = [0]
        for layer in range(1, self._design.network.depth + 1):
            bases.append(bases[-1] + self.post_blocks(layer - 1))
        return tuple(bases)

    def post_blocks(self, layer: int) -> int:
        """Post-synaptic words of a layer (0: none); a bias may follow its neurons."""
        network = self._design.network
        biased = self._design.last.tail > 0 and layer == network.depth - 1
        return -(-(network.sizes[layer] + biased) // self._design.lanes) if layer else 0

    @cached_property
    def post_depth(self) -> int:
        """Words of post-synaptic memory."""
        depth = self._design.network.depth
        return self.post_bases[depth] + self.post_blocks(depth)

    # ---- neurons: K lanes with memories of their own, neuron i in lane i mod K at i div K -------

    @cached_property
    def neuron_bases(self) -> tuple[int, ...]:
        """First neuron address of layers 1 .. L in every neuron lane (index 0 unused)."""
        bases, base = [0], 0
        for size in self._design.network.sizes[1:]:
            bases.append(base)
            base += -(-size // self._design.neuron_lanes)
        return tuple(bases)

    @cached_property
    def neurons(self) -> int:
        """Neuron addresses of a neuron lane; with one lane, the neurons of layers 1 .. L."""
        return sum(-(-size // self._design.neuron_lanes) for size in self._design.network.sizes[1:])

    def neuron(self, address: int, lane: int = 0) -> tuple[int, int]:
        """(layer, index) of a neuron lane's address; the lane may have no such neuron."""
        for layer in range(self._design.network.depth, 0, -1):
            if address >= self.neuron_bases[layer]:
                row = address - self.neuron_bases[layer]
                return layer, row * self._design.neuron_lanes + lane
        raise KeyError(address)

    # ---- sample memory: 16-bit words: inputs, target values, the label word, results ----------

    @cached_property
    def input_words(self) -> int:
        """Words of a sample's inputs: two in each, low byte first, if a byte holds one."""
        inputs = self._design.network.sizes[0]
        return -(-inputs // 2) if self._design.sample.width <= 8 else inputs

    @cached_property
    def target_words(self) -> int:
        """Words of a sample's target values, one in each: of a vector only."""
        return self._design.network.sizes[-1] if self._design.target is Target.VECTOR else 0

    @cached_property
    def label_word(self) -> int:
        """Place of a sample's label among its words, after inputs and target values.

        The low byte is the class, or 0 where the target is none, or `golden.spec.link.NO_TARGET`;
        the engine writes its prediction, if there are classes, to the high byte.
        """
        return self.input_words + self.target_words

    @cached_property
    def result_word(self) -> int:
        """Place of the first of a sample's results: the rates that an inference left in a layer.

        One signed number in design.rate in each word, as many as the layer has neurons.
        """
        return self.label_word + 1

    @cached_property
    def sample_words(self) -> int:
        """Words of a stored sample, with room for the results of the widest layer, if any."""
        return self.result_word + (max(self._design.network.sizes[1:]) * self._design.results)

    @cached_property
    def sample_depth(self) -> int:
        """16-bit words of sample memory."""
        return self.sample_words * self._design.sample_capacity

    @cached_property
    def shuffle_bits(self) -> int:
        """Bits of the shuffling generator: 2**bits covers every sample index (2 at least)."""
        return max(2, (self._design.sample_capacity - 1).bit_length())
