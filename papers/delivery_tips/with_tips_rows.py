r"""With-tip equilibria as a mixed-integer programme without a big-M for each triple.

Under the formalisation of this companion (dossier P1) transactions :math:`\tau` and payments are a with-tip equilibrium
exactly if the utilities :math:`u,p,y\ge0` of buyers, stores and couriers, the compensations :math:`w` and the tips
:math:`t` of transacted orders fulfil, with binaries :math:`x_{bsc}` and :math:`z_{bs}=\sum_cx_{bsc}`,

.. math::
    u_b+p_s &\ge V_{bs}z_{bs}-t_{bs}, & \textstyle\sum u+\sum p&=\textstyle\sum(V_{bs}z_{bs}-t_{bs}),\\
    y_c &\ge w_{bs}+t_{bs}-K_{cbs}, & \textstyle\sum y&=\textstyle\sum(w_{bs}+t_{bs})-\sum K_{cbs}x_{bsc},\\
    u_b+p_s+y_c &\ge V_{bs}-K_{cbs}, & t_{bs}&\le V_{bs}z_{bs},\qquad w_{bs}+t_{bs}\le L_{bs}z_{bs}.

*Proof.* The inequalities on the left, added up over :math:`\tau`, whose triples are disjoint, say that the sum of
utilities is at least the right-hand side of its equation. So the equation forces equality in every transaction and
utility 0 for whoever is in none: these are the equalities of P1. Its inequalities are the second row for transacted and
the third for untransacted orders (it says nothing new for transacted ones). Tips of untransacted orders are then
any in :math:`[\max\{0,V_{bs}-p_s-u_b\},\min_c(K_{cbs}+y_c)]`. :math:`\blacksquare`

**The limit** :math:`L` **of a courier's pay.** Let :math:`\hat K_{bs}=\max_cK_{cbs}` and :math:`G=\max\{0,\max(V-K)\}`.

1. *If courier i is idle,* :math:`0=y_i\ge w_{bs}+t_{bs}-K_{ibs}`, so :math:`w_{bs}+t_{bs}\le\hat K_{bs}`. With more
   couriers than buyers or stores somebody is idle.
2. *If nobody is idle,* lower all :math:`w` of transacted orders, and with them all :math:`y`, by the same amount until
   a :math:`w`, a :math:`y` or an inequality of the third row stops it. Then some courier has :math:`y_c\le G`, and
   :math:`w_{bs}+t_{bs}\le y_c+K_{cbs}\le G+\hat K_{bs}` for every transacted order. Tips and the utilities of buyers
   and stores stayed as they were, and rents and compensations fell: the limit :math:`G+\hat K` leaves out no outcome
   and no value that a second stage can be after, except the *largest* rent, which has no limit then.
3. *Without compensations* pay is a tip, at most :math:`V_{bs}`.
4. *The largest rent with a balanced budget:* :math:`w_{bs}+t_{bs}\le\sum p+t_{bs}`, at most the sum of the
   :math:`\min\{|B|,|S|,|C|\}` largest row maxima of :math:`V`. In everything else lowering as in 2 keeps the balance.

Three families of rows are implied and make the relaxation tighter: :math:`u_b\le\sum V_{bs}x_{bsc}`,
:math:`p_s\le\sum V_{bs}x_{bsc}` and :math:`y_c\le\sum(L_{bs}-K_{cbs})x_{bsc}`.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from papers.delivery_tips.market import ThreeSidedMarket
from papers.delivery_tips.with_tips_programme import EquilibriumProgramme

_BLOCKS = ("triples", "compensations", "tips", "utilities", "prices", "rents")


def equilibrium_programme(
    market: ThreeSidedMarket,
    candidates: NDArray[np.bool_],
    *,
    welfare: tuple[float, float] = (-np.inf, np.inf),
    tips: bool = True,
    tip_only: bool = False,
    budget_balanced: bool = False,
    largest_rents: bool = False,
) -> EquilibriumProgramme:
    r"""Build the programme.

    Parameters
    ----------
    market : ThreeSidedMarket
        The market; values and costs around 1 suit the absolute tolerances of the solver.
    candidates : ndarray of bool, shape (C, B, S)
        Triples that may trade (every agent's wishes count for all orders nevertheless).
    welfare : (float, float)
        Limits of the welfare, in money.
    tips : bool
        Whether tips may be paid for transacted orders. No outcome needs that unless compensations are limited: a buyer
        may pay the same to the store, and the platform pay it to the courier.
    tip_only : bool
        Whether compensations are 0.
    budget_balanced : bool
        Whether :math:`\sum w\le\sum p`.
    largest_rents : bool
        Whether the limit of a courier's pay must let the largest rents pass (they exist if somebody is idle, the budget
        is balanced or compensations are 0).

    Returns
    -------
    EquilibriumProgramme
    """
    c, b, s = np.nonzero(candidates)
    codes, place = np.unique(b * market.n_stores + s, return_inverse=True)
    orders = np.column_stack(np.divmod(codes, market.n_stores or 1))
    ends = np.cumsum([b.size, codes.size, codes.size, *market.shape])
    columns = dict(zip(_BLOCKS, np.split(np.arange(ends[-1]), ends[:-1]), strict=True))
    rows = _Rows(int(ends[-1]))
    for agents, size in zip((b, s, c), market.shape, strict=True):
        rows.add(size, -np.inf, 1.0, (agents, columns["triples"], 1.0))
    _add_buyers(rows, market, columns, (b, s), orders, place)
    limit = _pay_limit(market, tip_only, budget_balanced and largest_rents)
    _add_couriers(rows, market, columns, (b, s, c), orders, place, limit)
    rows.add(1, *welfare, (0, columns["triples"], market.surplus[c, b, s]))
    if budget_balanced:
        rows.add(1, 0.0, np.inf, (0, columns["prices"], 1.0), (0, columns["compensations"], -1.0))
    most = np.full(ends[-1], np.inf)
    most[columns["triples"]] = 1.0
    if tip_only:
        most[columns["compensations"]] = 0.0
    if not tips:
        most[columns["tips"]] = 0.0
    blocks = {
        name: slice(first, last)
        for name, first, last in zip(_BLOCKS, [0, *ends[:-1].tolist()], ends.tolist(), strict=True)
    }
    return EquilibriumProgramme(market, np.column_stack([b, s, c]), orders, blocks, *rows.collect(), most)


def _add_buyers(
    rows: "_Rows",
    market: ThreeSidedMarket,
    columns: dict[str, NDArray[np.intp]],
    buyer_and_store: tuple[NDArray[np.intp], NDArray[np.intp]],
    orders: NDArray[np.intp],
    place: NDArray[np.intp],
) -> None:
    """Share the value of each order between buyer, store and tip; ``place`` is the order that each triple carries."""
    x, t, u, p, y = (columns[name] for name in ("triples", "tips", "utilities", "prices", "rents"))
    value, order = market.V[buyer_and_store], np.arange(len(orders))
    shares = (order, u[orders[:, 0]], 1.0), (order, p[orders[:, 1]], 1.0), (order, t, 1.0)
    rows.add(order.size, 0.0, np.inf, *shares, (place, x, -value))
    rows.add(1, 0.0, 0.0, (0, u, 1.0), (0, p, 1.0), (0, t, 1.0), (0, x, -value))
    rows.add(order.size, -np.inf, 0.0, (order, t, 1.0), (place, x, -value))
    for agents, utility in zip(buyer_and_store, (u, p), strict=True):
        rows.add(utility.size, -np.inf, 0.0, (np.arange(utility.size), utility, 1.0), (agents, x, -value))
    c, b, s = np.nonzero(market.surplus > 0)
    gain = np.arange(c.size)
    rows.add(c.size, market.surplus[c, b, s], np.inf, (gain, u[b], 1.0), (gain, p[s], 1.0), (gain, y[c], 1.0))


def _add_couriers(
    rows: "_Rows",
    market: ThreeSidedMarket,
    columns: dict[str, NDArray[np.intp]],
    triple: tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]],
    orders: NDArray[np.intp],
    place: NDArray[np.intp],
    limit: NDArray[np.float64],
) -> None:
    """Pay couriers by order so that none envies another."""
    x, w, t, y = (columns[name] for name in ("triples", "compensations", "tips", "rents"))
    (b, s, c), order, courier = triple, np.arange(len(orders)), np.arange(y.size)
    cost, limit = market.K[c, b, s], limit[orders[:, 0], orders[:, 1]]
    rows.add(order.size, -np.inf, 0.0, (order, w, 1.0), (order, t, 1.0), (place, x, -limit[place]))
    rows.add(1, 0.0, 0.0, (0, y, 1.0), (0, w, -1.0), (0, t, -1.0), (0, x, cost))
    rows.add(y.size, -np.inf, 0.0, (courier, y, 1.0), (c, x, cost - limit[place]))
    envy = np.arange(y.size * order.size).reshape(y.size, order.size)
    floor = -market.K[:, orders[:, 0], orders[:, 1]].ravel()
    rows.add(envy.size, floor, np.inf, (envy, y[:, None], 1.0), (envy, w, -1.0), (envy, t, -1.0))


def _pay_limit(market: ThreeSidedMarket, tip_only: bool, paid_from_prices: bool) -> NDArray[np.float64]:
    """Let :math:`L` be the limit that the module proves, shape (B, S)."""
    if tip_only:
        return market.V
    fewest = min(market.shape)
    if paid_from_prices:
        largest = np.sort(market.V.max(axis=1, initial=0.0))[::-1]
        return np.full_like(market.V, largest[:fewest].sum())
    gain = market.surplus.max(initial=0.0) if market.n_couriers == fewest else 0.0
    return market.K.max(axis=0, initial=0.0) + gain


@dataclass
class _Rows:
    """Rows of a linear programme, collected family by family.

    Attributes
    ----------
    n_columns : int
        Number of columns.
    """

    n_columns: int
    _parts: list[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]] = field(default_factory=list)
    _limits: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = field(default_factory=list)
    _count: int = 0

    def add(
        self, count: int, lower: ArrayLike, upper: ArrayLike, *terms: tuple[ArrayLike, ArrayLike, ArrayLike]
    ) -> None:
        """Add a family of rows.

        Parameters
        ----------
        count : int
            How many, ``>= 0``.
        lower, upper : float or array_like, shape (count,)
            Their limits.
        *terms : (array_like, array_like, array_like)
            Row (0 is the first of the family), column and coefficient of some entries, broadcast against each other;
            what is given twice is added up.
        """
        for term in terms:
            row, column, value = np.broadcast_arrays(*term)
            self._parts.append((row.ravel() + self._count, column.ravel(), value.ravel()))
        self._limits.append((np.broadcast_to(lower, (count,)), np.broadcast_to(upper, (count,))))
        self._count += count

    def collect(self) -> tuple[sparse.csr_array, NDArray[np.float64], NDArray[np.float64]]:
        """Put the families under each other.

        Returns
        -------
        rows : csr_array, shape (rows, columns)
            Coefficients.
        lower, upper : ndarray of float, shape (rows,)
            Limits.
        """
        row, column, value = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        lower, upper = (np.concatenate(limit) for limit in zip(*self._limits, strict=True))
        return sparse.csr_array((value, (row, column)), shape=(self._count, self.n_columns)), lower, upper
