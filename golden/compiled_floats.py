"""The loops of golden/floats.py, which has their contracts; compiled (golden/compilation.py).

Every sum begins with its first term and goes on in the order of the index that is summed over.
"""

import math

import numpy as np

from .compilation import compiled, elementwise, over_matrices

__all__ = ["exponential", "product", "pseudo_inverse", "solve", "tanh"]

FEW_ROWS = 4  # from here on a copy of the right matrix, whose rows are then contiguous, pays
SWEEPS = 60  # a Jacobi iteration takes some ten


@over_matrices("(m,k),(k,n)->(m,n)")
def product(left, right, result):
    """result = left right; k in order."""
    rows, inner = left.shape
    columns = right.shape[1]
    if rows < FEW_ROWS:
        for i in range(rows):
            for j in range(columns):
                result[i, j] = 0.0
            for k in range(inner):
                factor = left[i, k]
                for j in range(columns):
                    result[i, j] += factor * right[k, j]
        return
    right, row = right.copy(), np.empty(columns)
    for i in range(rows):
        row[:] = 0.0
        for k in range(inner):
            factor = left[i, k]
            for j in range(columns):
                row[j] += factor * right[k, j]
        result[i] = row


@over_matrices("(n,n),(n,m)->(n,m)")
def solve(matrix, columns, result):
    """Gaussian elimination, the largest pivot of each column."""
    size, count = columns.shape
    left, right = matrix.copy(), columns.copy()
    for pivot in range(size):
        best = pivot
        for i in range(pivot + 1, size):
            if abs(left[i, pivot]) > abs(left[best, pivot]):
                best = i
        if left[best, pivot] == 0.0:
            result[:] = np.nan
            return
        if best != pivot:
            for j in range(size):
                left[pivot, j], left[best, j] = left[best, j], left[pivot, j]
            for j in range(count):
                right[pivot, j], right[best, j] = right[best, j], right[pivot, j]
        for i in range(pivot + 1, size):
            factor = left[i, pivot] / left[pivot, pivot]
            for j in range(pivot + 1, size):
                left[i, j] -= factor * left[pivot, j]
            for j in range(count):
                right[i, j] -= factor * right[pivot, j]
    for i in range(size - 1, -1, -1):
        for j in range(count):
            value = right[i, j]
            for k in range(i + 1, size):
                value -= left[i, k] * result[k, j]
            result[i, j] = value / left[i, i]


@compiled
def _turn(one, other, cosine, sine):
    """Rotate two vectors in the plane that they span."""
    for i in range(len(one)):
        one[i], other[i] = (cosine * one[i] - sine * other[i], sine * one[i] + cosine * other[i])


@compiled
def _dot(one, other):
    total = 0.0
    for i in range(len(one)):
        total += one[i] * other[i]
    return total


@over_matrices("(n,m)->(m,n)")
def pseudo_inverse(matrix, result):
    """Rows of the matrix, at most as many as columns, are turned until they are orthogonal.

    One-sided Jacobi iteration (Hestenes 1958): Q A = S, S S^T diagonal, A^+ = S^T (S S^T)^-1 Q.
    """
    size = len(matrix)
    turned, turns, powers = matrix.copy(), np.eye(size), np.empty(size)
    for _ in range(SWEEPS):
        done = True
        for p in range(size):
            for q in range(p + 1, size):
                first, second = _dot(turned[p], turned[p]), _dot(turned[q], turned[q])
                both = _dot(turned[p], turned[q])
                if not abs(both) > 1e-15 * math.sqrt(first * second):
                    continue
                done = False
                zeta = (second - first) / (2.0 * both)
                tangent = math.copysign(1.0, zeta) / (abs(zeta) + math.sqrt(1.0 + zeta * zeta))
                cosine = 1.0 / math.sqrt(1.0 + tangent * tangent)
                _turn(turned[p], turned[q], cosine, cosine * tangent)
                _turn(turns[p], turns[q], cosine, cosine * tangent)
        if done:
            break
    largest = 0.0
    for p in range(size):
        powers[p] = _dot(turned[p], turned[p])
        largest = max(largest, powers[p])
    result[:] = 0.0
    for p in range(size):
        if powers[p] > 1e-30 * largest:  # singular values that are not zero but for rounding
            for i in range(result.shape[0]):
                factor = turned[p, i] / powers[p]
                for j in range(size):
                    result[i, j] += factor * turns[p, j]


LOG2 = 0.6931471805599453
# ln 2 in two parts; the upper one has 32 bits, so that its multiples are exact.
LOG2_HIGH, LOG2_LOW = 0xB17217F7 / 2.0**32, 1.9082149292705877e-10
# exp(r) - 1 = r + r^2 / 2! + … to r^14: |r| <= ln 2 / 2, beyond are less than 1e-18 of it.
INVERSE_FACTORIALS = tuple(1.0 / math.factorial(n) for n in range(14, 0, -1))


@compiled
def _parts(x):
    """(k, exp(r) - 1) with x = k ln 2 + r."""
    k = math.floor(x / LOG2 + 0.5)
    r = (x - k * LOG2_HIGH) - k * LOG2_LOW
    series = 0.0
    for factor in INVERSE_FACTORIALS:
        series = (series + factor) * r
    return k, series


@elementwise
def exponential(x):
    """2^k exp(r)."""
    if not -745.2 < x < 709.79:
        return x if x != x else (np.inf if x > 0.0 else 0.0)
    k, series = _parts(x)
    return math.ldexp(1.0 + series, k)


@elementwise
def tanh(x):
    """t / (t + 2) with t = exp(2 |x|) - 1, and the sign of x."""
    if not abs(x) < 20.0:
        return x if x != x else math.copysign(1.0, x)
    k, series = _parts(2.0 * abs(x))
    t = math.ldexp(series, k) + (math.ldexp(1.0, k) - 1.0)
    return math.copysign(t / (t + 2.0), x)
