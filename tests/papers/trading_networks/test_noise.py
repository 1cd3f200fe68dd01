import numpy as np
import pytest

from papers.trading_networks import TradingNetwork, enumerate_revenue, estimated_network, revenue_from_estimates


def market(rng):
    return TradingNetwork(rng.random((4, 4)), rng.random((4, 4)) < 0.3)


def test_without_noise_there_is_no_regret():
    rng = np.random.default_rng(20)
    net = market(rng)
    result = revenue_from_estimates(net, estimated_network(net, 0.0, rng))
    assert result.regret == 0
    assert result.expected.revenue == result.realised.revenue == result.optimal.revenue


def test_regret_is_against_the_true_optimum_and_never_negative():
    rng = np.random.default_rng(21)
    regrets = []
    for _ in range(20):
        net = market(rng)
        estimate = estimated_network(net, 0.5, rng)
        result = revenue_from_estimates(net, estimate)
        assert result.optimal.revenue == pytest.approx(enumerate_revenue(net).revenue, rel=1e-6)
        assert result.expected.revenue == pytest.approx(enumerate_revenue(estimate).revenue, rel=1e-6)
        assert (result.realised.introduced == result.expected.introduced).all()
        regrets.append(result.regret)
    assert min(regrets) >= -1e-9
    assert max(regrets) > 0


def test_estimates_are_unbiased_and_keep_zeros_and_world():
    rng = np.random.default_rng(22)
    net = TradingNetwork(np.where(np.eye(200), 0.0, 2.0), np.eye(200))
    estimate = estimated_network(net, 0.5, rng)
    assert (estimate.values[np.eye(200) > 0] == 0).all()
    assert (estimate.world == net.world).all()
    # Mean of 39,800 lognormal factors with standard deviation 0.53: within five standard errors.
    factors = estimate.values[net.values > 0] / 2
    assert factors.mean() == pytest.approx(1, abs=5 * 0.533 / np.sqrt(factors.size))
    assert np.log(factors).std() == pytest.approx(0.5, abs=0.01)


def test_bad_input_is_named():
    rng = np.random.default_rng(0)
    net = market(rng)
    with pytest.raises(ValueError, match="spread must be finite and >= 0, given -1"):
        estimated_network(net, -1, rng)
    with pytest.raises(ValueError, match=r"estimate must have shape \(4, 4\)"):
        revenue_from_estimates(net, TradingNetwork([[1.0]], [[0]]))
