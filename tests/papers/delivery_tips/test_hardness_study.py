"""Matchings hidden in markets, families along a path, and trips in a city."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papers.delivery_tips.hardness_study import (
    family_study,
    largest_matching,
    reduction_study,
    search_study,
    trip_study,
)

TRIPLES = st.lists(st.tuples(*[st.integers(0, 2)] * 3), max_size=9, unique=True)


@settings(max_examples=60)
@given(TRIPLES)
def test_largest_matching_is_the_largest_choice_of_disjoint_triples(triples):
    disjoint = [
        size
        for size in range(4)
        for chosen in combinations(triples, size)
        if all(len(set(side)) == size for side in zip(*chosen, strict=True))
    ]
    assert largest_matching(3, triples) == max(disjoint)


def test_a_planted_matching_is_found_whatever_else_is_there():
    generator = np.random.default_rng(4)
    planted = zip(range(10), generator.permutation(10), generator.permutation(10), strict=True)
    assert largest_matching(10, [*planted, *generator.integers(10, size=(40, 3))]) == 10


def test_one_courier_in_all_triples_is_one_delivery():
    assert largest_matching(6, [(agent, agent, 0) for agent in range(6)]) == 1


@pytest.mark.parametrize(
    ("n", "triples", "named"), [(13, [], "n must"), (2, [(0, 0, 2)], "triples"), (-1, [], "n must")]
)
def test_largest_matching_refuses_what_it_cannot_count(n, triples, named):
    with pytest.raises(ValueError, match=named):
        largest_matching(n, triples)


def test_markets_that_hide_a_matching_are_worth_its_size_with_and_without_tips():
    study = reduction_study([3, 5, 6], 3.0, 3, 0)
    for optimum in ("with_tips", "without_tips"):
        np.testing.assert_allclose(study[optimum], study["counted"], atol=1e-6)
    assert (study.loc[study["planted"], "counted"] == study.loc[study["planted"], "n"]).all()
    assert (study["linear"] >= study["with_tips"] - 1e-6).all()
    assert not study["violations"].any()
    assert study["gap"].max() < 1e-6


def test_tips_alone_pay_for_the_first_best_in_every_family_and_elsewhere_if_there_is_no_gap():
    study = family_study(8, 6, 1)
    inside = study["family"] != "none"
    assert study["family"].value_counts().eq(8).all()
    assert study["verified"][inside].all()
    assert study["linear_gap"][inside].max() < 1e-6
    outside = study[~inside]
    assert (outside["verified"] == (outside["linear_gap"] < 1e-6)).all()


def test_one_way_trips_have_no_gap_and_longer_runs_extend_shorter_ones():
    study = trip_study((5, 5, 6), [0.2, 0.9], 4, 2)
    assert not study.loc[study["trip"] == "one-way", "has_gap"].any()
    assert (study["linear_gap"] > -1e-9).all()
    orders = study.groupby(["trip", "cost_factor"])["orders"].mean().unstack()
    assert (orders[0.2] >= orders[0.9]).all()
    shorter = trip_study((5, 5, 6), [0.9], 2, 2)
    same = study[study["cost_factor"] == 0.9].head(4).reset_index(drop=True)
    assert shorter.equals(same)


def test_search_lies_below_the_first_best_and_this_below_the_bound():
    study = search_study(10, [0.3, 1.4, 9.0], 3, 0)
    assert study["proven"].all()
    assert (study["search"] <= study["exact"] + 1e-9).all()
    assert (study["exact"] <= 1 + 1e-9).all()
    assert (study["search"] >= 0.5).all()
    dear = study[study["cost_factor"] == 9.0]
    assert (dear["orders"] <= 3).all()
