import numpy as np
import pytest

from papers.delivery_tips import ascending_study as study
from papers.delivery_tips.ascending import ascending_tips
from papers.delivery_tips.families import decompose
from papers.delivery_tips.first_best import first_best


@pytest.mark.parametrize("draw", [study.one_way_market, study.alike_market])
def test_runs_in_chains_keep_their_guarantees(draw):
    table = study.accuracy_study(draw, (5, 4, 6), [0.01, 0.1], 8, seed=0)
    assert len(table) == 16
    assert table["converged"].all()
    assert (table["shortfall"] <= table["epsilon"] * table["agents"] + 1e-9).all()
    assert (table["shortfall"] >= -1e-9).all()
    assert (table["violation"] <= 3 * table["epsilon"] + 1e-9).all()
    assert table["agents"].between(5, 9).all()


def test_markets_are_of_the_families_they_are_drawn_for():
    generator = np.random.default_rng(0)
    assert decompose(study.one_way_market((4, 4, 4), generator)).family == "T3"
    alike = study.alike_market((3, 3, 4), generator)
    assert np.ptp(alike.K, axis=0).max() == 0


def test_steps_tell_every_bid():
    market = study.one_way_market((3, 3, 2), np.random.default_rng(1))
    run = ascending_tips(market, 0.02, record_every=1)
    table = study.steps_table(run, 1000)
    assert list(table["bid"]) == list(range(1, run.bids + 1))
    assert (table["ask rises by"] >= 0.02 - 1e-12).all()
    last = table.groupby("for")["to"].last()
    for c, rent in enumerate(run.history.rents[-1]):
        assert last.get(f"courier {c + 1}", 0.0) == rent
    with pytest.raises(ValueError, match="record_every=1"):
        study.steps_table(ascending_tips(market, 0.02), 3)


def test_a_gap_keeps_tips_from_ever_clearing_the_market():
    city, best, drawn = study.market_with_gap((4, 4, 5), seed=0)
    market = city.round_trip()
    assert drawn >= 1
    assert best.linear_value > best.welfare + 1e-7
    assert first_best(city.one_way()).linear_gap == pytest.approx(0, abs=1e-7)
    floor = study.least_violation(market, best)
    table = study.violations_by_raise(market, [floor / 30, floor / 4])
    assert not table["converged"].any()
    assert (table["violation"] >= floor).all()


def test_no_gap_found_is_an_error():
    with pytest.raises(ValueError, match="most"):
        study.market_with_gap((2, 2, 1), seed=0, most=3)


def test_no_round_trip_with_a_gap_converges():
    table = study.round_trip_study((4, 4, 5), 1e-5, 25, seed=0)
    gap = table["gap"] > 1e-3
    assert gap.any()
    assert not table.loc[gap, "converged"].any()
    assert table["converged"].any()
    assert (table["shortfall"] >= -1e-9).all()
