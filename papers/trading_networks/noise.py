"""A platform that knows the values only roughly: it optimises on estimates, the market clears with the truth."""

from dataclasses import dataclass

import numpy as np

from papers.trading_networks.exact import optimal_revenue
from papers.trading_networks.network import PlatformOutcome, TradingNetwork
from papers.trading_networks.revenue import platform_revenue


@dataclass(frozen=True, eq=False)
class NoisyOutcome:
    """What the platform expected, what it got, and what it could have got.

    Attributes
    ----------
    expected : PlatformOutcome
        Optimal introductions if the estimates were true.
    realised : PlatformOutcome
        The same introductions in the true market.
    optimal : PlatformOutcome
        Optimal introductions in the true market.
    """

    expected: PlatformOutcome
    realised: PlatformOutcome
    optimal: PlatformOutcome

    @property
    def regret(self) -> float:
        """Revenue lost by not knowing the values, in money, ``>= 0``."""
        return self.optimal.revenue - self.realised.revenue


def estimated_network(net: TradingNetwork, spread: float, rng: np.random.Generator) -> TradingNetwork:
    r"""Draw the platform's picture of the market: values times :math:`e^{\sigma Z-\sigma^2/2}`, unbiased.

    Parameters
    ----------
    net : TradingNetwork
        The true market.
    spread : float
        :math:`\sigma\ge0`, standard deviation of the logarithm of the estimates; about the relative error.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    TradingNetwork
        The same world with estimated values; a value of zero stays zero.

    Raises
    ------
    ValueError
        If ``spread`` is negative or not finite.
    """
    if not (spread >= 0 and np.isfinite(spread)):
        raise ValueError(f"spread must be finite and >= 0, given {spread}")
    factor = np.exp(spread * rng.standard_normal(net.values.shape) - spread**2 / 2)
    return TradingNetwork(net.values * factor, net.world)


def revenue_from_estimates(net: TradingNetwork, estimate: TradingNetwork) -> NoisyOutcome:
    """Let the platform optimise in its picture of the market and see what it earns in the true one.

    Parameters
    ----------
    net : TradingNetwork
        The true market.
    estimate : TradingNetwork
        The platform's picture of it, with the same buyers and sellers.

    Returns
    -------
    NoisyOutcome

    Raises
    ------
    ValueError
        If the two markets differ in size.
    """
    if estimate.values.shape != net.values.shape:
        raise ValueError(f"estimate must have shape {net.values.shape}, given {estimate.values.shape}")
    expected = optimal_revenue(estimate)
    return NoisyOutcome(expected, platform_revenue(net, expected.introduced), optimal_revenue(net))
