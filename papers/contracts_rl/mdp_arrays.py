"""The arrays of a principal-agent process: read, refused, kept exact, and frozen without losing what is broadcast."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from numbers import Integral, Rational, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

AXES = {
    "outcome_probs": ("states", "actions", "outcomes"),
    "transitions": ("states", "outcomes", "states"),
    "agent_reward": ("states", "actions"),
    "principal_reward": ("states", "outcomes"),
}  #: what the axes of the arrays count, without the layers


def read_arrays(given: Mapping[str, ArrayLike], gamma: Real) -> tuple[dict[str, NDArray[Any]], Any]:
    """Read the four arrays and the discount of a process.

    Parameters
    ----------
    given : mapping from str to array_like
        The arrays by the names of `AXES`, with a common first axis for layers, or all without. `transitions` may lack
        its last axis: it then holds next states.
    gamma : real
        The discount.

    Returns
    -------
    arrays : dict from str to ndarray
        Read-only copies: fractions if there are two actions and two outcomes, all numbers are rational and some array
        holds objects, else floats; next states
        are integers. Where an array is broadcast (stride 0), so is the copy.
    gamma : Fraction or float
        The discount.

    Raises
    ------
    ValueError
        If an array is ragged, holds no real numbers or does not fit the others, or the discount is not in [0, 1].
    """
    arrays = {name: _read(name, given[name]) for name in AXES}
    layered = _check_shapes(arrays)
    if isinstance(gamma, bool) or not isinstance(gamma, Real) or not 0 <= gamma <= 1:
        raise ValueError(f"gamma must be a number in [0, 1], given {gamma!r}")
    exact = any(a.dtype == object for a in arrays.values()) and all(map(_rational, arrays.values()))
    exact = exact and (isinstance(gamma, Rational) or gamma in (0, 1))
    exact = exact and arrays["outcome_probs"].shape[-2:] == (2, 2)  # the closed form; a linear programme needs floats
    for name, array in arrays.items():
        successors = name == "transitions" and array.ndim == 2 + layered
        arrays[name] = _frozen(array, _whole if successors else _fractions if exact else _floats)
    return arrays, Fraction(gamma) if exact else float(gamma)


def refuse(name: str, prefix: str, array: NDArray[Any], bad: NDArray[Any], allowed: str, offset: int = 0) -> None:
    """Refuse an array with bad entries by naming the first of them.

    Parameters
    ----------
    name : str
        What the caller calls the array.
    prefix : str
        Indices in front of those of `array`, with a comma; empty if there are none.
    array : ndarray
        The entries, or something computed from them.
    bad : ndarray of bool
        Which are refused.
    allowed : str
        What an entry must be.
    offset : int
        What is to be added to the last index.

    Raises
    ------
    ValueError
        If any entry is bad.
    """
    bad = bad.astype(bool, copy=False)
    if bad.any():
        place = np.unravel_index(int(bad.argmax()), bad.shape)
        shown = ", ".join(str(i + offset * (k == len(place) - 1)) for k, i in enumerate(place))
        raise ValueError(f"{name} must be {allowed}, given {name}[{prefix}{shown}] = {array[place]}")


def _read(name: str, given: ArrayLike) -> NDArray[Any]:
    try:
        array = np.asarray(given)
    except ValueError as error:
        raise ValueError(f"{name} must be a rectangular array: {error}") from error
    if array.dtype.kind not in "iufO" or not (array.dtype != object or all(isinstance(x, Real) for x in array.flat)):
        raise ValueError(f"{name} must hold real numbers, given dtype {array.dtype}")
    return array


def _check_shapes(arrays: dict[str, NDArray[Any]]) -> bool:
    """Refuse shapes that do not fit each other; say whether there are layers."""
    reward = arrays["agent_reward"]
    if reward.ndim not in (2, 3) or not reward.size:
        raise ValueError(f"agent_reward must have shape (H, S, A) or (S, A), none of them 0, given {reward.shape}")
    *lead, states, actions = reward.shape
    outcomes = arrays["principal_reward"].shape[-1:]
    if not all(outcomes):
        raise ValueError("principal_reward must have at least one outcome, given none")
    lead, sizes = tuple(lead), {"states": (states,), "actions": (actions,), "outcomes": outcomes}
    for name, axes in AXES.items():
        allowed = [lead + sum((sizes[axis] for axis in axes), ())]
        if name == "transitions":
            allowed.append(allowed[0][:-1])
        if arrays[name].shape not in allowed:
            raise ValueError(
                f"{name} must have shape {' or '.join(map(str, allowed))} to fit agent_reward {reward.shape} and"
                f" {outcomes} outcomes, given {arrays[name].shape}"
            )
    return bool(lead)


def _rational(array: NDArray[Any]) -> bool:
    if array.dtype != object:
        return array.dtype.kind in "iu"
    return all(isinstance(x, Rational) or x == -np.inf for x in array.flat)


def _frozen(array: NDArray[Any], convert: Callable[[NDArray[Any]], NDArray[Any]]) -> NDArray[Any]:
    """Copy what an array holds, once for all places where it is broadcast, so that nobody can write to it."""
    core = array[tuple(slice(0, 1) if stride == 0 else slice(None) for stride in array.strides)]
    return np.broadcast_to(convert(core), array.shape)


def _floats(core: NDArray[Any]) -> NDArray[np.float64]:
    return core.astype(float)


def _fractions(core: NDArray[Any]) -> NDArray[Any]:
    return np.frompyfunc(lambda x: x if x == -np.inf else Fraction(int(x) if isinstance(x, Integral) else x), 1, 1)(
        core.astype(object)
    )


def _whole(core: NDArray[Any]) -> NDArray[np.intp]:
    if core.dtype.kind not in "iu" and not all(float(x).is_integer() for x in core.flat):
        raise ValueError("transitions without an axis of probabilities must hold whole numbers")
    return core.astype(np.intp)
