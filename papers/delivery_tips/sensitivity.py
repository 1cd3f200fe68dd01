r"""Closed forms in the sizes of a market that bound, without any simulation, what recorded sweeps found."""

from common.stats import check_probability
from papers.delivery_tips.generators import check_shape


def wanted_stores(n_buyers: int, n_stores: int, density: float) -> float:
    r"""Compute how many stores somebody wants on average, :math:`S(1-(1-q)^B)`.

    Efficient orders lie in wanted pairs, so :math:`\kappa(V)` of P3 is at most the number of wanted stores, and its
    mean at most this.

    Parameters
    ----------
    n_buyers, n_stores : int
        Numbers of buyers :math:`B` and stores :math:`S`, ``>= 0``.
    density : float
        Probability :math:`q` in ``[0, 1]`` that a buyer has a positive value for a store, independently.

    Returns
    -------
    float
        Between 0 and `n_stores`.

    Raises
    ------
    ValueError
        If a number or the density is out of range.
    """
    return n_stores * (1.0 - _unwanted(n_buyers, n_stores, density))


def share_with_unwanted_store(n_buyers: int, n_stores: int, density: float) -> float:
    r"""Compute the probability that some store is wanted by nobody, :math:`1-(1-(1-q)^B)^S`.

    Then one courier fewer than stores is enough without tips (P3): a lower bound of the share of markets that clear
    with :math:`S-1` couriers.

    Parameters
    ----------
    n_buyers, n_stores : int
        Numbers of buyers :math:`B` and stores :math:`S`, ``>= 0``.
    density : float
        Probability :math:`q` in ``[0, 1]`` that a buyer has a positive value for a store, independently.

    Returns
    -------
    float
        Probability.

    Raises
    ------
    ValueError
        If a number or the density is out of range.
    """
    return 1.0 - (1.0 - _unwanted(n_buyers, n_stores, density)) ** n_stores


def _unwanted(n_buyers: int, n_stores: int, density: float) -> float:
    """Probability that a given store is wanted by nobody."""
    check_shape((n_buyers, n_stores, 0))
    check_probability("density", density)
    return (1.0 - density) ** n_buyers


def mean_least_cost(n_orders: int, n_couriers: int) -> float:
    r"""Compute the mean least cost of serving all orders if costs are exponential with mean 1.

    It is :math:`\sum_{i+j<m}\frac{1}{(m-i)(C-j)}` for :math:`m` orders and :math:`C` couriers (conjectured by
    Coppersmith and Sorkin, proved by Linusson and Wästlund and by Nair, Prabhakar and Sharma), for :math:`C=m` Parisi's
    :math:`\sum_{k\le m}1/k^2<\pi^2/6`. Costs uniform on [0, 1) are lower: :math:`1-e^{-x}\le x`.

    Parameters
    ----------
    n_orders, n_couriers : int
        Numbers of orders :math:`m\ge0` and of couriers :math:`C\ge m`.

    Returns
    -------
    float
        In units of the mean cost.

    Raises
    ------
    ValueError
        If there are fewer couriers than orders, or a number is negative.
    """
    check_shape((n_orders, n_orders, n_couriers))
    if n_couriers < n_orders:
        raise ValueError(f"n_couriers must be at least n_orders = {n_orders}, given {n_couriers}")
    return sum(1 / ((n_orders - i) * (n_couriers - j)) for i in range(n_orders) for j in range(n_orders - i))
