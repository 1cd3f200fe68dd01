import numpy as np
import pytest

from papers.delivery_tips import existence_study
from papers.delivery_tips.existence_study import construction_study, couriers_needed, threshold_census
from papers.delivery_tips.market import DeliveryEquilibrium, DeliveryOutcome


def test_existence_is_decided_by_the_threshold():
    census = threshold_census(60, 2, 3)
    assert len(census) == 60
    assert (census["exists"] == (census["couriers"] >= census["fewest_orders"])).all()
    assert census["exists"].nunique() == census["positive"].nunique() == 2
    positive = census[census["positive"]]
    assert (positive["fewest_orders"] == positive["smaller_side"]).all()


def test_dense_values_need_as_many_couriers_as_the_smaller_side():
    assert (couriers_needed(3, 5, 1.0, 20, 0) == 3).all()
    assert (couriers_needed(3, 5, 0.0, 20, 0) == 0).all()
    sparse = couriers_needed(3, 5, 0.2, 200, 0)
    assert sparse.max() <= 3
    assert 0 < sparse.mean() < 3


def test_the_construction_never_fails_and_a_wrong_one_is_found(monkeypatch):
    study = construction_study(60, 4, 1)
    assert (study["violations"] == 0).all()
    assert study["scarce"].any()
    assert study.loc[study["scarce"], "tips"].all()

    def costly_goods(market):
        orders = np.zeros_like(market.V)
        payments = DeliveryEquilibrium(np.ones(market.n_stores), orders, orders, ())
        return DeliveryOutcome(True, 0.0, (), payments, np.nan, np.nan, "feasible")

    monkeypatch.setattr(existence_study, "construct_equilibrium", costly_goods)
    assert construction_study(30, 4, 1)["violations"].max() > 0


@pytest.mark.parametrize("density", [-0.1, 1.1])
def test_a_density_that_is_no_probability_is_refused(density):
    with pytest.raises(ValueError, match="density"):
        couriers_needed(2, 2, density, 1, 0)
