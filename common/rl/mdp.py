r"""Finite Markov decision processes and exact dynamic programming.

Layered processes (a finite horizon, time being the layer) are solved by backward induction, stationary ones by policy
or value iteration; any policy is evaluated by a linear solve (Puterman 1994, chapters 4 and 6):

.. math:: Q(s,a)=r(s,a)+\gamma\sum_{s'}P(s'\mid s,a)V(s'),\qquad V(s)=\max_aQ(s,a).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

TIE = 1e-12  #: values this close, relative to the larger of 1 and the best, are tied


@dataclass(frozen=True, eq=False)
class FiniteMDP:
    """A Markov decision process with ``S`` states and ``A`` actions, layered (``H`` layers) or stationary.

    Parameters
    ----------
    transitions : array_like, shape (H, S, A, S) or (S, A, S)
        Probabilities of the next state; what a sum lacks to 1 ends the episode. After the last layer everything ends.
    rewards : array_like, shape (H, S, A) or (S, A)
        Expected rewards; minus infinity where an action is not available. Every state needs an available one.
    gamma : float
        Discount in [0, 1]. A stationary process with ``gamma = 1`` must end with probability 1 under every policy.

    Raises
    ------
    ValueError
        If shapes disagree, a reward is NaN or plus infinity, a state has no action, probabilities are negative or sum
        to more than 1, or the discount does not fit.
    """

    transitions: NDArray[np.float64]
    rewards: NDArray[np.float64]
    gamma: float = 1.0

    def __post_init__(self) -> None:
        P, r = np.array(self.transitions, dtype=float), np.array(self.rewards, dtype=float)
        if r.ndim not in (2, 3) or not r.size:
            raise ValueError(f"rewards must have shape (S, A) or (H, S, A), none of them 0, given {r.shape}")
        if P.shape != (*r.shape, r.shape[-2]):
            raise ValueError(f"transitions must have shape {(*r.shape, r.shape[-2])} to fit rewards, given {P.shape}")
        if not (r < np.inf).all() or not (r > -np.inf).any(axis=-1).all():
            raise ValueError("rewards must be finite, or -inf where not available, with one available in every state")
        if not (P >= 0).all() or not (P.sum(axis=-1) <= 1 + 1e-9).all():
            raise ValueError("transitions must be probabilities with sums of at most 1")
        if not 0 <= self.gamma <= 1:
            raise ValueError(f"gamma must be in [0, 1], given {self.gamma}")
        P.flags.writeable = r.flags.writeable = False
        object.__setattr__(self, "transitions", P)
        object.__setattr__(self, "rewards", r)
        if r.ndim == 2 and self.gamma == 1:
            trapped = states_that_need_not_end(P, r > -np.inf)
            if trapped.any():
                raise ValueError(
                    "gamma must be below 1 where an episode need not end,"
                    f" given 1 and a policy that never leaves the states {np.flatnonzero(trapped).tolist()}"
                )

    @property
    def horizon(self) -> int | None:
        """Number of layers; None if the process is stationary."""
        return len(self.rewards) if self.rewards.ndim == 3 else None

    def q_values(self, values: ArrayLike, layer: int | None = None) -> NDArray[np.float64]:
        """Return what every action is worth if the next state is worth `values`.

        Parameters
        ----------
        values : array_like, shape (S,)
            Values of the next states.
        layer : int, optional
            The layer; None for a stationary process.

        Returns
        -------
        ndarray, shape (S, A)
        """
        at = () if layer is None else layer
        return self.rewards[at] + self.gamma * (self.transitions[at] @ np.asarray(values, dtype=float))


@dataclass(frozen=True, eq=False)
class MDPSolution:
    """An optimal policy, and what it is worth.

    Attributes
    ----------
    values : ndarray, shape (H, S) or (S,)
        Optimal value of every state.
    q_values : ndarray, shape (H, S, A) or (S, A)
        Value of every action, followed by optimal ones; minus infinity where not available.
    policy : ndarray of int, shape (H, S) or (S,)
        Optimal action; the lowest index among ties.
    iterations : int
        Sweeps (value iteration), policies evaluated (policy iteration) or layers (backward induction).
    error : float
        Proven bound on the distance of `values` from the optimum, rounding aside.
    """

    values: NDArray[np.float64]
    q_values: NDArray[np.float64]
    policy: NDArray[np.intp]
    iterations: int
    error: float = 0.0


def greedy(q_values: NDArray[Any], tolerance: float = TIE) -> NDArray[np.intp]:
    """Return the best action of every state, the lowest index among ties.

    Parameters
    ----------
    q_values : ndarray, shape (..., A)
        Values of the actions; fractions are compared exactly.
    tolerance : float
        Actions whose values miss the best by at most `tolerance` times the larger of 1 and the best are tied.

    Returns
    -------
    ndarray of int, shape (...,)
    """
    best = q_values.max(axis=-1, keepdims=True)
    if q_values.dtype == object:
        return (q_values == best).argmax(axis=-1)
    return (q_values >= best - tolerance * np.maximum(1.0, np.abs(best))).argmax(axis=-1)


def backward_induction(mdp: FiniteMDP) -> MDPSolution:
    """Solve a layered process from its last layer to its first.

    Parameters
    ----------
    mdp : FiniteMDP
        A process with layers.

    Returns
    -------
    MDPSolution

    Raises
    ------
    ValueError
        If the process is stationary.
    """
    horizon = _layers(mdp, "backward_induction")
    q = np.empty_like(mdp.rewards)
    values = np.zeros((horizon + 1, mdp.rewards.shape[1]))
    for t in reversed(range(horizon)):
        q[t] = mdp.q_values(values[t + 1], t)
        values[t] = q[t].max(axis=-1)
    return MDPSolution(values[:-1], q, greedy(q), horizon)


def evaluate_policy(mdp: FiniteMDP, policy: ArrayLike) -> NDArray[np.float64]:
    """Return what a deterministic policy is worth in every state.

    Parameters
    ----------
    mdp : FiniteMDP
        The process.
    policy : array_like of int, shape (H, S) or (S,)
        An available action for every state.

    Returns
    -------
    ndarray, shape (H, S) or (S,)

    Raises
    ------
    ValueError
        If the policy has the wrong shape or takes an action that is not available.
    """
    policy = np.asarray(policy)
    if policy.shape != mdp.rewards.shape[:-1] or policy.dtype.kind not in "iu":
        raise ValueError(f"policy must be whole numbers of shape {mdp.rewards.shape[:-1]}, given {policy.shape}")
    if ((policy < 0) | (policy >= mdp.rewards.shape[-1])).any():
        raise ValueError(f"policy must be in 0..{mdp.rewards.shape[-1] - 1}, given {policy.min()}..{policy.max()}")
    at = (*np.ogrid[tuple(map(slice, policy.shape))], policy)
    if not (mdp.rewards[at] > -np.inf).all():
        raise ValueError("policy must take available actions")
    if mdp.horizon is None:
        return _values_of(mdp, policy)
    P, rewards = mdp.transitions[at], mdp.rewards[at]
    values = np.zeros((mdp.horizon + 1, rewards.shape[1]))
    for t in reversed(range(mdp.horizon)):
        values[t] = rewards[t] + mdp.gamma * (P[t] @ values[t + 1])
    return values[:-1]


def policy_iteration(mdp: FiniteMDP, *, tolerance: float = TIE) -> MDPSolution:
    """Solve a stationary process by Howard's policy iteration, from the actions of the largest rewards.

    Parameters
    ----------
    mdp : FiniteMDP
        A stationary process.
    tolerance : float
        An action is changed only for one that is better by more than this, relative to the larger of 1 and its value.

    Returns
    -------
    MDPSolution

    Raises
    ------
    ValueError
        If the process has layers.
    """
    _stationary(mdp, "policy_iteration")
    policy = mdp.rewards.argmax(axis=-1)
    iterations = 0
    while True:
        iterations += 1
        values = _values_of(mdp, policy)
        q = mdp.q_values(values)
        own = q[np.arange(len(q)), policy]
        better = q.max(axis=-1) > own + tolerance * np.maximum(1.0, np.abs(own))
        if not better.any():
            return MDPSolution(values, q, greedy(q, tolerance), iterations)
        policy = np.where(better, q.argmax(axis=-1), policy)


def value_iteration(mdp: FiniteMDP, *, tolerance: float = 1e-10, max_iterations: int = 100_000) -> MDPSolution:
    """Solve a stationary discounted process by value iteration.

    Parameters
    ----------
    mdp : FiniteMDP
        A stationary process with ``gamma < 1``.
    tolerance : float
        The values are within this of the optimum, ``> 0``.
    max_iterations : int
        Sweeps after which it is broken off; the error reached is then larger than `tolerance`.

    Returns
    -------
    MDPSolution

    Raises
    ------
    ValueError
        If the process has layers or is not discounted, or an option is out of range.
    """
    _stationary(mdp, "value_iteration")
    if not mdp.gamma < 1:
        raise ValueError(f"gamma must be below 1 for value iteration, given {mdp.gamma}")
    if not tolerance > 0 or not max_iterations >= 1:
        raise ValueError(f"tolerance must be > 0, max_iterations >= 1, given {tolerance} and {max_iterations}")
    values, iterations, error = np.zeros(len(mdp.rewards)), 0, np.inf
    while error > tolerance and iterations < max_iterations:
        iterations += 1
        before, values = values, mdp.q_values(values).max(axis=-1)
        error = float(np.abs(values - before).max()) * mdp.gamma / (1 - mdp.gamma)
    q = mdp.q_values(values)
    return MDPSolution(values, q, greedy(q), iterations, error)


def states_that_need_not_end(transitions: NDArray[np.float64], feasible: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find the states among which some policy can stay for ever with probability 1.

    Parameters
    ----------
    transitions : ndarray, shape (S, A, S)
        Probabilities of the next state; what a sum lacks to 1 ends the episode.
    feasible : ndarray of bool, shape (S, A)
        Which actions are available.

    Returns
    -------
    ndarray of bool, shape (S,)
        The largest set of states that is closed under an action in each; empty if and only if every policy ends.
    """
    inside = np.ones(len(feasible), dtype=bool)
    for _ in range(len(feasible)):
        stays = (transitions[:, :, inside].sum(axis=-1) >= 1 - 1e-9) & feasible
        inside &= stays.any(axis=-1)
    return inside


def _values_of(mdp: FiniteMDP, policy: NDArray[np.intp]) -> NDArray[np.float64]:
    """Evaluate a stationary policy by a linear solve."""
    everyone = np.arange(len(policy))
    P = mdp.transitions[everyone, policy]
    return np.linalg.solve(np.eye(len(P)) - mdp.gamma * P, mdp.rewards[everyone, policy])


def _layers(mdp: FiniteMDP, name: str) -> int:
    if mdp.horizon is None:
        raise ValueError(f"mdp must have layers for {name}, given a stationary one")
    return mdp.horizon


def _stationary(mdp: FiniteMDP, name: str) -> None:
    if mdp.horizon is not None:
        raise ValueError(f"mdp must be stationary for {name}, given one with {mdp.horizon} layers")
