r"""Homogeneous goods: every buyer values all goods equally, :math:`v_{ij}=v_i`.

The paper's abstract promises significantly stronger guarantees here. Proposition S7 of the companion: *every*
revenue-optimal outcome is efficient (the price of revenue maximisation is 1). Proposition S8, built below: the
platform can always earn the whole welfare gain :math:`\Delta W`.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.markets.assignment import max_weight_matching
from papers.trading_networks.network import PlatformOutcome, TradingNetwork
from papers.trading_networks.revenue import platform_revenue


@dataclass(frozen=True, eq=False, kw_only=True)
class FullExtraction(PlatformOutcome):
    r"""An efficient outcome in which every introduced buyer pays all she is worth.

    Attributes
    ----------
    certificate : float
        The value of the introduced buyers: a proven lower bound on the revenue, at least :math:`\Delta W`, in money.
    """

    certificate: float


def homogeneous_values(net: TradingNetwork) -> NDArray[np.float64]:
    """Read the one value that each buyer has for all goods.

    Parameters
    ----------
    net : TradingNetwork
        A market with homogeneous goods.

    Returns
    -------
    ndarray of float, shape (n,)
        In money; zeros if there are no goods.

    Raises
    ------
    ValueError
        If some buyer values two goods differently.
    """
    if not net.is_homogeneous:
        i = int(np.argmax((net.values != net.values[:, :1]).any(axis=1)))
        raise ValueError(
            "net must have homogeneous goods (each buyer values all goods equally),"
            f" given buyer {i} with values from {net.values[i].min():g} to {net.values[i].max():g}"
        )
    return net.values[:, 0] if net.n_sellers else np.zeros(net.n_buyers)


def homogeneous_full_extraction(net: TradingNetwork) -> FullExtraction:
    r"""Earn at least the welfare gain in a market with homogeneous goods (Proposition S8), in polynomial time.

    Let ``T`` be the ``K = min(n, m)`` buyers of highest value and ``X`` a set of largest value among those that the
    world alone can serve. The buyers of ``X & T`` keep their world trades; the others of ``T`` are introduced,
    one each, to the remaining goods. An introduced buyer ``b`` finds in the world only goods whose
    buyers have values of at least :math:`v_b` (else ``X`` could be improved), so she pays all of :math:`v_b`:

    .. math:: R^*\ge R\ge\sum_{b\in T\setminus X}v_b\ge\Delta W .

    Buyers of equal value are ranked by their index, in ``T`` and in ``X`` alike.

    Parameters
    ----------
    net : TradingNetwork
        A market with homogeneous goods.

    Returns
    -------
    FullExtraction
        Efficient, with ``revenue >= certificate >= net.welfare_gain``. ``bound`` is :math:`W^*`.

    Raises
    ------
    ValueError
        If the goods are not homogeneous.

    Examples
    --------
    >>> net = TradingNetwork([[3.0, 3.0], [2.0, 2.0]], [[1, 0], [1, 0]])
    >>> homogeneous_full_extraction(net).revenue, net.welfare_gain
    (2.0, 2.0)
    """
    begin = time.perf_counter()
    v = homogeneous_values(net)
    ranked = np.argsort(-v, kind="stable")
    trading = ranked[v[ranked] > 0][: net.n_sellers]
    # The buyers that a world can serve form a matroid, where the best set depends on the ranking alone.
    # Ranks instead of values, so that ties are broken as in T.
    weight = np.zeros(net.n_buyers)
    weight[ranked] = np.arange(net.n_buyers, 0, -1)
    x = max_weight_matching(np.repeat((weight * (v > 0))[:, None], net.n_sellers, axis=1), net.world)
    kept = trading[x[trading] >= 0]
    served = trading[x[trading] < 0]
    goods = np.setdiff1d(np.arange(net.n_sellers), x[kept])
    introduced = np.zeros(net.world.shape, dtype=bool)
    introduced[served, goods[: served.size]] = True
    fields = vars(platform_revenue(net, introduced)) | {
        "bound": net.optimal_welfare,
        "certificate": float(v[served].sum()),
        "seconds": time.perf_counter() - begin,
    }
    return FullExtraction(**fields)
