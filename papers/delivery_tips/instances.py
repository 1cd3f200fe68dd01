"""The worked instances of the dossier, each with what is known about it."""

from dataclasses import dataclass

import numpy as np

from papers.delivery_tips.market import DeliveryEquilibrium, ThreeSidedMarket


@dataclass(frozen=True, eq=False)
class WorkedInstance:
    """A small market and the facts about it.

    Attributes
    ----------
    market : ThreeSidedMarket
        The market.
    lesson : str
        What it shows, in a few words.
    first_best : float
        Largest welfare of any transactions, in money.
    linear_value : float
        Value of the linear relaxation of the three-dimensional assignment problem, in money.
    with_tips : float
        Largest welfare of an equilibrium with tips, in money.
    without_tips : float or None
        Largest welfare of an equilibrium without tips, in money; None if there is none.
    sets : int
        Number of sets of disjoint triples.
    with_tips_outcomes, without_tips_outcomes, balanced_outcomes : int
        How many of them are equilibrium outcomes with tips, without tips, and with tips if prices must cover
        compensations.
    least_compensation : float
        Least total compensation of an equilibrium with tips of the largest welfare, in money.
    """

    market: ThreeSidedMarket
    lesson: str
    first_best: float
    linear_value: float
    with_tips: float
    without_tips: float | None
    sets: int
    with_tips_outcomes: int
    without_tips_outcomes: int
    balanced_outcomes: int
    least_compensation: float


def worked_instances() -> dict[str, WorkedInstance]:
    """Build the worked instances of the dossier, section 5: E1 to E6 and the two further ones like E6.

    The dossier gives markets, values, optima and counts for E1 to E5, the least compensation for E1, E2, E3 and E3b,
    and of those like E6 that none of their equilibria is balanced. The other numbers are of this companion. Every
    number is recomputed in the tests by linear programmes over all sets of triples.

    Returns
    -------
    dict of str to WorkedInstance
        ``"E1"``, ``"E2"``, ``"E3"``, ``"E3b"``, ``"E3c"``, ``"E4"``, ``"E5"``, ``"E6"``, ``"E6b"``, ``"E6c"``.
    """
    ones = np.ones((1, 2, 2))
    table = {
        # V, K, lesson, (first best, linear value, optimum with tips, without; sets of triples, outcomes with tips,
        # without, balanced; least compensation)
        "E1": ([[1]], [[[2]]], "costly courier", (0, 0, 0, -1, 2, 2, 1, 1, 0)),
        "E2": ([[5, 1], [1, 4]], ones, "scarce courier", (4, 4, 4, None, 5, 4, 0, 1, 0)),
        "E3": (
            [[6, 6], [0, 5]], [[[4, 0], [0, 6]], [[1, 2], [3, 3]]],
            "three different optima", (6, 6.5, 5, 4, 13, 4, 2, 2, 3),
        ),
        "E3b": (
            [[4, 4], [0, 3]], [[[4, 0], [2, 5]], [[2, 5], [2, 0]]],
            "tips do not help", (4, 4.5, 3, 3, 13, 2, 1, 1, 3),
        ),
        "E3c": (
            [[3, 2], [6, 5]], [[[1, 6], [3, 0]], [[5, 2], [0, 6]]],
            "half of the first best", (6, 6.5, 3, 3, 13, 2, 2, 0, 7),
        ),
        "E4": ([[2, 0], [2, 0]], ones, "ties: one courier is enough", (1, 1, 1, 1, 5, 4, 2, 2, 0)),
        "E5": (
            [[3, 3], [3, 3]], [[[0, 2], [2, 2]], [[2, 2], [2, 0]]],
            "several equilibria", (6, 6, 6, 6, 13, 3, 3, 3, 0),
        ),
        "E6": (
            [[2, 2], [2, 1]], [[[0, 4], [3, 1]], [[3, 0], [1, 4]]],
            "no balanced budget", (2, 2.5, 2, 1, 13, 5, 1, 0, 1),
        ),
        "E6b": (
            [[4, 3], [2, 1]], [[[4, 0], [0, 4]], [[2, 4], [3, 0]]],
            "no balanced budget", (3, 4, 3, 2, 13, 3, 2, 0, 2),
        ),
        "E6c": (
            [[4, 5], [2, 2]], [[[1, 5], [5, 0]], [[4, 3], [0, 3]]],
            "no balanced budget", (3, 4.5, 3, 2, 13, 5, 1, 0, 3),
        ),
    }  # fmt: skip
    return {
        name: WorkedInstance(ThreeSidedMarket(V, K), lesson, *facts) for name, (V, K, lesson, facts) in table.items()
    }


def scarce_courier_equilibrium() -> DeliveryEquilibrium:
    """Build the complete equilibrium of E2 that the dossier writes out (section 5).

    The buyer served has utility 0.5 and the courier rent 3.5; no price and no compensation is positive.

    Returns
    -------
    DeliveryEquilibrium
    """
    return DeliveryEquilibrium([0, 0], np.zeros((2, 2)), [[4.5, 0.5], [1, 4]], [(0, 0, 0)])
