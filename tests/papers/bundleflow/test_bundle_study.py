import numpy as np
import pandas as pd
import pytest

from common.auctions.cats import cats_bidders
from common.auctions.xor import XORValuations
from papers.bundleflow.bundle_study import (
    DOSSIER,
    OFFICIAL,
    STATISTICS,
    bidder_statistics,
    population_table,
    sensitivity_table,
    size_distance,
    size_law,
    statistics_against,
    value_table,
    wide_table,
)


def hand_made():
    """Return three bidders: sizes 1, 2, 2; values of everything 4, 6, 8."""
    return XORValuations.from_atoms(
        [[({0}, 4.0)], [({0, 1}, 5.0), ({1, 2}, 6.0)], [({0, 2}, 8.0), ({0, 1}, 7.0)]], n_items=3
    )


def test_statistics_of_three_bidders_by_hand():
    means = bidder_statistics(hand_made())["mean"]
    assert list(means.index) == STATISTICS
    deviation = np.sqrt(8 / 3)
    np.testing.assert_allclose(means, [5 / 3, 1 / 3, 5 / 3, 17 / 3, 6, deviation, 4])  # at price 4 all buy, at 6 two


def test_the_error_of_a_standard_deviation_is_that_of_repeated_samples():
    types = cats_bidders("arbitrary", 20, 40_000, seed=1)
    error = bidder_statistics(types).loc["sd of v(M)", "error"]
    samples = types.grand_values().reshape(200, 200).std(axis=1)
    assert samples.std() * np.sqrt(200) == pytest.approx(error, rel=0.2)


def test_the_price_is_chosen_on_samples_of_the_given_size():
    types = cats_bidders("arbitrary", 20, 5000, seed=1)
    small, large = (bidder_statistics(types, draws).loc["best grand bundle", "mean"] for draws in (20, 5000))
    assert small > large  # the best of a small sample flatters itself


@pytest.mark.parametrize("draws", [1, 4])
def test_samples_that_cannot_be_are_refused(draws):
    with pytest.raises(ValueError, match="draws"):
        bidder_statistics(hand_made(), draws)


@pytest.mark.parametrize("source", [DOSSIER, OFFICIAL], ids=["dossier", "official"])
def test_distances_are_differences_over_standard_errors(source):
    row = source.head(1)
    table = statistics_against(row, 4000, seed=3)
    assert table["statistic"].tolist() == list(source.columns)
    assert (np.sign(table["distance"]) == np.sign(table["ours"] - table["expected"])).all()
    draws = row.index.get_level_values("draws")[0]
    more = statistics_against(row.assign(**{"v(M)": 0.0}), 4000, seed=3).set_index("statistic").loc["v(M)"]
    spread = more["ours"] / more["distance"] / np.sqrt(1 / 4000 + 1 / draws)
    assert 550 < spread < 700  # the standard deviation of v(M), 622 in the dossier
    assert wide_table(table).shape == (1, len(source.columns))


def test_shared_markets_differ_from_one_another_and_teach_what_items_are_worth():
    table = population_table(20, 4000, 10, seed=0)
    assert len(table) == 8
    fresh, shared = (table.xs(market, level="market") for market in ("fresh", "shared"))
    assert (shared["between"] > 1.5 * fresh["between"]).all()
    assert (fresh["items explain"] < 0.1).all()
    assert (shared["items explain"] > fresh["items explain"] + 0.1).all()
    assert ((table["grand share"] > 0.3) & (table["grand share"] < 0.6)).all()


@pytest.mark.parametrize(("n_bidders", "n_markets"), [(1000, 1), (200, 10)])
def test_too_few_markets_or_bidders_are_refused(n_bidders, n_markets):
    with pytest.raises(ValueError, match="n_markets"):
        population_table(20, n_bidders, n_markets, seed=0)


def test_substitutes_after_the_first_leave_the_surplus_alone():
    table = sensitivity_table({"max_substitutes": [0, 1, 4]}, 20, 500, seed=0).set_index("value")
    assert table.loc[0, "surplus"] == table.loc[0, "v(B)"] < table.loc[1, "surplus"] == table.loc[4, "surplus"]
    assert table["v(B)"].nunique() == 1
    assert table["atoms"].is_monotonic_increasing


def test_other_kinds_of_bidders_can_be_asked_for():
    table = sensitivity_table({"jump": [0.0, 0.5]}, 16, 200, seed=0, environment="regions", private="npv")
    assert table["surplus"].nunique() == 2


@pytest.mark.parametrize("more", [0, 0.5, 0.9])
def test_the_law_of_sizes_sums_to_one_and_has_its_mean(more):
    law = size_law(12, more)
    assert law.sum() == pytest.approx(1)
    assert law @ np.arange(1, 13) == pytest.approx((1 - more**12) / (1 - more))


def test_mean_sizes_are_close_to_their_law():
    assert abs(size_distance(15, 0.8, 5000, seed=0)) < 4


def test_every_bundle_of_the_hand_example():
    table = value_table(hand_made())
    assert table.columns.tolist() == ["{}", "{1}", "{2}", "{1, 2}", "{3}", "{1, 3}", "{2, 3}", "{1, 2, 3}"]
    expected = [[0, 4, 0, 4, 0, 4, 0, 4], [0, 0, 0, 5, 0, 0, 6, 6], [0, 0, 0, 7, 0, 8, 0, 8]]
    pd.testing.assert_frame_equal(table, pd.DataFrame(expected, table.index, table.columns, dtype=float))
    with pytest.raises(ValueError, match="at most 8 items"):
        value_table(cats_bidders("arbitrary", 9, 1))
