#!/usr/bin/env python3
"""Prints golden_distances.inc: distances of 200 pairs of random HSV histograms by programs that are not ours.

Wants NumPy, SciPy (linprog, HiGHS) and OpenCV (Debian: python3-opencv, python3-scipy):
    tests/unit/distance/make_golden_distances.py > tests/unit/distance/golden_distances.inc

The histograms come from a generator that golden_distances_test.cpp has, too. Columns: earth mover's distance by linear
programming; the same by cv2.EMD (in float32); chi-square as cv2.normalize and compareHist(HISTCMP_CHISQR_ALT) / 4 give
it; compareHist(HISTCMP_BHATTACHARYYA), which is the Hellinger distance; 1 - compareHist(HISTCMP_INTERSECT).
"""

import math

import cv2
import numpy as np
import scipy
from scipy.optimize import linprog

PAIRS = 200


class Random:
    """Knuth's MMIX linear congruential generator, upper bits."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % limit


def histogram(seed):
    random = Random(seed)
    counts = [0] * 288
    for _ in range(1 + random.below(60)):
        bin = random.below(288)
        counts[bin] += 1 + random.below(1000)
    return np.array([count / sum(counts) for count in counts], dtype=np.float32)


def centre(bin):
    hue, saturation, value = bin // 36, bin // 3 % 12, bin % 3
    h, s, v = (hue + 0.5) / 8 * 2 * math.pi, (saturation + 0.5) / 12, (value + 0.5) / 3
    return (s * v * math.cos(h), s * v * math.sin(h), v)


CENTRES = np.array([centre(bin) for bin in range(288)])


def signature(shares):
    bins = np.nonzero(shares)[0]
    weights = shares[bins].astype(np.float64)
    return weights / weights.sum(), CENTRES[bins]


def emd_by_linear_programming(a, b):
    (p, x), (q, y) = signature(a), signature(b)
    costs = np.linalg.norm(x[:, None, :] - y[None, :, :], axis=2)
    m, n = costs.shape
    rows = np.kron(np.eye(m), np.ones(n))
    columns = np.kron(np.ones(m), np.eye(n))
    answer = linprog(
        costs.ravel(),
        A_eq=np.vstack([rows, columns]),
        b_eq=np.concatenate([p, q]),
        method="highs-ds",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    assert answer.status == 0, answer.message
    return answer.fun


def emd_by_opencv(a, b):
    signatures = [np.column_stack(signature(one)).astype(np.float32) for one in (a, b)]
    return cv2.EMD(*signatures, cv2.DIST_L2)[0]


def normalised(shares):
    return cv2.normalize(shares, None).ravel()


def main():
    print(f"// Written by make_golden_distances.py with SciPy {scipy.__version__} and OpenCV {cv2.__version__}.")
    for pair in range(PAIRS):
        a, b = histogram(2 * pair + 1), histogram(2 * pair + 2)
        columns = (
            emd_by_linear_programming(a, b),
            emd_by_opencv(a, b),
            cv2.compareHist(normalised(a), normalised(b), cv2.HISTCMP_CHISQR_ALT) / 4,
            cv2.compareHist(a, b, cv2.HISTCMP_BHATTACHARYYA),
            1 - cv2.compareHist(a, b, cv2.HISTCMP_INTERSECT),
        )
        print("{" + ", ".join(f"{column:.10f}" for column in columns) + "},")


if __name__ == "__main__":
    main()
