r"""How low the best equilibrium with tips can fall below the first best: without limit, and where it can not.

**Proposition Q4 (of this companion).** For :math:`M>0` let

.. math:: V=\begin{pmatrix}3&2\\2&0\end{pmatrix},\qquad
    K_1=\begin{pmatrix}0&M\\M&M\end{pmatrix},\qquad K_2=\begin{pmatrix}M&0\\0&M\end{pmatrix}.

The first best is at least 3, and the best equilibrium, with tips and without, has welfare :math:`4-M`.

*Proof.* Courier 1 with order (1, 1) makes 3. Take an equilibrium in the form of P1, with :math:`u_b+p_s\le V_{bs}` for
carried orders and :math:`u,p,y=0` for whoever does not trade. If courier 2 is idle, her cost of 0 for the orders (1, 2)
and (2, 1) gives :math:`u_1+p_2\ge2` and :math:`u_2+p_1\ge2`, together 4; but at most one order is carried, so all
utilities and prices together are at most 3. If courier 1 is idle, her cost of 0 gives :math:`u_1+p_1\ge3`; but courier
2 carries at most one order, and not (1, 1), which courier 1 would carry for less, so buyer 1 and store 1 together have
at most 2. So both are employed. The orders are (1, 1) and (2, 2), worth 3, or (1, 2) and (2, 1), worth 4, and either
way somebody has the cost :math:`M`. The second is an equilibrium even without tips (P2). :math:`\blacksquare`

So the ratio to the first best has no lower limit.

**Proposition Q5.** *If every delivery is worth its cost* (:math:`V_{bs}\ge K_{cbs}`) *and there are no more couriers
than buyers and than stores, an equilibrium with tips attains the first best.*

*Proof.* A first best can be completed by further triples, at no loss, until every courier is employed. It is a first
best still, so its orders are carried at the least cost, and P5 applies. :math:`\blacksquare`

**Proposition Q6.** *With more couriers the best equilibrium may have little more than half the first best, though every
delivery is worth its cost.* For :math:`m>1` let

.. math:: V=\begin{pmatrix}m&m+1\\m+1&m\end{pmatrix},\quad K_1=\begin{pmatrix}0&m+1\\m+1&m\end{pmatrix},\quad
    K_2=\begin{pmatrix}m&m+1\\m+1&0\end{pmatrix},\quad K_3=\begin{pmatrix}m&0\\0&m\end{pmatrix}.

The first best is :math:`2m`; the best equilibrium, with tips and without, has welfare :math:`m+1`.

*Proof.* Couriers 1 and 2 with (1, 1) and (2, 2) make :math:`2m`; with both other orders courier 3 makes :math:`m+1` and
another courier nothing. If courier 3 is idle, her cost of 0 gives :math:`u_1+p_2\ge m+1` and :math:`u_2+p_1\ge m+1`,
together :math:`2m+2`; then (1, 2) and (2, 1) are not carried, as she would carry them for less, and what is carried
leaves buyers and stores at most :math:`2m`. She does not carry (1, 1) or (2, 2), which courier 1 or 2 would carry for
less, and does (1, 1) and (2, 2) with one of them no better. So she carries (1, 2) or (2, 1), and welfare is at most
:math:`m+1`. Both orders are the matching of the largest value, so even without tips this is an equilibrium (P2).
:math:`\blacksquare`
"""

from dataclasses import dataclass

import numpy as np

from papers.delivery_tips.market import ThreeSidedMarket
from papers.delivery_tips.support import supporting_equilibrium
from papers.delivery_tips.transactions import all_transactions


@dataclass(frozen=True, eq=False)
class LowestFound:
    """What a search for a low ratio came to.

    Attributes
    ----------
    ratio : float
        Smallest welfare of a best equilibrium with tips over the first best that was met, at most 1.
    market : ThreeSidedMarket
        A market with this ratio.
    looked_at : int
        How many markets were solved.
    """

    ratio: float
    market: ThreeSidedMarket
    looked_at: int


def tempting_market(cost: float) -> ThreeSidedMarket:
    """Build the market of Q4: an idle courier tempts both buyers, and to keep her busy costs `cost`.

    Parameters
    ----------
    cost : float
        :math:`M`, in money, ``>= 0``.

    Returns
    -------
    ThreeSidedMarket

    Raises
    ------
    ValueError
        If the cost is negative or not finite.
    """
    return ThreeSidedMarket([[3, 2], [2, 0]], [[[0, cost], [cost, cost]], [[cost, 0], [0, cost]]])


def ratio_to_first_best(market: ThreeSidedMarket) -> float:
    """Divide the welfare of the best equilibrium with tips by the first best, going down all sets of transactions.

    Parameters
    ----------
    market : ThreeSidedMarket
        A tiny market.

    Returns
    -------
    float
        At most 1; NaN if the first best is 0.
    """
    ranked = sorted(((market.welfare(tau), tau) for tau in all_transactions(market.shape)), reverse=True)
    best = ranked[0][0]
    if best <= 0:
        return np.nan
    return next(welfare for welfare, tau in ranked if supporting_equilibrium(market, tau) is not None) / best


def half_market(m: float) -> ThreeSidedMarket:
    """Build the market of Q6: every delivery is worth its cost, and the best equilibrium loses nearly half.

    Parameters
    ----------
    m : float
        :math:`m`, in money, ``> 1``.

    Returns
    -------
    ThreeSidedMarket

    Raises
    ------
    ValueError
        If ``m`` is not above 1, or not finite.
    """
    if not 1 < m < np.inf:
        raise ValueError(f"m must be finite and > 1, given {m}")
    K = [[[0, m + 1], [m + 1, m]], [[m, m + 1], [m + 1, 0]], [[m, 0], [0, m]]]
    return ThreeSidedMarket([[m, m + 1], [m + 1, m]], K)


def search_lowest(start: ThreeSidedMarket, looks: int, generator: np.random.Generator) -> LowestFound:
    """Walk through markets in which every delivery is worth its cost, never to a larger ratio.

    A step changes one or two numbers by at most 2. A search proves nothing about what it did not look at.

    Parameters
    ----------
    start : ThreeSidedMarket
        Where the walk begins; tiny.
    looks : int
        Number of steps tried, ``>= 1``.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    LowestFound
    """
    market, ratio = start, ratio_to_first_best(start)
    for _ in range(looks):
        tried = _moved(market, generator)
        found = ratio_to_first_best(tried)
        if found <= ratio:
            market, ratio = tried, found
    return LowestFound(float(ratio), market, looks)


def _moved(market: ThreeSidedMarket, generator: np.random.Generator) -> ThreeSidedMarket:
    numbers = np.concatenate([market.V.ravel(), market.K.ravel()])
    places = generator.integers(numbers.size, size=generator.integers(1, 3))
    numbers[places] = np.maximum(numbers[places] + generator.choice([-2, -1, 1, 2], places.size), 0)
    V, K = np.split(numbers, [market.V.size])
    V, K = V.reshape(market.V.shape), K.reshape(market.K.shape)
    return ThreeSidedMarket(V, np.minimum(K, V))
