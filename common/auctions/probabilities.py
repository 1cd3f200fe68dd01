"""Probabilities of types, looked at once."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def probability_vector(name: str, probabilities: ArrayLike | None, size: int) -> NDArray[np.float64]:
    """Return probabilities of ``size`` types, equal ones if none are given.

    Raises
    ------
    ValueError
        If there is no type, or the probabilities are not ``size`` numbers ``>= 0`` that sum to 1 (within 1e-9).
    """
    if size < 1:
        raise ValueError(f"{name} need at least one type, given none")
    if probabilities is None:
        return np.full(size, 1.0 / size)
    vector = np.asarray(probabilities, dtype=float)
    if vector.shape != (size,) or not (vector >= 0).all() or not abs(vector.sum() - 1) <= 1e-9:
        raise ValueError(
            f"{name} must be {size} numbers >= 0 that sum to 1, given shape {vector.shape} and sum {vector.sum()}"
        )
    return vector
