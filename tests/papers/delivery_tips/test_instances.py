import numpy as np
import pytest

from papers.delivery_tips.instances import worked_instances
from papers.delivery_tips.transactions import all_transactions
from tests.papers.delivery_tips.reference import least_compensation, linear_value

INSTANCES = worked_instances()


@pytest.mark.parametrize("name", INSTANCES)
def test_every_number_by_the_programme_of_p1_over_all_sets_of_triples(name):
    instance = INSTANCES[name]
    market = instance.market
    taus = list(all_transactions(market.shape))
    welfare = {tau: market.welfare(tau) for tau in taus}
    assert len(taus) == instance.sets
    assert max(welfare.values()) == instance.first_best
    assert linear_value(market) == pytest.approx(instance.linear_value)
    paid = {tau: least_compensation(market, tau) for tau in taus}
    supported = [tau for tau in taus if paid[tau] is not None]
    plain = [tau for tau in taus if least_compensation(market, tau, tips=False) is not None]
    balanced = [tau for tau in taus if least_compensation(market, tau, balanced=True) is not None]
    assert len(supported) == instance.with_tips_outcomes
    assert len(plain) == instance.without_tips_outcomes
    assert len(balanced) == instance.balanced_outcomes
    best = max(welfare[tau] for tau in supported)
    assert best == instance.with_tips
    assert max((welfare[tau] for tau in plain), default=None) == instance.without_tips
    least = min(paid[tau] for tau in supported if welfare[tau] == best)
    assert least == pytest.approx(instance.least_compensation, abs=1e-9)


def test_where_the_dossier_names_the_transactions():
    best = {"E2": ((0, 0, 0),), "E3": ((0, 0, 1),)}
    for name, tau in best.items():
        assert INSTANCES[name].market.welfare(tau) == INSTANCES[name].with_tips
    for name, tau in {"E3": ((0, 1, 0),), "E3b": ((0, 1, 0),), "E3c": ((1, 0, 1),)}.items():
        market = INSTANCES[name].market
        assert market.welfare(tau) == INSTANCES[name].first_best
        assert least_compensation(market, tau) is None
    assert least_compensation(INSTANCES["E3"].market, best["E3"]) == pytest.approx(3.0)


def test_markets_are_built_anew():
    assert worked_instances()["E1"].market is not INSTANCES["E1"].market
    assert all(np.isfinite(instance.market.K).all() for instance in INSTANCES.values())
