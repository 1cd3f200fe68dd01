import numpy as np
import pytest

from papers.delivery_tips import (
    check_equilibrium,
    first_best,
    integer_market,
    supporting_equilibrium,
    supporting_equilibrium_without_tips,
    worked_instances,
)
from papers.delivery_tips.closest import closest_payments
from papers.delivery_tips.transactions import all_transactions


def test_envy_is_zero_exactly_for_equilibrium_outcomes_and_is_what_the_verifier_finds():
    generator = np.random.default_rng(0)
    seen = set()
    for _ in range(25):
        market = integer_market((2, 2, 2), generator, 6)
        for tau in all_transactions(market.shape):
            for tips, support in ((True, supporting_equilibrium), (False, supporting_equilibrium_without_tips)):
                closest = closest_payments(market, tau, tips=tips)
                found = check_equilibrium(market, closest.payments, tips=tips)
                assert (closest.envy <= 1e-7) == (support(market, tau) is not None) == (not found)
                assert all(violation.condition.endswith("envy") for violation in found)
                assert max((violation.amount for violation in found), default=0.0) == pytest.approx(
                    closest.envy, abs=1e-6
                )
                seen.add((tips, bool(found)))
    assert len(seen) == 4


def test_first_best_of_e3_misses_by_a_quarter():
    # By hand: b1 and s2 trade at 6, and c2 is idle at cost 1, 3 and 3 for (1,1), (2,1), (2,2). Without envy
    # u1 >= 5 and p2 >= 2, together 7; each of the three rows (with its tip in between) gives way by at most twice the
    # envy, and the carrier's rent, with her own row, by nothing.
    market = worked_instances()["E3"].market
    closest = closest_payments(market, first_best(market).transactions)
    assert closest.envy == pytest.approx(0.25)
