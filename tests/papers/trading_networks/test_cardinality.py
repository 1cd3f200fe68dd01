import numpy as np
import pytest

from papers.trading_networks import TradingNetwork, cardinality_sweep, enumerate_revenue, ladder, platform_revenue
from tests.market_cases import all_matchings, random_market, value_of


def welfare_by_size(net):
    """W_k by trying all matchings of all pairs."""
    best = np.zeros(net.size + 1)
    for x in all_matchings(np.ones_like(net.world)):
        new = sum(not net.world[i, j] for i, j in enumerate(x) if j >= 0)
        best[new] = max(best[new], value_of(net.values, x))
    return np.maximum.accumulate(best)


def test_the_sweep_is_the_best_welfare_of_each_size_and_its_revenue_keeps_the_promise():
    """S3 with its constants: R(M_k) >= k delta_k, and max_k k delta_k >= gain / H_K."""
    rng = np.random.default_rng(12)
    for _ in range(120):
        net = TradingNetwork(*random_market(rng))
        sweep = cardinality_sweep(net)
        np.testing.assert_allclose(sweep.welfare_by_size, welfare_by_size(net), atol=1e-6)
        for k, delta in enumerate(sweep.increments, start=1):
            assert sweep.introduced_by_size[k].sum() <= k
            assert sweep.revenue_by_size[k] >= k * delta - 1e-6
            again = platform_revenue(net, sweep.introduced_by_size[k])
            assert sweep.revenue_by_size[k] == again.revenue
        assert sweep.increments.sum() == pytest.approx(net.welfare_gain, abs=1e-9)
        assert sweep.revenue == sweep.revenue_by_size.max()
        assert net.revenue_guarantee - 1e-6 <= sweep.certificate <= sweep.revenue + 1e-6
        assert sweep.revenue <= enumerate_revenue(net).revenue + 1e-9


def test_the_breakpoints_alone_keep_the_guarantee_and_lie_on_the_concave_envelope():
    rng = np.random.default_rng(13)
    for _ in range(120):
        net = TradingNetwork(*random_market(rng))
        envelope, exact = cardinality_sweep(net, breakpoints_only=True), cardinality_sweep(net)
        assert (np.diff(envelope.increments) <= 1e-6).all()
        assert (envelope.welfare_by_size >= exact.welfare_by_size - 1e-6).all()
        assert net.revenue_guarantee - 1e-6 <= envelope.certificate <= envelope.revenue + 1e-6
        assert envelope.revenue <= exact.revenue + 1e-9


def test_welfare_by_size_need_not_be_concave():
    # The first introduction alone gains nothing: it takes both to move everybody along the cycle.
    net = TradingNetwork([[3.0, 4.0], [4.0, 3.0]], [[1, 0], [0, 1]])
    sweep = cardinality_sweep(net)
    assert sweep.welfare_by_size.tolist() == [6.0, 6.0, 8.0]
    assert cardinality_sweep(net, breakpoints_only=True).welfare_by_size.tolist() == [6.0, 7.0, 8.0]
    assert sweep.revenue >= 2 * 2.0


def test_every_size_of_the_ladder_earns_the_same():
    for K in (1, 4, 8):
        sweep = cardinality_sweep(ladder(K))
        np.testing.assert_allclose(sweep.increments, 1 / np.arange(1, K + 1))
        np.testing.assert_allclose(sweep.revenue_by_size[1:], 1)


def test_an_empty_market_has_an_empty_sweep():
    sweep = cardinality_sweep(TradingNetwork(np.zeros((0, 2)), np.zeros((0, 2))))
    assert (sweep.revenue, sweep.certificate, sweep.welfare_by_size.tolist()) == (0.0, 0.0, [0.0])
