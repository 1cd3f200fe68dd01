"""Figure 1 with sliders: its equilibrium and the best commitment side by side, for other numbers."""

from collections.abc import Sequence
from itertools import product
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.plots import PALETTE, Agents, Arrows, Explorer, Slider, SpatialState, explorer
from papers.contracts_rl.commitment import Commitment, optimal_commitment
from papers.contracts_rl.equilibrium import SPESolution, solve_spe
from papers.contracts_rl.instances import FIGURE_ONE_ACTIONS, FIGURE_ONE_STATES, figure_one
from papers.contracts_rl.mdp import PrincipalAgentMDP

KINDS = ("equilibrium", "commitment")
_LAYOUTS = {  # places of s_0, s_L and s_R, and how far the second tree is from the first
    "below": (np.array([[0.0, 0.0], [1.9, 0.5], [1.9, -0.5]]), np.array([0.0, -1.9])),
    "beside": (np.array([[0.0, 1.0], [-1.0, 0.0], [1.0, 0.0]]), np.array([4.4, 0.0])),
}
_COLOURS = PALETTE[:2]
_SLIDERS = (
    "probability of success (share)",
    "cost of a_L (reward)",
    "reward for L (reward)",
    "discount (factor)",
)
_PAPER = (0.9, 0.8, 14 / 9, 1.0)


def contract_explorer(
    successes: Sequence[float], costs: Sequence[float], rewards: Sequence[float], gammas: Sequence[float]
) -> Explorer:
    """Build the explorer of Figure 1.

    Parameters
    ----------
    successes, costs, rewards, gammas : sequence of float
        Stops of the sliders (:func:`~papers.contracts_rl.instances.figure_one`), all different; the numbers of the
        paper are shown first, if they are among them.

    Returns
    -------
    Explorer
        Two trees with the payments for every outcome and the agent's utility in every state; pale where the free
        action is asked for. Read out are the utilities of both.

    Raises
    ------
    ValueError
        If a number is out of range.
    """
    stops = [tuple(map(float, values)) for values in (successes, costs, rewards, gammas)]
    frames = {}
    for numbers in product(*stops):
        mdp = figure_one(*numbers)
        frames[numbers] = two_trees(mdp, solve_spe(mdp), optimal_commitment(mdp))
    sliders = [Slider(name, values) for name, values in zip(_SLIDERS, stops, strict=True)]
    start = _PAPER if _PAPER in frames else next(iter(frames))
    return explorer(frames, sliders, title="Figure 1: equilibrium and commitment", start=start, digits=3)


def two_trees(
    mdp: PrincipalAgentMDP, spe: SPESolution, plan: Commitment, *, layout: Literal["below", "beside"] = "below"
) -> SpatialState:
    """Put the equilibrium and the best commitment of Figure 1 into one picture.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        From :func:`~papers.contracts_rl.instances.figure_one`.
    spe : SPESolution
        Its equilibrium.
    plan : Commitment
        Its best commitment.
    layout : {"below", "beside"}
        Where the second tree stands.

    Returns
    -------
    SpatialState
        Agents ``e1, e2, e3`` and ``c1, c2, c3`` for :math:`s_0,s_L,s_R`, pale where :math:`a_R` is asked for, with
        what is paid for L and for R and the agent's utility; arrows with the probabilities of the outcomes.
    """
    places, apart = _LAYOUTS[layout]
    agents, arrows = [], []
    solutions = zip(KINDS, ("o", "s"), _COLOURS, (spe, plan), strict=True)
    for number, (kind, marker, colour, solution) in enumerate(solutions):
        notes = {f"b({o})": [float(b) if b else "" for b in solution.contract[:, k]] for k, o in enumerate("LR")}
        notes["u"] = follow(mdp, solution.action, solution.contract).astype(float).tolist()
        agents.append(Agents(kind, places + number * apart, solution.action == 1, notes, marker, colour))
        for k, outcome in enumerate("LR"):
            chance = {"P": [float(mdp.outcome_probs[0, solution.action[0], k])]}
            line = {"colour": colour, "dashed": outcome == "R"}
            arrows.append(Arrows(f"{outcome}, {kind}", kind, kind, [[0, k + 1]], chance, **line))
    utilities = (spe.v_principal[0], plan.v_principal, spe.v_agent[0], plan.v_agent)
    names = [f"{who}, {kind}" for who, kind in product(("principal", "agent"), KINDS)]
    return SpatialState(agents, arrows, dict(zip(names, map(float, utilities), strict=True)))


def follow(mdp: PrincipalAgentMDP, action: NDArray[np.intp], contract: NDArray) -> NDArray:
    """Return the agent's utility in every state if she does what is asked for.

    Parameters
    ----------
    mdp : PrincipalAgentMDP
        A stationary game that ends within as many steps as it has states.
    action : ndarray of int, shape (S,)
        What is asked for.
    contract : ndarray, shape (S, M)
        Payments.

    Returns
    -------
    ndarray, shape (S,)
    """
    layer, at = mdp.layer(0), (np.arange(mdp.n_states), action)
    values = np.zeros(mdp.n_states, dtype=contract.dtype)
    for _ in range(mdp.n_states):
        values = (layer.agent_reward + layer.expect(contract + mdp.gamma * layer.next_value(values)))[at]
    return values


def equilibrium_table(spe: SPESolution) -> pd.DataFrame:
    """Write the equilibrium of Figure 1 down, state by state.

    Parameters
    ----------
    spe : SPESolution
        The equilibrium.

    Returns
    -------
    pandas.DataFrame
        Texts, fractions as fractions.
    """
    rows = {}
    for s, state in enumerate(FIGURE_ONE_STATES):
        row = {}
        for a, action in enumerate(FIGURE_ONE_ACTIONS):
            row |= {
                f"Q̄, {action}": spe.q_trunc[s, a],
                f"κ, {action}": spe.cost[s, a],
                f"q, {action}": spe.q_contract[s, a],
            }
        rows[state] = row | {"asked for": FIGURE_ONE_ACTIONS[spe.action[s]], "b(L)": spe.contract[s, 0]}
        rows[state] |= {"principal": spe.v_principal[s], "agent": spe.v_agent[s]}
    return pd.DataFrame(rows).T.map(str)
