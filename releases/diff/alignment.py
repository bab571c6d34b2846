"""Two sequences paired in order, so that the pairs are as alike as can be."""

from __future__ import annotations

from collections.abc import Sequence


def aligned(scores: Sequence[Sequence[float]], least: float) -> list[tuple[int, int]]:
    """(row, column) pairs, ascending in both, whose scores have the largest sum; none below `least`.

    Takes rows times columns steps: the caller bounds them.
    """
    n, m = len(scores), len(scores[0]) if scores else 0
    best = [[0.0] * (m + 1) for _ in range(n + 1)]
    for i in range(n - 1, -1, -1):
        for j in range(m - 1, -1, -1):
            here = best[i + 1][j + 1] + scores[i][j] if scores[i][j] >= least else -1.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], here)
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < n and j < m:
        if scores[i][j] >= least and best[i][j] == best[i + 1][j + 1] + scores[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs
