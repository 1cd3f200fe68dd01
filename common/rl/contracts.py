r"""Minimal-payment contracts: the cheapest way to make somebody take an action that nobody sees.

An agent with utilities :math:`\bar Q(a)` and outcome distributions :math:`\mathcal O(a)` is to take action
:math:`a^p`. The principal can pay for outcomes only, and never a negative amount (limited liability):

.. math:: \min_{b\ge 0}\ \mathbb E_{\mathcal O(a^p)}[b]\quad\text{subject to}\quad
    \mathbb E_{\mathcal O(a^p)}[b]+\bar Q(a^p)\ \ge\ \mathbb E_{\mathcal O(a)}[b]+\bar Q(a)+\xi\quad\forall a\ne a^p.

An agent who is indifferent takes the action asked for; a margin :math:`\xi>0` makes her strictly prefer it. By Farkas'
lemma there is no such contract if and only if a mixture of other actions has the outcome distribution of :math:`a^p`
and utility above :math:`\bar Q(a^p)-\xi` (Grossman and Hart 1983; Ivanov et al. 2024, arXiv 2407.18074, problem (3)).
"""

from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

Method = Literal["auto", "closed form", "lp"]
_SLACK = 1e-9  # an incentive constraint violated by no more than this counts as kept
_BLOCKS = 1000  # programmes stacked into one: enough to forget the solver's overhead, few enough to stay linear


def minimal_payment_contracts(
    q_trunc: ArrayLike,
    outcome_probs: ArrayLike,
    action: ArrayLike,
    margin: float = 0.0,
    feasible: ArrayLike | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Find the cheapest contracts for many problems at once by block-diagonal sparse linear programmes (HiGHS).

    Problems whose cheapest contract is to pay nothing are told apart first. Then the least total violation of the
    incentive constraints decides, block by block, who cannot be persuaded; the payments of the others are minimised.

    Parameters
    ----------
    q_trunc : array_like, shape (N, A)
        :math:`\bar Q`, the agent's utility of every action without the payment for this outcome.
    outcome_probs : array_like, shape (N, A, M) or (1, A, M)
        Outcome distribution of every action; one row stands for all problems.
    action : array_like of int, shape (N,)
        The action asked for.
    margin : float
        :math:`\xi\ge 0`, by how much the agent must prefer it.
    feasible : array_like of bool, shape (N, A), optional
        Which actions are available; by default those with a utility above minus infinity.

    Returns
    -------
    contract : ndarray, shape (N, M)
        Payment :math:`b(o)\ge 0` for every outcome; NaN where no contract makes the agent take the action.
    cost : ndarray, shape (N,)
        Expected payment; infinite where no contract makes the agent take the action, or it is not available.

    Raises
    ------
    ValueError
        If an argument is malformed.
    """
    q, probs, available = _checked(q_trunc, outcome_probs, margin, feasible)
    action = np.asarray(action)
    if action.shape != q.shape[:1] or action.dtype.kind not in "iu":
        raise ValueError(f"action must hold {len(q)} whole numbers, given {action.dtype} of shape {action.shape}")
    if ((action < 0) | (action >= q.shape[1])).any():
        raise ValueError(f"action must be in 0..{q.shape[1] - 1}, given {action.min()}..{action.max()}")
    everyone = np.arange(len(q))
    needed, others = _needed(q, available, action, margin)
    contract = np.full((len(q), probs.shape[-1]), np.nan)
    possible = available[everyone, action]
    free = possible & (needed <= 0).all(axis=1)
    contract[free] = 0.0
    asked = np.flatnonzero(possible & ~free)
    for start in range(0, len(asked), _BLOCKS):
        block = asked[start : start + _BLOCKS]
        rows = probs[block] if len(probs) > 1 else np.broadcast_to(probs, (len(block), *probs.shape[1:]))
        contract[block] = _solve_blocks(rows, needed[block], others[block], action[block])
    own = probs[0 if len(probs) == 1 else everyone, action]
    cost = np.where(np.isnan(contract[:, 0]), np.inf, (own * contract).sum(axis=1))
    return contract, cost


def binary_contracts(
    q_trunc: ArrayLike, outcome_probs: ArrayLike, margin: Any = 0, feasible: ArrayLike | None = None
) -> tuple[NDArray[Any], NDArray[Any]]:
    r"""Give the cheapest contracts for both of two actions with two outcomes, in closed form.

    The outcome that is more likely under the action asked for is paid just enough to close the gap:
    :math:`b(o)=(\bar Q(a')-\bar Q(a)+\xi)^+/(P(o\mid a)-P(o\mid a'))`. If the outcomes tell the two apart in no way,
    only the action that the agent prefers anyway can be had.

    Parameters
    ----------
    q_trunc : array_like, shape (N, 2)
        :math:`\bar Q`, the agent's utility without the payment for this outcome. Fractions are kept exact.
    outcome_probs : array_like, shape (N, 2, 2) or (1, 2, 2)
        Outcome distribution of either action; one row stands for all problems.
    margin : float
        :math:`\xi\ge 0`, by how much the agent must prefer the action asked for.
    feasible : array_like of bool, shape (N, 2), optional
        Which actions are available; by default those with a utility above minus infinity.

    Returns
    -------
    contract : ndarray, shape (N, 2, 2)
        ``contract[n, a]``: payments that make the agent take action ``a``; NaN where none do.
    cost : ndarray, shape (N, 2)
        Their expected cost; infinite where the action cannot be had.

    Raises
    ------
    ValueError
        If an argument is malformed, or there are not two actions and two outcomes.
    """
    q, probs, available = _checked(q_trunc, outcome_probs, margin, feasible)
    if probs.shape[1:] != (2, 2):
        raise ValueError(f"outcome_probs must have shape (N, 2, 2), given {probs.shape}")
    exact = q.dtype == object
    margin = Fraction(margin) if exact else float(margin)
    contract, cost = np.zeros((*q.shape, 2), dtype=q.dtype), np.zeros(q.shape, dtype=q.dtype)
    for a in (0, 1):
        edge = probs[:, a] - probs[:, 1 - a]  # more likely under a than under the other action, by outcome
        good = (edge[:, 1] > 0).astype(np.intp)
        at = np.arange(len(probs))
        width, paid = edge[at, good], probs[at, a, good]
        told_apart = width > (0 if exact else 1e-12)
        safe = np.where(told_apart, width, 1)
        need = np.where(available[:, 1 - a], q[:, 1 - a], -np.inf) - np.where(available[:, a], q[:, a], 0) + margin
        need = np.where(need > 0, need, 0 * margin)
        payment = need / safe
        contract[:, a, 0], contract[:, a, 1] = np.where(good, 0, payment), np.where(good, payment, 0)
        cost[:, a] = paid * payment
        lost = ~available[:, a] | (~told_apart & (need > (0 if exact else _SLACK)))
        contract[lost, a], cost[lost, a] = np.nan, np.inf
    return contract, cost


def contracts_for_all_actions(
    q_trunc: ArrayLike,
    outcome_probs: ArrayLike,
    margin: Any = 0,
    feasible: ArrayLike | None = None,
    *,
    method: Method = "auto",
) -> tuple[NDArray[Any], NDArray[Any]]:
    r"""Find the cheapest contract for every action.

    Parameters
    ----------
    q_trunc : array_like, shape (N, A)
        :math:`\bar Q`, the agent's utility without the payment for this outcome.
    outcome_probs : array_like, shape (N, A, M) or (1, A, M)
        Outcome distribution of every action; one row stands for all problems.
    margin : float
        :math:`\xi\ge 0`, by how much the agent must prefer the action asked for.
    feasible : array_like of bool, shape (N, A), optional
        Which actions are available; by default those with a utility above minus infinity.
    method : {"auto", "closed form", "lp"}
        The closed form needs two actions and two outcomes; ``"auto"`` takes it there, and linear programmes elsewhere.

    Returns
    -------
    contract : ndarray, shape (N, A, M)
        Payments; NaN where an action cannot be had.
    cost : ndarray, shape (N, A)
        Their expected cost; infinite where an action cannot be had.

    Raises
    ------
    ValueError
        If an argument is malformed, or the method is unknown or does not fit.
    """
    if method not in ("auto", "closed form", "lp"):
        raise ValueError(f'method must be "auto", "closed form" or "lp", given {method!r}')
    if method == "closed form" or (method == "auto" and np.shape(outcome_probs)[1:] == (2, 2)):
        return binary_contracts(q_trunc, outcome_probs, margin, feasible)
    q, probs, available = _checked(q_trunc, outcome_probs, margin, feasible)
    n, actions = q.shape
    contract, cost = minimal_payment_contracts(
        np.repeat(q, actions, axis=0),
        probs if len(probs) == 1 else np.repeat(probs, actions, axis=0),
        np.tile(np.arange(actions), n),
        margin,
        np.repeat(available, actions, axis=0),
    )
    return contract.reshape(n, actions, -1), cost.reshape(n, actions)


def _checked(
    q_trunc: ArrayLike, outcome_probs: ArrayLike, margin: Any, feasible: ArrayLike | None
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_]]:
    """Refuse what is no problem; fractions stay fractions only if both arrays hold objects."""
    q, probs = np.asarray(q_trunc), np.asarray(outcome_probs)
    if not (q.dtype == object and probs.dtype == object):
        q, probs = q.astype(float, copy=False), probs.astype(float, copy=False)
    if q.ndim != 2:
        raise ValueError(f"q_trunc must have shape (N, A), given {q.shape}")
    if probs.ndim != 3 or probs.shape[1] != q.shape[1] or len(probs) not in (1, len(q)):
        raise ValueError(
            f"outcome_probs must have shape {(len(q), q.shape[1])} or {(1, q.shape[1])} + (M,), given {probs.shape}"
        )
    if not 0 <= margin < np.inf:
        raise ValueError(f"margin must be finite and >= 0, given {margin}")
    available = (q != -np.inf).astype(bool, copy=False)
    if feasible is not None:
        given = np.asarray(feasible)
        if given.shape != q.shape or given.dtype != bool:
            raise ValueError(f"feasible must be Booleans of shape {q.shape}, given {given.dtype} of {given.shape}")
        available = given
    if not ((q < np.inf) & (q > -np.inf) | ~available).all():
        raise ValueError("q_trunc must be finite for available actions, given a NaN or an infinity")
    used = available if len(probs) == len(q) else available.any(axis=0, keepdims=True)
    fine = ((probs >= 0) & (probs <= 1)).all(axis=2) & (abs(probs.sum(axis=2) - 1) <= 1e-9)
    if not (fine | ~used).all():
        n, a = np.argwhere(~fine & used)[0]
        raise ValueError(f"outcome_probs must be distributions, given outcome_probs[{n}, {a}] = {probs[n, a]}")
    return q, probs, available


def _needed(
    q: NDArray[Any], available: NDArray[np.bool_], action: NDArray[np.intp], margin: float
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return what has to be paid more than under each other action (-inf: not available), and which those are."""
    n, actions = q.shape
    others = np.arange(actions - 1) + (np.arange(actions - 1) >= action[:, None])
    utility = np.where(available, q, -np.inf).astype(float)
    own = np.where(available, q, 0.0).astype(float)[np.arange(n), action]
    return np.take_along_axis(utility, others, axis=1) - own[:, None] + float(margin), others


def _solve_blocks(
    probs: NDArray[Any], needed: NDArray[np.float64], others: NDArray[np.intp], action: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Solve ``N`` programmes stacked into one; NaN for those that have no solution."""
    probs = probs.astype(float, copy=False)
    n, _, outcomes = probs.shape
    own = probs[np.arange(n), action]
    gain = own[:, None] - np.take_along_axis(probs, others[:, :, None], axis=1)
    block, row = np.nonzero(needed > -np.inf)
    rows = np.repeat(np.arange(len(block)), outcomes)
    columns = (block[:, None] * outcomes + np.arange(outcomes)).ravel()
    A = sparse.csr_array((gain[block, row].ravel(), (rows, columns)), shape=(len(block), n * outcomes))
    contract = _minimise(own.ravel(), A, needed[block, row])
    if contract is not None:
        return contract.reshape(n, outcomes)
    slack = sparse.csr_array((np.ones(len(block)), (np.arange(len(block)), block)), shape=(len(block), n))
    violations = _minimise(np.repeat([0.0, 1.0], [n * outcomes, n]), sparse.hstack([A, slack]), needed[block, row])
    if violations is None:
        raise RuntimeError("HiGHS calls a programme infeasible that always has a solution")
    violation = violations[n * outcomes :]
    solvable = violation <= _SLACK
    answer = np.full((n, outcomes), np.nan)
    kept = solvable[block]
    contract = _minimise(
        np.where(np.repeat(solvable, outcomes), own.ravel(), 0.0),
        A[kept],
        (needed[block, row] - violation[block])[kept],
    )
    if contract is None:
        raise RuntimeError("HiGHS calls contracts infeasible that it has found before")
    answer[solvable] = contract.reshape(n, outcomes)[solvable]
    return answer


def _minimise(cost: NDArray[np.float64], A: sparse.csr_array, least: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Minimise ``cost @ x`` over ``x >= 0`` with ``A @ x >= least``; None if there is no such ``x``."""
    from scipy.optimize import linprog

    answer = linprog(
        cost,
        A_ub=-A,
        b_ub=-least,
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if answer.status == 2:
        return None
    if answer.status != 0:
        raise RuntimeError(f"HiGHS: {answer.message}")
    return np.maximum(answer.x, 0.0)
