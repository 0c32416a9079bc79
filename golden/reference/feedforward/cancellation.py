"""How ghost units cancel the top-down feedback: one class per mechanism.

Reconstructed from the abstract of Mesnard et al. 2019 (arXiv:1911.08585), which names the two ends,
"complete duplication of the connectivity" and "online replication of the feedback activity". The
equations, the names and everything between the two ends are this project's own.

Layer m >= 2 sends B r_m down to layer m-1, whose ghosts take B q_m away from it. Every mechanism
has one *ghost variable* g per upper layer m, that relaxes to a target while it is not held,

    tau_g dg/dt = -g + target(r_{m-1}, r_m),

and turns it into the ghosts' rates q_m. The remainder B (r_m - q_m) is what the layer below feels:
zero at the free fixed point, the error when the output is nudged. Arrays are samples x neurons.
"""

from ...floats import product

__all__ = ["MECHANISMS", "Cancellation"]


class Cancellation:
    """Base: ghosts that are one-to-one partners of the upper neurons and share their feedback B.

    Attributes
    ----------
    held : bool
        The ghost variable keeps its free value while the output is nudged.
    own_weights : bool
        The ghosts have lateral weights G of their own.
    """

    held = False
    own_weights = False

    def target(self, net, layer, lower, upper):
        """Target of the ghost variable of `layer`, given rates of layer-1 and layer."""
        raise NotImplementedError

    def rate(self, net, layer, lower, ghost):
        """Ghosts' rates q."""
        raise NotImplementedError

    def remainder(self, net, layer, lower, upper, ghost):
        """Feedback into layer-1 that is not cancelled: B (r - q)."""
        return net.feedback(layer, upper - self.rate(net, layer, lower, ghost))

    def change(self, net, layer, free, paired, nudged):
        """(matrix name, post, pre) of the ghosts' own plasticity, or None if they have none.

        `free` and `nudged` are the states at the end of the phases; `paired` is the one of the two
        whose rates the plasticity uses as presynaptic: pre and q must be of one time.
        """


class Copy(Cancellation):
    """A-copy: q = rho(W r + b), live; the ghosts read the upper layer's own weights."""

    bank = "W"

    def target(self, net, layer, lower, upper):
        """Drive of the ghosts."""
        return net.drive(f"{self.bank}{layer}", lower)

    def rate(self, net, layer, lower, ghost):
        """rho(g)."""
        return net.rate(layer, ghost)


class LearnFree(Copy):
    """A-learnW: weights G of their own; free phase: dG = eta_g (r - q) r_below^T."""

    bank = "G"
    own_weights = True

    def change(self, net, layer, free, paired, nudged):
        """The upper neuron's free rate teaches its ghost."""
        ghosts = self.rate(net, layer, free.rates[layer - 1], free.ghosts[layer])
        return f"G{layer}", free.rates[layer] - ghosts, free.rates[layer - 1]


class LearnSame(LearnFree):
    """A-sameR: as A-learnW, but never gated: the nudged rate teaches.

    With eta_g = eta / beta a ghost gets the very update of its partner: a copy stays a copy, and
    a mismatch M = W - G decays by dM = -eta_g (rho(W r) - rho(G r)) r^T.
    """

    def change(self, net, layer, free, paired, nudged):
        """The upper neuron's nudged rate teaches its ghost."""
        ghosts = self.rate(net, layer, paired.rates[layer - 1], paired.ghosts[layer])
        return f"G{layer}", nudged.rates[layer] - ghosts, paired.rates[layer - 1]


class LearnInhibition(LearnFree):
    """A-learnB: random fixed G; inhibitory weights I learn dI = eta_b (B r - I q) q^T, free phase.

    After the inhibitory plasticity of dendritic microcircuits (Sacramento et al. 2018). The step is
    normalised by ||q||^2 of the sample, else it diverges as soon as eta_b ||q||^2 > 2. Ghosts need
    not be one-to-one: rule.ghosts_per_unit of them stand for each upper neuron.
    """

    def remainder(self, net, layer, lower, upper, ghost):
        """B r - I q."""
        inhibition = product(self.rate(net, layer, lower, ghost), net[f"I{layer}"])
        return net.feedback(layer, upper) - inhibition

    def change(self, net, layer, free, paired, nudged):
        """The inhibitory synapse learns to cancel what is left; dI has the ghosts as its rows."""
        lower = free.rates[layer - 1]
        ghosts = self.rate(net, layer, lower, free.ghosts[layer])
        left = self.remainder(net, layer, lower, free.rates[layer], free.ghosts[layer])
        power = (ghosts**2).sum(axis=1, keepdims=True)
        return f"I{layer}", ghosts / (power + 1e-6), left


class Hybrid(Cancellation):
    """H: q = rho(G r + g) + a, with G = (1 - epsilon) W and a fast offset a -> r - rho(G r + g).

    The offset is held while nudged. epsilon = 0 is A-copy, epsilon = 1 is C1.
    """

    held = True

    def _copy(self, net, layer, lower):
        return net.rate(layer, (1.0 - net.rule.mismatch) * net.drive(f"W{layer}", lower))

    def target(self, net, layer, lower, upper):
        """The part that the imperfect copy misses."""
        return upper - self._copy(net, layer, lower)

    def rate(self, net, layer, lower, ghost):
        """Copy and offset."""
        return self._copy(net, layer, lower) + ghost


class Replicate(Cancellation):
    """C1: each ghost follows its partner in the free phase, q -> r, and is held while nudged."""

    held = True

    def target(self, net, layer, lower, upper):
        """The partner's rate."""
        return upper

    def rate(self, net, layer, lower, ghost):
        """The replica."""
        return ghost


class Track(Replicate):
    """C2: as C1, but never gated: the feedback is high-passed and the error a transient.

    The error fades as (1 - dt / tau_g)^n. In the sweep, which is the first arrival at dt = tau,
    the ghosts have not moved yet, so that C2 equals C1 there.
    """

    held = False


class Current(Cancellation):
    """C3: one ghost current per neuron, no ghost weights: c -> B r free, held while nudged."""

    held = True

    def target(self, net, layer, lower, upper):
        """The whole feedback."""
        return net.feedback(layer, upper)

    def remainder(self, net, layer, lower, upper, ghost):
        """B r - c."""
        return net.feedback(layer, upper) - ghost


class Absent(Cancellation):
    """N: the ablation, nothing is taken away."""

    def target(self, net, layer, lower, upper):
        """Nothing to follow."""
        return 0.0 * upper

    def remainder(self, net, layer, lower, upper, ghost):
        """B r."""
        return net.feedback(layer, upper)


MECHANISMS = {
    "A-copy": Copy(), "A-learnW": LearnFree(), "A-sameR": LearnSame(),
    "A-learnB": LearnInhibition(), "H": Hybrid(), "C1": Replicate(), "C2": Track(),
    "C3": Current(), "N": Absent(),
}
