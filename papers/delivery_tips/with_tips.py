"""The with-tip equilibrium of the largest welfare, exactly, with a certificate; and what it may cost whom.

:mod:`papers.delivery_tips.with_tips_search` says how it is found, and proves what it relies on.
"""

import time
from dataclasses import replace
from typing import get_args

from common.optim import magnitude
from papers.delivery_tips.first_best import first_best
from papers.delivery_tips.market import DeliveryEquilibrium, DeliveryOutcome, ThreeSidedMarket
from papers.delivery_tips.with_tips_search import SecondStage, WithTipSearch


def with_tip_optimum(
    market: ThreeSidedMarket,
    *,
    tip_only: bool = False,
    budget_balanced: bool = False,
    then: SecondStage | None = None,
    time_limit: float = 60.0,
    gap: float = 1e-7,
    threads: int = 1,
) -> DeliveryOutcome:
    r"""Compute a with-tip equilibrium of the largest welfare (dossier A3).

    Parameters
    ----------
    market : ThreeSidedMarket
        The market.
    tip_only : bool
        Only equilibria in which the platform compensates nobody, :math:`w=0`.
    budget_balanced : bool
        Only equilibria with :math:`\sum w\le\sum p`.
    then : str, optional
        What is optimised besides, over all payments of *all* transactions of the largest welfare (up to ``1e-7`` of the
        largest value or cost): ``"least compensation"`` (:math:`\sum w`), ``"least tips"``, ``"most tips"``
        (:math:`\sum t` over transacted orders), ``"least rent"``, ``"most rent"`` (:math:`\sum y` of couriers),
        ``"least buyer surplus"``, ``"most buyer surplus"`` (:math:`\sum u`).
    time_limit : float
        Seconds, ``> 0``.
    gap : float
        Relative gap at which a search stops, ``>= 0``.
    threads : int
        Threads of the solver, ``>= 1``.

    Returns
    -------
    DeliveryOutcome
        An equilibrium always exists, unless an option asks for more: then ``exists`` may be False, and ``status`` says
        why. If the time was up, ``status`` begins with "time limit" (or, for the second stage alone, ends with it), the
        equilibrium is the best one found, and ``bound`` is what is proven. Rents have no upper limit if an outcome of
        the largest welfare employs everybody and compensations are free: ``"optimal; rents unbounded"``, with payments
        that are no optimum of anything.

    Raises
    ------
    ValueError
        If an option is out of range.

    Examples
    --------
    The first best of this market is 6, but no payments support it.

    >>> market = ThreeSidedMarket([[6, 6], [0, 5]], [[[4, 0], [0, 6]], [[1, 2], [3, 3]]])
    >>> best = with_tip_optimum(market, then="least compensation")
    >>> best.welfare, best.transactions
    (5.0, ((0, 0, 1),))
    >>> best.equilibrium.compensations.round(9)
    array([[3., 0.],
           [0., 0.]])
    """
    if then is not None and then not in get_args(SecondStage):
        raise ValueError(f"then must be None or one of {', '.join(map(repr, get_args(SecondStage)))}, given {then!r}")
    begin = time.perf_counter()
    unit = magnitude(
        [market.V.max(initial=0.0), market.K.max(initial=0.0)]
    )  # the tolerances of the solver are absolute
    counted = ThreeSidedMarket(market.V / unit, market.K / unit)
    relaxed = first_best(counted, time_limit=time_limit, gap=gap, threads=threads)
    search = WithTipSearch(counted, relaxed, tip_only, budget_balanced, begin + time_limit, gap, threads)
    answer = search.optimum()
    if then is not None and answer.status == "optimal":
        answer = search.second_stage(answer, then)
    return _in_money(answer, unit, time.perf_counter() - begin)


def _in_money(answer: DeliveryOutcome, unit: float, seconds: float) -> DeliveryOutcome:
    paid = answer.equilibrium
    if paid is not None:
        payments = (unit * paid.prices, unit * paid.compensations, unit * paid.tips)
        paid = DeliveryEquilibrium(*payments, paid.transactions)
    return replace(answer, welfare=unit * answer.welfare, bound=unit * answer.bound, equilibrium=paid, seconds=seconds)
