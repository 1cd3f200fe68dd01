r"""The market of the paper: a trading network, what the platform can gain in it, and an outcome.

The model is in section 3 of D'Amico-Wong, Gonczarowski, Ma and Parkes, "Disrupting Bipartite Trading Networks"
(arXiv 2406.07385), as far as the abstract tells it: unit-demand buyers, unit-supply sellers without costs, *world*
pairs who know each other, and a platform that introduces further pairs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.markets.assignment import max_weight_matching
from common.markets.validation import check_mask, check_values


@dataclass(frozen=True, eq=False)
class TradingNetwork:
    r"""Buyers, sellers, what each buyer pays at most for each good, and who knows whom.

    Parameters
    ----------
    values : array_like, shape (n, m)
        :math:`v_{ij}\ge 0`, the value of good ``j`` for buyer ``i``, in money.
    world : array_like of bool, shape (n, m)
        :math:`E`, the pairs who can trade without the platform.

    Raises
    ------
    ValueError
        If an array is malformed (NaN, infinite, negative, wrong shape); the message names it.

    Examples
    --------
    >>> net = TradingNetwork([[1.0], [3.0]], [[1], [0]])
    >>> net.world_welfare, net.optimal_welfare, net.welfare_gain
    (1.0, 3.0, 2.0)
    """

    values: NDArray[np.float64]
    world: NDArray[np.bool_]

    def __post_init__(self) -> None:
        # Copies that cannot be written keep the cached welfare true for as long as the network lives.
        values = check_values(self.values, "values").copy()
        world = check_mask(self.world, values.shape, "world").copy()
        values.flags.writeable = world.flags.writeable = False
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "world", world)

    @property
    def n_buyers(self) -> int:
        """Number of buyers :math:`n`."""
        return self.values.shape[0]

    @property
    def n_sellers(self) -> int:
        """Number of sellers :math:`m`, each with one good."""
        return self.values.shape[1]

    @property
    def size(self) -> int:
        r""":math:`K=\min\{n,m\}`, the largest number of trades."""
        return min(self.values.shape)

    @cached_property
    def world_welfare(self) -> float:
        """:math:`W_0=W(E)`, the welfare without the platform, in money."""
        return self.welfare(self.world)

    @cached_property
    def optimal_welfare(self) -> float:
        """:math:`W^*`, the welfare if everybody knew everybody, in money."""
        return self.welfare(None)

    @property
    def welfare_gain(self) -> float:
        r""":math:`\Delta W=W^*-W_0`, the most the platform can add, in money."""
        return self.optimal_welfare - self.world_welfare

    @property
    def revenue_guarantee(self) -> float:
        r""":math:`\Delta W/H_K`, the revenue that is always within reach (dossier S3), in money."""
        return self.welfare_gain / harmonic(self.size) if self.size else 0.0

    @cached_property
    def is_homogeneous(self) -> bool:
        """Whether every buyer values all goods equally."""
        return bool((self.values == self.values[:, :1]).all())

    def welfare(self, mask: NDArray[np.bool_] | None) -> float:
        """Compute the largest total value of trades among the pairs of ``mask``.

        Parameters
        ----------
        mask : ndarray of bool, shape (n, m), or None
            The pairs that may trade; None means all.

        Returns
        -------
        float
            In money.
        """
        x = max_weight_matching(self.values, mask)
        buyers = np.flatnonzero(x >= 0)
        return float(self.values[buyers, x[buyers]].sum())

    def pairs_mask(self, introduced: ArrayLike | Iterable[tuple[int, int]]) -> NDArray[np.bool_]:
        """Read a set of introduced pairs, given as a table or as a list of pairs.

        Parameters
        ----------
        introduced : array_like of bool, shape (n, m), or iterable of (int, int)
            A table with True for the introduced pairs, or the pairs ``(buyer, seller)`` themselves.
            A bool table must be an array; a list is read as pairs.

        Returns
        -------
        ndarray of bool, shape (n, m)

        Raises
        ------
        ValueError
            If the table does not fit, or a pair names nobody.
        """
        if isinstance(introduced, np.ndarray):
            return check_mask(introduced, self.values.shape, "introduced")
        mask = np.zeros(self.values.shape, dtype=bool)
        for pair in introduced:
            i, j = pair
            if not (0 <= i < self.n_buyers and 0 <= j < self.n_sellers):
                raise ValueError(
                    f"introduced must hold pairs (buyer, seller) below {self.values.shape}, given {tuple(pair)}"
                )
            mask[i, j] = True
        return mask


@dataclass(frozen=True, eq=False)
class PlatformOutcome:
    """What happens in the market after the platform's introductions.

    Attributes
    ----------
    revenue : float
        Total price of the trades between introduced pairs, in money (the commission rate is dropped).
    introduced : ndarray of bool, shape (n, m)
        The introduced pairs :math:`M`; none of them is a world pair.
    welfare : float
        Total value of all trades, in money.
    prices : ndarray of float, shape (m,)
        Equilibrium price of each good, in money.
    allocation : ndarray of int, shape (n,)
        The good of each buyer, -1 if none.
    bound : float or None
        A proven upper bound on the revenue of *any* introductions, in money; None if the method proves none.
    seconds : float
        Wall-clock time of the method.
    """

    revenue: float
    introduced: NDArray[np.bool_]
    welfare: float
    prices: NDArray[np.float64]
    allocation: NDArray[np.intp]
    bound: float | None = None
    seconds: float = 0.0

    @property
    def gap(self) -> float | None:
        """Relative gap ``(bound - revenue) / bound`` in ``[0, 1]``; None without a bound."""
        if self.bound is None:
            return None
        return max(self.bound - self.revenue, 0.0) / self.bound if self.bound > 0 else 0.0

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The introduced pairs as a sorted tuple of ``(buyer, seller)``."""
        return tuple((int(i), int(j)) for i, j in np.argwhere(self.introduced))


def harmonic(k: int) -> float:
    r"""Compute the harmonic number :math:`H_k=\sum_{i=1}^k 1/i`.

    Parameters
    ----------
    k : int
        ``>= 0``.

    Returns
    -------
    float
    """
    return float(np.sum(1.0 / np.arange(1, k + 1)))
