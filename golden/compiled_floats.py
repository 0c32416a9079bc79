"""The loops of golden/floats.py, which has their contracts; compiled (golden/compilation.py).

Every sum begins with its first term and goes on in the order of the index that is summed over.
"""

import math

import numpy as np

from .compilation import compiled, elementwise, over_matrices

__all__ = ["cosine", "exponential", "logarithm", "product", "pseudo_inverse", "sine", "solve",
           "tanh"]

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


# ln m = 2 (s + s^3 / 3 + …) with s = (m - 1) / (m + 1), to s^23: s^2 <= 0.0295.
ODD_INVERSES = tuple(1.0 / n for n in range(23, 1, -2))
HALF_ROOT = 0.7071067811865476  # square root of 1/2


@elementwise
def logarithm(x):
    """k ln 2 + ln m with x = 2^k m, m from the root of 1/2 to that of 2."""
    if not 0.0 < x < np.inf:
        return -np.inf if x == 0.0 else (x if x > 0.0 else np.nan)
    m, k = math.frexp(x)
    if m < HALF_ROOT:
        m, k = 2.0 * m, k - 1
    s = (m - 1.0) / (m + 1.0)
    square, series = s * s, 0.0
    for factor in ODD_INVERSES:
        series = (series + factor) * square
    return k * LOG2_HIGH + (2.0 * s * (1.0 + series) + k * LOG2_LOW)


HALF_PI = 1.5707963267948966
# pi / 2 in three parts; the upper two have 33 bits, so that their multiples are exact.
HALF_PI_HIGH, HALF_PI_MIDDLE = 1.5707963267341256, 6.077100506303966e-11
HALF_PI_LOW = 2.0222662487959506e-21
LARGEST_ANGLE = 2.0**20
# sin r = r - r^3 / 3! + … to r^19 and cos r to r^18: |r| <= pi / 4.
SINE_FACTORS = tuple((-1.0)**n / math.factorial(2 * n + 1) for n in range(9, 0, -1))
COSINE_FACTORS = tuple((-1.0)**n / math.factorial(2 * n) for n in range(9, 0, -1))


@compiled
def _circle(x, quarters):
    """sin(x + quarters pi / 2)."""
    if not abs(x) <= LARGEST_ANGLE:
        return np.nan
    k = math.floor(x / HALF_PI + 0.5)
    r = ((x - k * HALF_PI_HIGH) - k * HALF_PI_MIDDLE) - k * HALF_PI_LOW
    quarter, square, series = (int(k) + quarters) % 4, r * r, 0.0
    if quarter % 2:
        for factor in COSINE_FACTORS:
            series = (series + factor) * square
        value = 1.0 + series
    else:
        for factor in SINE_FACTORS:
            series = (series + factor) * square
        value = r + r * series
    return -value if quarter >= 2 else value


@elementwise
def sine(x):
    """The angle's own quarter."""
    return _circle(x, 0)


@elementwise
def cosine(x):
    """A quarter further."""
    return _circle(x, 1)
