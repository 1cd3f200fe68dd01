r"""The best contracts of a principal who can commit to them (dossier section 6, E2).

In a subgame-perfect equilibrium the principal offers in every state what is best for her *there*. If she can commit
to a contract for every state at the outset, she may do better: refusing to pay in some later state makes the agent
work now to avoid it.

**The contracts of an action profile.** Fix an action for every state. Let :math:`(T_au)(s)` be the agent's utility
under the least payments that make her take :math:`a(s)` if she may expect :math:`u` in the next states. :math:`T_a`
is monotone, and :math:`T_a(u+c)=T_au+\gamma c`; so it is a contraction (or the process ends), with a fixed point
:math:`u_a`, which the contracts of these least payments attain. Any other contracts for the profile have
:math:`u\ge T_au`, hence :math:`u\ge T_au\ge T_a^2u\ge\dots\to u_a`:
**the least-payment contracts are the best for the principal in every state at once, and give her** :math:`w_a-u_a`,
the surplus of the profile less :math:`u_a`. So equilibrium and commitment differ in the actions asked for, not in how
they are paid, and the optimum is a search over profiles.

**The search** is branch and bound over the actions of single states. Without cycles the bound is the frontier of
promised utilities (:mod:`~papers.contracts_rl.promises`): exact for a tree, at once; elsewhere a state is split that
is used differently on different ways to it (:mod:`~papers.contracts_rl.commitment_promises`). With cycles it is the
largest surplus less the agent's least utility, each for itself (:mod:`~papers.contracts_rl.commitment_cycles`).
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from papers.contracts_rl.commitment_cycles import CyclicRelaxation
from papers.contracts_rl.commitment_promises import PromiseRelaxation
from papers.contracts_rl.commitment_search import Plan, branch_and_bound
from papers.contracts_rl.decision_graph import decision_nodes
from papers.contracts_rl.equilibrium import solve_spe
from papers.contracts_rl.mdp import PrincipalAgentMDP


@dataclass(frozen=True, eq=False)
class Commitment:
    """Contracts that the principal commits to, and what they are worth.

    Attributes
    ----------
    v_principal, v_agent : float or Fraction
        Utilities of both in the start state.
    action : ndarray of int, shape (H, S) or (S,)
        Action asked for in every state, which the agent takes; where the start does not lead, that of the equilibrium.
    contract : ndarray, shape (H, S, M) or (S, M)
        Payment for every outcome.
    bound : float or Fraction
        Proven bound on the principal's utility under any deterministic contracts, one for each state.
    gap : float
        ``bound - v_principal`` relative to the utility (to 1 if that is 0); 0 if the optimum is proven.
    subproblems : int
        Bounds computed; 1 if the first was enough.
    status : str
        ``"optimal"``, ``"gap"`` (stopped within the gap asked for) or ``"time limit"``.
    """

    v_principal: Any
    v_agent: Any
    action: NDArray[np.intp] = field(repr=False)
    contract: NDArray[Any] = field(repr=False)
    bound: Any
    gap: float
    subproblems: int
    status: str


def optimal_commitment(
    mdp: PrincipalAgentMDP,
    start: int | None = None,
    *,
    gap: float = 0.0,
    combinations: int = 500_000,
    time_limit: float = 60.0,
) -> Commitment:
    """Find the best deterministic contracts, one for each state, that the principal can commit to.

    The agent responds optimally in every state and does what she is asked for where she is indifferent.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        The game, layered or stationary. With two actions and two outcomes, fractions and no cycles the answer is exact.
    start : int, optional
        State of layer 0 whose utility counts; by default the start of the process. (In a forest: the root of the tree.)
    gap : float
        Relative gap at which the search stops, ``>= 0``.
    combinations : int
        How many combinations of promises may be looked at in one state, ``>= 1``: less is faster and bounds less well.
    time_limit : float
        Seconds after which no further subproblem is begun, ``> 0``; at least one is solved.

    Returns
    -------
    Commitment
        Never worse than the subgame-perfect equilibrium.

    Raises
    ------
    ValueError
        If an option is out of range, or the process has cycles and its discount is 1.

    Examples
    --------
    >>> from papers.contracts_rl.instances import figure_one
    >>> plan = optimal_commitment(figure_one())
    >>> plan.v_principal, plan.v_agent, plan.gap
    (Fraction(19, 18), Fraction(1, 10), 0.0)
    """
    start = mdp.start if start is None else start
    if isinstance(start, bool) or not isinstance(start, int | np.integer) or not 0 <= start < mdp.sizes[0]:
        raise ValueError(f"start must be a state in 0..{mdp.sizes[0] - 1}, given {start!r}")
    if not gap >= 0 or not combinations >= 1 or not time_limit > 0:
        raise ValueError(
            "gap must be >= 0, combinations >= 1 and time_limit > 0,"
            f" given gap={gap}, combinations={combinations}, time_limit={time_limit}"
        )
    nodes = decision_nodes(mdp, start)
    if nodes is None:
        mdp = _in_floats(mdp)
        relaxation = CyclicRelaxation(mdp, start)
    else:
        relaxation = PromiseRelaxation(nodes, mdp.n_actions, combinations)
    spe = solve_spe(mdp)
    action, contract = spe.action.copy(), spe.contract.copy()
    layered = mdp.horizon is not None
    first = None
    if spe.converged:
        at = (0, start) if layered else start
        first = Plan(spe.v_principal[at], spe.v_agent[at], {}, {})
    found = branch_and_bound(relaxation, first, gap, time_limit)
    for t, s in found.plan.action:
        at = (t, s) if layered else s
        action[at], contract[at] = found.plan.action[t, s], found.plan.contract[t, s]
    values = (found.plan.v_principal, found.plan.v_agent, found.bound)
    v_principal, v_agent, bound = values if mdp.exact else map(float, values)
    return Commitment(v_principal, v_agent, action, contract, bound, found.gap, found.subproblems, found.status)


def _in_floats(mdp: PrincipalAgentMDP) -> PrincipalAgentMDP:
    """Return the same process in floating-point numbers."""
    names = ("outcome_probs", "agent_reward", "principal_reward", "transitions")
    arrays = {name: getattr(mdp, name) for name in names}
    as_floats = {name: array.astype(float) for name, array in arrays.items() if array.dtype == object}
    return replace(mdp, gamma=float(mdp.gamma), **as_floats)
