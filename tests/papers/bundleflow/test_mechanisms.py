"""All mechanisms obey the same rules, by one test for each."""

import numpy as np
import pytest

from common.auctions.cats import cats_bidders
from common.auctions.tariffs import posted_price
from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.mechanisms import MECHANISMS, fit_mechanism

CONFIG = BundleFlowConfig(
    n_items=9, menu_size=20, support_size=2, iterations=40, flow_iterations=400, flow_batch=256, device="cpu"
)


@pytest.fixture(scope="module")
def types():
    return cats_bidders("arbitrary", 9, 600, seed=1, additional_location=0.6)


@pytest.mark.parametrize("name", MECHANISMS)
def test_payments_are_voluntary_and_repeat(types, name):
    train, test = types.take(slice(0, 400)), types.take(slice(400, None))
    fitted = fit_mechanism(name, train, CONFIG, seed=3)
    payments = fitted.rule.payments(test)
    assert payments.shape == (200,)
    assert (payments >= 0).all()
    assert (payments <= test.grand_values() * (1 + 1e-8)).all()
    assert payments.mean() > 0
    again = fit_mechanism(name, train, CONFIG, seed=3)
    np.testing.assert_array_equal(again.rule.payments(test), payments)
    assert fitted.seconds >= 0
    assert (fitted.stage_1_seconds > 0) == MECHANISMS[name].flow
    assert (fitted.history is None) == (MECHANISMS[name].kind == "tariff")


def test_the_grand_bundle_has_the_best_price(types):
    rule = fit_mechanism("grand", types, CONFIG).rule
    assert rule.payments(types).mean() == pytest.approx(posted_price(types.grand_values()).revenue)


def test_what_is_refused(types):
    with pytest.raises(ValueError, match="name must be one of"):
        fit_mechanism("auction", types, CONFIG)
    with pytest.raises(ValueError, match="types must be at least one"):
        fit_mechanism("grand", types.take(slice(0, 0)), CONFIG)
