r"""Principal-agent decision processes: what happens depends on hidden actions only through outcomes.

.. math:: \mathcal M=(S,s_0,A,B,O,\mathcal O,\mathcal R,\mathcal R^p,\mathcal T,\gamma),\qquad B=\mathbb R^{O}_{\ge 0}

(Ivanov, Dütting, Talgam-Cohen, Wang and Parkes, arXiv 2407.18074; dossier section 3.2). In state ``s`` the principal
offers a contract ``b``, the agent takes a hidden action ``a``, an outcome ``o`` is drawn from
:math:`\mathcal O(s,a)`; the agent earns :math:`r(s,a)+b(o)`, the principal :math:`r^p(s,o)-b(o)`, and the next state is
drawn from :math:`\mathcal T(s,o)`. Many instances are one: their disjoint union.
"""

from dataclasses import dataclass, field
from functools import cached_property
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.rl.mdp import states_that_need_not_end
from papers.contracts_rl.mdp_arrays import AXES, read_arrays, refuse

_ROUNDING = 1e-9  # how far floating-point probabilities may be from summing to one


@dataclass(frozen=True, eq=False)
class Layer:
    """The states of one moment, ``S`` of them (``S'`` in the next): what a step of dynamic programming needs.

    Attributes
    ----------
    outcome_probs : ndarray, shape (S, A, M) or (1, A, M)
        Outcome distribution of every action, zero where it is not available; one row stands for all states that
        share it.
    transitions : ndarray, shape (S, M, S') or int (S, M), or None
        Probabilities of the next states, or the next state itself (-1: the end); None if everything ends.
    agent_reward : ndarray, shape (S, A)
        The agent's reward, minus infinity where an action is not available.
    principal_reward : ndarray, shape (S, M)
        The principal's reward for every outcome.
    """

    outcome_probs: NDArray[Any]
    transitions: NDArray[Any] | None
    agent_reward: NDArray[Any]
    principal_reward: NDArray[Any]

    def next_value(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return what the next state is worth on average after every outcome.

        Parameters
        ----------
        values : ndarray, shape (S',)
            Value of every next state; not read if everything ends.

        Returns
        -------
        ndarray, shape (S, M)
        """
        if self.transitions is None:
            return np.zeros_like(self.principal_reward)
        if self.transitions.ndim == 3:
            return self.transitions @ values
        ended = np.zeros(1, dtype=values.dtype)
        return np.concatenate((values, ended))[self.transitions]  # -1, the end, is worth nothing

    def expect(self, values: NDArray[Any]) -> NDArray[Any]:
        """Average over outcomes: from numbers by outcome to numbers by action.

        Parameters
        ----------
        values : ndarray, shape (S, M)
            A number for every outcome.

        Returns
        -------
        ndarray, shape (S, A)
        """
        if len(self.outcome_probs) == 1:
            return values @ self.outcome_probs[0].T
        return (self.outcome_probs @ values[:, :, None])[:, :, 0]


def truncated_values(layer: Layer, gamma: Any, v_agent: NDArray[Any]) -> NDArray[Any]:
    r"""Return :math:`\bar Q(s,a)=r(s,a)+\gamma\,\mathbb E[V(s')\mid s,a]`.

    Parameters
    ----------
    layer : Layer
        The states.
    gamma : float
        Discount.
    v_agent : ndarray, shape (S',)
        The agent's values of the next states; not read if everything ends.

    Returns
    -------
    ndarray, shape (S, A)
    """
    return layer.agent_reward + gamma * layer.expect(layer.next_value(v_agent))


@dataclass(frozen=True, eq=False)
class PrincipalAgentMDP:
    """A hidden-action principal-agent decision process, layered (finite horizon) or stationary.

    Arrays of ``H`` layers, ``S`` states, ``A`` actions and ``M`` outcomes; a stationary process leaves out the first
    axis. Broadcast arrays (stride 0) are kept as such.

    Parameters
    ----------
    outcome_probs : array_like, shape (H, S, A, M) or (S, A, M)
        Probability of every outcome under every action.
    transitions : array_like, shape (H, S, M, S) or (S, M, S), or of int, (H, S, M) or (S, M)
        Probabilities of the next state after every outcome, with sums of at most 1 (what is missing ends the episode);
        or the next state itself, -1 for the end. After the last layer everything ends, whatever is given.
    agent_reward : array_like, shape (H, S, A) or (S, A)
        The agent's reward (minus the cost) of every action, without payments; minus infinity where an action is not
        available. Its outcome distribution is then ignored. Every state needs an available action.
    principal_reward : array_like, shape (H, S, M) or (S, M)
        The principal's reward for every outcome, before payments.
    gamma : float
        Discount in [0, 1]. A stationary process with ``gamma = 1`` must end with probability 1 whatever is done;
        a state that is never left, and in which nobody can gain or lose, counts as the end.
    layer_sizes : sequence of int, optional
        Numbers of states in use in the layers, the first ones of each; the rest is padding, never looked at.
    start : int
        State in which the episode starts (in layer 0).

    Raises
    ------
    ValueError
        If an argument is malformed; the message names it and the first offending place.

    Notes
    -----
    Object arrays of fractions (or whole numbers) are kept exact if all numbers are rational, `gamma` too, and there
    are two actions and two outcomes (more need a linear programme, in floats).
    """

    outcome_probs: NDArray[Any] = field(repr=False)
    transitions: NDArray[Any] = field(repr=False)
    agent_reward: NDArray[Any] = field(repr=False)
    principal_reward: NDArray[Any] = field(repr=False)
    gamma: Any = 1.0
    layer_sizes: tuple[int, ...] | None = None
    start: int = 0

    def __post_init__(self) -> None:
        arrays, gamma = read_arrays({name: getattr(self, name) for name in AXES}, self.gamma)
        for name, value in (*arrays.items(), ("gamma", gamma)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "layer_sizes", self._checked_sizes())
        for t in range(self.horizon or 1):
            self._check_layer(t)
        whole = isinstance(self.start, Integral) and not isinstance(self.start, bool)
        if not whole or not 0 <= self.start < self.sizes[0]:
            raise ValueError(f"start must be in 0..{self.sizes[0] - 1}, given {self.start}")
        if self.horizon is None and self.gamma == 1:
            self._end_at_rest()
            self._check_end()

    @property
    def horizon(self) -> int | None:
        """Number of layers; None if the process is stationary."""
        return self.agent_reward.shape[0] if self.agent_reward.ndim == 3 else None

    @property
    def n_states(self) -> int:
        """Number of states (of the widest layer, with padding)."""
        return self.agent_reward.shape[-2]

    @property
    def n_actions(self) -> int:
        """Number of actions."""
        return self.agent_reward.shape[-1]

    @property
    def n_outcomes(self) -> int:
        """Number of outcomes."""
        return self.principal_reward.shape[-1]

    @property
    def exact(self) -> bool:
        """Whether all numbers are fractions."""
        return self.principal_reward.dtype == object

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of states in use in every layer; of a stationary process, the number of its states."""
        return self.layer_sizes or (self.n_states,) * (self.horizon or 1)

    @cached_property
    def feasible(self) -> NDArray[np.bool_]:
        """Where an action is available, shape (H, S, A) or (S, A); False in the padding."""
        feasible = self.agent_reward > -np.inf
        feasible = feasible.astype(bool, copy=False)
        if self.horizon is not None:
            feasible &= (np.arange(self.n_states) < np.array(self.sizes)[:, None])[..., None]
        feasible.flags.writeable = False
        return feasible

    def layer(self, t: int) -> Layer:
        """Return the states of one moment.

        Parameters
        ----------
        t : int
            Layer, in 0..H-1; 0 for a stationary process.

        Returns
        -------
        Layer
        """
        layered = self.horizon is not None
        last = layered and t == self.horizon - 1
        transitions = None if last else self._of(self.transitions, t)
        if transitions is not None and transitions.ndim == 3 and layered:
            transitions = transitions[..., : self.sizes[t + 1]]
        probs = self._of(self.outcome_probs, t)
        if probs.strides[0] == 0:
            probs = probs[:1]
        reward = self._of(self.agent_reward, t)
        blocked = reward == -np.inf
        if blocked.any():
            probs = np.where(blocked[:, :, None], 0, probs)
        return Layer(probs, transitions, reward, self._of(self.principal_reward, t))

    @cached_property
    def kernel(self) -> NDArray[np.float64]:
        """Probability of the next state under every action, shape (S, A, S); of a stationary process only.

        Raises
        ------
        ValueError
            If the process is layered.
        """
        if self.horizon is not None:
            raise ValueError("kernel belongs to a stationary process; this one has layers")
        layer, identity = self.layer(0), np.eye(self.n_states)
        return np.stack([layer.expect(layer.next_value(column).astype(float)) for column in identity], axis=-1).astype(
            float
        )

    def unrolled(self) -> "PrincipalAgentMDP":
        """Return the layers of a stationary process that ends: as many as it has states, all alike.

        Layer 0 then has the values of the stationary process. It serves fractions, which no iteration in the limit and
        no floating-point solver would keep.

        Returns
        -------
        PrincipalAgentMDP

        Raises
        ------
        ValueError
            If the process has layers, or can go on for more steps than it has states.
        """
        leads, goes_on = (self.kernel > 0).any(axis=1), np.ones(self.n_states, dtype=bool)
        for _ in range(self.n_states):
            goes_on = leads @ goes_on
        if goes_on.any():
            raise ValueError(
                "mdp must end within as many steps as it has states to be solved in fractions (give floats otherwise),"
                f" given one that can go on from the states {np.flatnonzero(goes_on).tolist()}"
            )
        arrays = (getattr(self, name) for name in AXES)
        return PrincipalAgentMDP(
            *(np.broadcast_to(array, (self.n_states, *array.shape)) for array in arrays), self.gamma, None, self.start
        )

    def _of(self, array: NDArray[Any], t: int) -> NDArray[Any]:
        return array if self.horizon is None else array[t, : self.sizes[t]]

    def _checked_sizes(self) -> tuple[int, ...] | None:
        if self.layer_sizes is None:
            return None
        if self.horizon is None:
            raise ValueError("layer_sizes belongs to a process with layers, given a stationary one")
        sizes = tuple(self.layer_sizes)
        whole = all(isinstance(size, Integral) and 1 <= size <= self.n_states for size in sizes)
        if len(sizes) != self.horizon or not whole:
            raise ValueError(f"layer_sizes must be {self.horizon} numbers in 1..{self.n_states}, given {sizes}")
        return sizes

    def _check_layer(self, t: int) -> None:
        prefix = "" if self.horizon is None else f"{t}, "
        last = self.horizon is not None and t == self.horizon - 1
        reward = self._of(self.agent_reward, t)
        blocked = reward == -np.inf
        refuse("agent_reward", prefix, reward, ~(_finite(reward) | blocked), "finite, or -inf where not available")
        refuse("agent_reward", prefix, reward, blocked.all(axis=-1), "with an available action in every state")
        reward = self._of(self.principal_reward, t)
        refuse("principal_reward", prefix, reward, ~_finite(reward), "finite")
        probs = self._of(self.outcome_probs, t)
        if probs.strides[0] == 0 and not blocked.any():
            probs, blocked = probs[:1], blocked[:1]
        slack = 0 if self.exact else _ROUNDING
        used = ~blocked
        refuse("outcome_probs", prefix, probs, ~((probs >= 0) & (probs <= 1)) & used[..., None], "in [0, 1]")
        total = probs.sum(axis=-1)
        refuse("outcome_probs", prefix, total, ~(abs(total - 1) <= slack) & used, "probabilities with sum 1")
        if not last:
            self._check_transitions(t, prefix, slack)

    def _check_transitions(self, t: int, prefix: str, slack: float) -> None:
        given = self._of(self.transitions, t)
        size = self.sizes[0] if self.horizon is None else self.sizes[t + 1]
        if given.dtype == np.intp:
            refuse("transitions", prefix, given, (given < -1) | (given >= size), f"a state in 0..{size - 1}, or -1")
            return
        refuse("transitions", prefix, given, ~((given >= 0) & (given <= 1)), "in [0, 1]")
        total = given.sum(axis=-1)
        refuse("transitions", prefix, total, ~(total <= 1 + slack), "probabilities with sum at most 1")
        padding = given[..., size:]
        refuse("transitions", prefix, padding, padding != 0, "0 for states beyond the next layer's size", size)

    def _end_at_rest(self) -> None:
        """Let the episode end in states that are never left and where nobody can gain or lose anything."""
        transitions = self.transitions.copy()
        own = np.arange(self.n_states)
        if transitions.ndim == 2:
            stays, end = transitions == own[:, None], -1
        else:
            stays, end = transitions[own, :, own] == 1, transitions.dtype.type(0)
        rests = stays.all(axis=1) & (self.principal_reward == 0).all(axis=1) & (self.agent_reward.max(axis=1) == 0)
        transitions[rests.astype(bool)] = end
        transitions.flags.writeable = False
        object.__setattr__(self, "transitions", transitions)

    def _check_end(self) -> None:
        trapped = states_that_need_not_end(self.kernel, self.feasible)
        if trapped.any():
            raise ValueError(
                "gamma must be below 1 where an episode need not end,"
                f" given 1 and a policy that never leaves the states {np.flatnonzero(trapped).tolist()}"
            )


def _finite(array: NDArray[Any]) -> NDArray[np.bool_]:
    return np.isfinite(array.astype(float, copy=False))
