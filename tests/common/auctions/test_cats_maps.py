import itertools

import numpy as np
import pytest
from scipy import stats

from common.auctions.cats_maps import CatsMarket, draw_market, grid_side


def edges(market):
    return [(int(a), int(b)) for a, b in np.argwhere(np.triu(market.affinities))]


def exact_law_of_four_cells(remove, diagonal):
    """Probability of every map of two by two cells, given that every cell has a neighbour."""
    sides, law = [(0, 1), (0, 2), (1, 3), (2, 3)], {}
    for kept in itertools.product((True, False), repeat=4):
        for cross, chance in ((None, 1 - diagonal), ((0, 3), diagonal / 2), ((1, 2), diagonal / 2)):
            present = sorted(
                [side for side, there in zip(sides, kept, strict=True) if there] + ([cross] if cross else [])
            )
            if {cell for edge in present for cell in edge} == {0, 1, 2, 3}:
                law[tuple(present)] = chance * (1 - remove) ** sum(kept) * remove ** (4 - sum(kept))
    total = sum(law.values())
    return {key: value / total for key, value in law.items()}


@pytest.mark.parametrize(("remove", "diagonal"), [(0.1, 0.2), (0.5, 0.7)])
def test_the_smallest_map_has_its_exact_law(remove, diagonal):
    law = exact_law_of_four_cells(remove, diagonal)
    rng = np.random.default_rng(1)
    counts = dict.fromkeys(law, 0)
    n = 4000
    for _ in range(n):
        counts[tuple(edges(draw_market("regions", 4, rng, remove_neighbour=remove, additional_diagonal=diagonal)))] += 1
    expected = np.array([law[key] * n for key in law])
    observed = np.array([counts[key] for key in law])
    often = expected >= 5  # pooled below, for the chi-square to hold
    pooled = [np.append(x[often], x[~often].sum()) if not often.all() else x for x in (observed, expected)]
    assert stats.chisquare(*pooled).pvalue > 1e-3


@pytest.mark.parametrize(("n_items", "isolated"), [(49, 0), (50, 1), (75, 11), (100, 0), (150, 6), (500, 16)])
def test_items_beyond_the_grid_have_no_neighbours_and_all_others_have(n_items, isolated):
    market = draw_market("regions", n_items, np.random.default_rng(n_items))
    assert grid_side(n_items) ** 2 == n_items - isolated
    assert market.isolated_items().tolist() == list(range(n_items - isolated, n_items))
    assert np.isin(market.affinities, (0, 1)).all()


def test_neighbours_on_the_map_are_neighbours_on_the_grid():
    market = draw_market("regions", 49, np.random.default_rng(3), additional_diagonal=1)
    for a, b in edges(market):
        (row, column), (other_row, other_column) = divmod(a, 7), divmod(b, 7)
        assert max(abs(row - other_row), abs(column - other_column)) == 1


def test_a_whole_grid_without_diagonals():
    market = draw_market("regions", 100, np.random.default_rng(0), remove_neighbour=0, additional_diagonal=0)
    assert len(edges(market)) == 2 * 10 * 9


def test_diagonals_are_never_both_in_a_block():
    market = draw_market("regions", 100, np.random.default_rng(0), remove_neighbour=0, additional_diagonal=1)
    assert len(edges(market)) == 2 * 10 * 9 + 9 * 9
    falling = sum(b - a == 11 for a, b in edges(market))
    assert stats.binomtest(falling, 81).pvalue > 1e-3


def test_arbitrary_affinities_are_uniform_symmetric_and_different():
    market = draw_market("arbitrary", 60, np.random.default_rng(5))
    pairs = market.affinities[np.triu_indices(60, 1)]
    assert stats.kstest(pairs, "uniform").pvalue > 1e-3
    assert (market.affinities == market.affinities.T).all()
    assert not market.affinities.diagonal().any()
    assert market.isolated_items().size == 0
    assert np.unique(pairs).size == pairs.size


@pytest.mark.parametrize("highest", [1, 100])
def test_common_values_are_uniform_from_one(highest):
    common = draw_market("arbitrary", 400, np.random.default_rng(6), max_good_value=highest).common_values
    if highest == 1:
        assert (common == 1).all()
    else:
        assert stats.kstest(common, stats.uniform(1, highest - 1).cdf).pvalue > 1e-3


@pytest.mark.parametrize(
    ("keywords", "name"),
    [
        ({"environment": "paths"}, "environment"),
        ({"n_items": 3}, "n_items"),
        ({"n_items": 10.5}, "n_items"),
        ({"max_good_value": 0.5}, "max_good_value"),
        ({"max_good_value": np.nan}, "max_good_value"),
        ({"remove_neighbour": 1.1}, "remove_neighbour"),
        ({"additional_diagonal": -0.1}, "additional_diagonal"),
        ({"remove_neighbour": 1, "additional_diagonal": 0}, "remove_neighbour"),
    ],
)
def test_markets_that_cannot_be_drawn_are_refused(keywords, name):
    keywords = {"environment": "regions", "n_items": 9} | keywords
    with pytest.raises(ValueError, match=name):
        draw_market(rng=np.random.default_rng(0), **keywords)


@pytest.mark.parametrize(
    ("common", "affinities", "name"),
    [
        ([1, -1], [[0, 1], [1, 0]], "common_values"),
        ([1, np.inf], [[0, 1], [1, 0]], "common_values"),
        ([1, 1], [[0, 1]], "affinities"),
        ([1, 1], [[0, np.nan], [np.nan, 0]], "affinities"),
        ([1, 1], [[0, 1], [0.5, 0]], "symmetric"),
        ([1, 1], [[1, 1], [1, 0]], "diagonal"),
    ],
)
def test_markets_that_are_none_are_refused(common, affinities, name):
    with pytest.raises(ValueError, match=name):
        CatsMarket("arbitrary", np.array(common, float), np.array(affinities, float))
