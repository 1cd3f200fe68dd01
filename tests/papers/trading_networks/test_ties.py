import numpy as np
import pytest

from papers.trading_networks import TradingNetwork, homogeneous_optimal_revenue, optimal_revenue
from papers.trading_networks.experiments import random_market
from papers.trading_networks.ties import TIE_RULES, nudged, shares_by_tie_rule, tie_study

# Each buyer knows one seller: efficient without the platform, yet it earns 4 by exchanging the two.
EFFICIENT = TradingNetwork([[3.0, 3.0], [2.0, 2.0]], [[1, 0], [0, 1]])


def test_where_the_world_is_efficient_the_rule_decides_between_nothing_and_everything():
    """The fewest introductions are none; the most exchange the goods, which is optimal."""
    shares = shares_by_tie_rule(EFFICIENT, np.random.default_rng(0))
    assert shares["sweep, fewest"] == shares["full match, fewest"] == 0
    assert shares["sweep, most"] == pytest.approx(1)
    assert shares["full match, most"] == pytest.approx(1)


def test_no_rule_beats_the_optimum_and_every_full_match_is_efficient():
    rng = np.random.default_rng(1)
    for _ in range(20):
        net = random_market("homogeneous", 5, 4, 0.3, rng)
        for name, share in shares_by_tie_rule(net, rng).items():
            assert -1e-9 <= share <= 1 + 1e-9, name
        assert homogeneous_optimal_revenue(net).revenue == pytest.approx(optimal_revenue(net).revenue, abs=1e-5)


@pytest.mark.parametrize("rule", TIE_RULES)
def test_a_nudge_is_small_and_leaves_zeros_alone(rule):
    net = TradingNetwork([[4.0, 0.0], [2.0, 2.0]], [[1, 0], [0, 0]])
    change = nudged(net, rule, np.random.default_rng(0)).values - net.values
    assert ((change >= 0) & (change <= 4.0001e-5 * (net.values > 0))).all()
    assert change.any()


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError, match="rule"):
        nudged(EFFICIENT, "best", np.random.default_rng(0))


def test_no_introduction_earns_anything():
    shares = shares_by_tie_rule(TradingNetwork([[1.0]], [[1]]), np.random.default_rng(0))
    assert all(np.isnan(share) for share in shares.values())


def test_the_study_extends_with_its_draws():
    short, long = tie_study(3, 2, seed=5), tie_study(3, 3, seed=5)
    assert long.iloc[: len(short)].equals(short)
