import numpy as np
import pytest
from hypothesis import given

from papers.trading_networks import TradingNetwork, harmonic
from papers.trading_networks.network import PlatformOutcome
from tests.market_cases import best_value, markets


@given(markets(largest=3))
def test_the_welfare_figures_are_those_of_the_definition(market):
    values, world = market
    net = TradingNetwork(values, world)
    everybody = np.ones_like(world)
    assert net.world_welfare == best_value(values, world)
    assert net.optimal_welfare == best_value(values, everybody)
    assert net.welfare_gain == net.optimal_welfare - net.world_welfare
    assert net.revenue_guarantee * harmonic(net.size) == pytest.approx(net.welfare_gain)
    assert net.is_homogeneous == all(len(set(row)) <= 1 for row in values)


def test_a_network_keeps_its_own_arrays():
    values = np.ones((1, 1))
    net = TradingNetwork(values, [[0]])
    values[0, 0] = 5
    assert net.values[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        net.values[0, 0] = 2
    with pytest.raises(ValueError, match="read-only"):
        net.world[0, 0] = True


@pytest.mark.parametrize(
    ("values", "world", "complaint"),
    [
        ([[np.nan]], [[0]], r"values must be finite and >= 0, given values\[0, 0\] = nan"),
        ([[-1.0]], [[0]], r"values\[0, 0\] = -1"),
        ([1.0], [[0]], "values must have shape"),
        ([[1.0]], [[0, 1]], r"world must have shape \(1, 1\)"),
        ([[1.0]], [[0.5]], "world must hold only 0/1"),
    ],
)
def test_bad_input_is_named(values, world, complaint):
    with pytest.raises(ValueError, match=complaint):
        TradingNetwork(values, world)


def test_introductions_are_read_as_table_or_as_pairs():
    net = TradingNetwork(np.ones((2, 3)), np.zeros((2, 3)))
    mask = net.pairs_mask([(1, 2), (0, 0)])
    assert np.argwhere(mask).tolist() == [[0, 0], [1, 2]]
    assert (net.pairs_mask(mask) == mask).all()
    with pytest.raises(ValueError, match=r"introduced must hold pairs .* given \(2, 0\)"):
        net.pairs_mask([(2, 0)])
    with pytest.raises(ValueError, match="introduced must have shape"):
        net.pairs_mask(np.ones((3, 2)))


def test_the_gap_is_relative_to_the_bound():
    empty = np.zeros((1, 1), dtype=bool), 1.0, np.zeros(1), np.zeros(1, dtype=int)
    assert PlatformOutcome(3.0, *empty, bound=4.0).gap == 0.25
    assert PlatformOutcome(0.0, *empty, bound=0.0).gap == 0.0
    assert PlatformOutcome(3.0, *empty).gap is None


def test_harmonic_numbers():
    assert [harmonic(k) for k in range(4)] == [0.0, 1.0, 1.5, pytest.approx(11 / 6)]
