"""Exact backprop sample by sample, compiled (golden/compilation.py): `BackpropModel` for MNIST.

The same equations and the same sums in the same order, but inputs that are zero are passed over: it
agrees with `BackpropModel.learn` in every bit.
"""

import numpy as np

from ...compilation import compiled

__all__ = ["LIMITS", "learn_all"]

# Activations that are their argument between two limits.
LIMITS = {"clip": (0.0, 1.0), "relu": (0.0, np.inf), "linear": (-np.inf, np.inf)}


def learn_all(model, x, targets, order, rate, margin=np.inf):
    """Descend the gradient with `rate` at every sample; the predictions made before each.

    Parameters
    ----------
    model : BackpropModel
        Of activations with LIMITS.
    x, targets : float64 arrays (n, n_0) and (n, n_L)
    order : int64 array (turns,)
    rate, margin : float
        A sample is left alone whose class's output leads all others by the margin; its targets are
        1 and zeros then.
    """
    rule, sizes = model.rule, np.array(model.rule.sizes)
    names = [f"W{layer}" for layer in range(1, rule.depth + 1)]
    weights = np.concatenate([model.weights[name].T.ravel() for name in names])
    limits = np.array([LIMITS[rule.hidden]] * rule.depth + [LIMITS[rule.output]])
    predictions = np.zeros(len(order), np.int64)
    bases = np.cumsum(np.append(0, (sizes[:-1] + 1) * sizes[1:]))
    _learn_all(sizes, bases, limits, weights, x, targets, order, rate, margin, predictions)
    for name, start, end in zip(names, bases, bases[1:], strict=False):
        model.weights[name][...] = weights[start:end].reshape(model.weights[name].shape[::-1]).T
    return predictions


@compiled
def _learn_all(sizes, bases, limits, weights, x, targets, order, rate, margin, predictions):
    depth, widest = len(sizes) - 1, sizes.max() + 1
    drives, rates, deltas = [np.zeros((depth + 1, widest)) for _ in range(3)]
    for turn in range(len(order)):
        rates[0, :sizes[0]] = x[order[turn]]
        for layer in range(1, depth + 1):
            below, size, drive = sizes[layer - 1], sizes[layer], drives[layer]
            # Transposed: columns x rows.
            matrix = weights[bases[layer - 1]:bases[layer]].reshape(below + 1, size)
            rates[layer - 1, below] = 1.0  # of the bias
            drive[:size] = 0.0
            for j in range(below + 1):
                if rates[layer - 1, j] != 0.0:
                    for i in range(size):
                        drive[i] += matrix[j, i] * rates[layer - 1, j]
            for i in range(size):
                rates[layer, i] = min(max(drive[i], limits[layer, 0]), limits[layer, 1])
        predictions[turn] = rates[depth, :sizes[depth]].argmax()
        if margin < np.inf:
            own, others = 0.0, -np.inf
            for i in range(sizes[depth]):
                if targets[order[turn], i] != 0.0:
                    own = rates[depth, i]
                else:
                    others = max(others, rates[depth, i])
            if own - others >= margin:
                continue
        for layer in range(depth, 0, -1):
            size, delta = sizes[layer], deltas[layer]
            if layer == depth:
                delta[:size] = targets[order[turn]] - rates[layer, :size]
            else:
                above = weights[bases[layer]:bases[layer + 1]].reshape(size + 1, sizes[layer + 1])
                for i in range(size):
                    delta[i] = 0.0
                    for k in range(sizes[layer + 1]):
                        delta[i] += above[i, k] * deltas[layer + 1, k]
            for i in range(size):
                if not limits[layer, 0] < drives[layer, i] < limits[layer, 1]:
                    delta[i] = 0.0
        for layer in range(1, depth + 1):
            below, size, delta = sizes[layer - 1], sizes[layer], deltas[layer]
            matrix = weights[bases[layer - 1]:bases[layer]].reshape(below + 1, size)
            for j in range(below + 1):
                if rates[layer - 1, j] != 0.0:
                    for i in range(size):
                        matrix[j, i] += rate * (delta[i] * rates[layer - 1, j])
