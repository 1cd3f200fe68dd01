"""Commitment in a process without cycles: bounds by promises that may depend on the way to a state."""

from collections.abc import Sequence

import numpy as np

from papers.contracts_rl.commitment_search import Fixed, Plan, Relaxed
from papers.contracts_rl.decision_graph import Node
from papers.contracts_rl.promises import Frontier, least_payments, promise_frontiers


class PromiseRelaxation:
    """Bounds and plans from the frontiers of promised utilities.

    Parameters
    ----------
    nodes : sequence of Node
        States, those that can follow first; the last is the start.
    n_actions : int
        Number of actions.
    combinations : int
        How many combinations of promises may be looked at in one state.
    """

    def __init__(self, nodes: Sequence[Node], n_actions: int, combinations: int) -> None:
        self.nodes, self.n_actions, self.combinations = nodes, n_actions, combinations

    def relax(self, fixed: Fixed) -> Relaxed | None:
        """Bound what can be had with some actions fixed.

        Parameters
        ----------
        fixed : dict from int to int
            The action to ask for in some nodes.

        Returns
        -------
        Relaxed, or None
            None if a fixed action cannot be had.
        """
        frontiers = promise_frontiers(self.nodes, fixed, self.combinations)
        if frontiers is None:
            return None
        root = frontiers[-1]
        best = root.best()
        profile, split = self._follow(frontiers, best)
        if split is None and root.thinned:
            free = (index for index in profile if index not in fixed and self.nodes[index] is not self.nodes[-1])
            split = max(free, key=lambda index: len(frontiers[index].agent))
        return Relaxed(root.surplus[best] - root.agent[best], profile, split)

    def _follow(self, frontiers: Sequence[Frontier], best: int) -> tuple[Fixed, int | None]:
        """Return an action for every node, the start first, and the first node of which several are wanted."""
        picked: list[list[int]] = [[] for _ in self.nodes]
        picked[-1].append(best)
        profile: Fixed = {}
        split = None
        for index in reversed(range(len(self.nodes))):
            frontier, picks = frontiers[index], picked[index]
            profile[index] = int(frontier.action[picks[0]])
            if split is None and len({int(frontier.action[pick]) for pick in picks}) > 1:
                split = index
            for pick in picks:
                for child, choice in zip(self.nodes[index].children, frontier.choices[pick].tolist(), strict=True):
                    if choice not in picked[child]:
                        picked[child].append(choice)
        return profile, split

    def evaluate(self, profile: Fixed) -> Plan | None:
        """Pay for a profile as little as possible.

        Parameters
        ----------
        profile : dict from int to int
            The action to ask for in every node.

        Returns
        -------
        Plan, or None
            None if an action cannot be had.
        """
        frontiers = promise_frontiers(self.nodes, profile)
        if frontiers is None:
            return None
        contract = {}
        for index, node in enumerate(self.nodes):
            promised = np.array([[frontiers[child].agent[0] for child in node.children]], frontiers[0].agent.dtype)
            contract[node.state] = least_payments(node, promised)[1][0, profile[index]]
        root, action = frontiers[-1], {self.nodes[index].state: a for index, a in profile.items()}
        return Plan(root.surplus[0] - root.agent[0], root.agent[0], action, contract)
