r"""The market of the paper: a trading network, what the platform can gain in it, and an outcome.

The model of D'Amico-Wong, Gonczarowski, Ma and Parkes, "Disrupting Bipartite Trading Networks" (arXiv 2406.07385),
as the abstract tells it (dossier section 3): unit-demand buyers, unit-supply sellers without costs, *world* pairs who
know each other, and a platform that introduces further pairs. The body of the paper was not read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.markets.assignment import matching_welfare, max_weight_matching
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
        If an array is malformed (missing, ragged, text, complex, NaN, infinite, negative, wrong shape); the message
        names it.

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
        if self.world is None:
            raise ValueError(f"world must be a table of shape {values.shape}, given None")
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
        return matching_welfare(self.values, max_weight_matching(self.values, mask))

    def pairs_mask(self, introduced: ArrayLike | Iterable[tuple[int, int]]) -> NDArray[np.bool_]:
        """Read a set of introduced pairs, given as a table or as a list of pairs.

        Parameters
        ----------
        introduced : array_like of bool or 0/1, shape (n, m), or iterable of (int, int)
            A table with True for the introduced pairs, or the pairs ``(buyer, seller)`` themselves. An array is
            always a table. Rows that are no arrays are a table if they have its shape and hold only bools or 0/1;
            with two sellers, integer tuples are pairs, and integer lists that could be both are refused.

        Returns
        -------
        ndarray of bool, shape (n, m)

        Raises
        ------
        ValueError
            If the table does not fit, could be pairs as well, or a pair names nobody or is no pair of integers.
        """
        shape = self.values.shape
        if hasattr(introduced, "__array__"):
            return check_mask(introduced, shape, "introduced")
        rows = _rows(introduced)
        if _is_table(rows, shape):
            return check_mask(np.array(rows).reshape(shape), shape, "introduced")
        mask = np.zeros(shape, dtype=bool)
        for row in rows:
            pair = tuple(row)
            if len(pair) != 2 or not all(_is_integer(entry) for entry in pair):
                raise ValueError(
                    f"introduced must hold pairs of integers or be a table of shape {shape}, given {row!r}"
                )
            i, j = pair
            if not (0 <= i < shape[0] and 0 <= j < shape[1]):
                raise ValueError(f"introduced must hold pairs (buyer, seller) below {shape}, given ({i}, {j})")
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
    welfare_is_largest : bool
        Whether the method proved, within its gap, that the revenue is optimal and that no optimal introductions have
        a larger welfare.
    """

    revenue: float
    introduced: NDArray[np.bool_]
    welfare: float
    prices: NDArray[np.float64]
    allocation: NDArray[np.intp]
    bound: float | None = None
    seconds: float = 0.0
    welfare_is_largest: bool = False

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

    Raises
    ------
    ValueError
        If ``k`` is no integer ``>= 0``.
    """
    check_count("k", k, 0)
    return float(np.sum(1.0 / np.arange(1, k + 1)))


def check_count(name: str, value: int, least: int) -> None:
    """Refuse a number that is no integer or too small.

    Parameters
    ----------
    name : str
        What the caller calls the number; used in the message.
    value : int
        The number.
    least : int
        The least that is allowed.

    Raises
    ------
    ValueError
        If ``value`` is no integer ``>= least``.
    """
    if not (_is_integer(value) and value >= least):
        raise ValueError(f"{name} must be >= {least} and an integer, given {value}")


def _is_integer(entry: Any) -> bool:
    return isinstance(entry, Integral) and not isinstance(entry, bool)


def _rows(introduced: Any) -> list[Any]:
    """List the rows of a table or the pairs; a row that is no sequence is refused."""
    try:
        rows = list(introduced)
    except TypeError as error:
        raise ValueError(f"introduced must be a table or an iterable of pairs, given {introduced!r}") from error
    for row in rows:
        if isinstance(row, str) or not hasattr(row, "__iter__"):
            raise ValueError(f"introduced must hold pairs (buyer, seller), given {row!r}")
    return [row if isinstance(row, tuple) else list(row) for row in rows]


def _is_table(rows: list[Any], shape: tuple[int, int]) -> bool:
    """Whether rows are a 0/1 table and not pairs; refuse what could be both."""
    if len(rows) != shape[0] or any(len(row) != shape[1] for row in rows):
        return False
    entries = [entry for row in rows for entry in row]
    if not all(isinstance(entry, bool | np.bool_ | int | float | np.number) and entry in (0, 1) for entry in entries):
        return False
    if shape[1] != 2 or not all(_is_integer(entry) for entry in entries):
        return True
    if all(isinstance(row, tuple) for row in rows):
        return False
    raise ValueError(
        f"introduced is ambiguous: {rows} could be a table of shape {shape} or pairs; "
        "pass a table as an array and pairs as tuples"
    )
