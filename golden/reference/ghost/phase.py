"""The phases of a sample: pure functions from a network and its inputs to states.

Layers 0 .. L, r_0 = x; one state s_l per neuron, r_l = rho(s_l), v_l = W_l r_{l-1} + b_l, and

    tau ds_l/dt = -s_l + v_l + B_l (r_{l+1} - q_l)      l = 1 .. L-1
    tau ds_L/dt = -s_L + v_L + beta (t - r_L)           beta = 0: free phase, beta > 0: nudged

(reconstructed from the abstract of Mesnard et al. 2019, see cancellation.py for q). With exact
cancellation the free fixed point is the feedforward pass, whatever W and B are.
"""

from dataclasses import dataclass

import numpy as np

from ..feedforward.cancellation import MECHANISMS

__all__ = ["State", "feedforward", "relax", "silent", "sweep"]


@dataclass
class State:
    """The network at one time; lists by layer, arrays samples x neurons.

    Attributes
    ----------
    potentials : list of array
        s_1 … s_L at 1 … L (entry 0 is not used: None).
    rates : list of array
        r_0 … r_L.
    ghosts : dict of int to array
        Ghost variable of the ghosts that stand for layer m = 2 … L.
    """

    potentials: list
    rates: list
    ghosts: dict


def _targets(net, rates):
    mechanism = MECHANISMS[net.rule.mechanism]
    return {m: mechanism.target(net, m, rates[m - 1], rates[m])
            for m in range(2, net.rule.depth + 1)}


def feedforward(net, x):
    """Free state that one pass upwards gives: s_l = v_l, ghosts at their target."""
    potentials, rates = [None], [x]
    for layer in range(1, net.rule.depth + 1):
        potentials.append(net.drive(f"W{layer}", rates[-1]))
        rates.append(net.rate(layer, potentials[-1]))
    return State(potentials, rates, _targets(net, rates))


def silent(net, x):
    """State with every potential and ghost variable at zero, input applied."""
    sizes = net.rule.sizes
    potentials = [None] + [np.zeros((len(x), n)) for n in sizes[1:]]
    rates = [x] + [net.rate(m, s) for m, s in enumerate(potentials) if m]
    return State(potentials, rates, {m: 0.0 * g for m, g in _targets(net, rates).items()})


def sweep(net, free, target, beta):
    """One top-down sweep from the feedforward state, with the feedforward drives held:

        s_L = v_L + beta (t - r_L);   s_l = v_l + B_l (rho(s_{l+1}) - q_l)   for l = L-1 … 1.

    Equal to the relaxation with dt = tau when layer l is read at step L - l + 1, as the nudge
    first arrives (exactly so for ghosts that cancel exactly).
    """
    depth, mechanism = net.rule.depth, MECHANISMS[net.rule.mechanism]
    potentials, rates = list(free.potentials), list(free.rates)
    potentials[depth] = potentials[depth] + beta * (target - free.rates[depth])
    rates[depth] = net.rate(depth, potentials[depth])
    for layer in range(depth - 1, 0, -1):
        remainder = mechanism.remainder(net, layer + 1, free.rates[layer], rates[layer + 1],
                                        free.ghosts[layer + 1])
        potentials[layer] = potentials[layer] + remainder
        rates[layer] = net.rate(layer, potentials[layer])
    return State(potentials, rates, free.ghosts)


def relax(net, state, steps, target=None, beta=0.0):
    """Yield the state after each of `steps` Euler steps of all layers at once.

    s += dt / tau (drive - s). Ghosts follow without delay or by rule.ghost_step, unless the
    mechanism holds them while beta > 0. With rule.hold_nudge the output is pulled by
    beta (t - r_L) of the state in which the phase began.
    """
    rule, mechanism = net.rule, MECHANISMS[net.rule.mechanism]
    depth, held = rule.depth, mechanism.held and beta > 0.0
    lowest = net.drive("W1", state.rates[0])  # constant: the input does not change
    start = state.rates[depth]
    for _ in range(steps):
        potentials, rates = [None], [state.rates[0]]
        for layer in range(1, depth + 1):
            drive = lowest if layer == 1 else net.drive(f"W{layer}", state.rates[layer - 1])
            if layer < depth:
                drive = drive + mechanism.remainder(net, layer + 1, state.rates[layer],
                                                    state.rates[layer + 1],
                                                    state.ghosts[layer + 1])
            elif beta > 0.0:
                drive = drive + beta * (target - (start if rule.hold_nudge
                                                  else state.rates[depth]))
            old = state.potentials[layer]
            potentials.append(old + rule.step * (drive - old))
            rates.append(net.rate(layer, potentials[layer]))
        ghosts = state.ghosts
        if not held and rule.ghost_step is None:
            ghosts = _targets(net, rates)
        elif not held:
            ghosts = {m: g + rule.ghost_step * (aim - g) for (m, g), aim
                      in zip(ghosts.items(), _targets(net, state.rates).values(), strict=True)}
        state = State(potentials, rates, ghosts)
        yield state
