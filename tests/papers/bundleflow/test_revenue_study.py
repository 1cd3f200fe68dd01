import numpy as np
import pytest

from common.stats.means import paired_interval
from papers.bundleflow.config import BundleFlowConfig
from papers.bundleflow.mechanisms import MECHANISMS
from papers.bundleflow.revenue_study import (
    Cell,
    Comparison,
    difference_over_seeds,
    difference_over_types,
    ratios,
    revenue_table,
    summary,
)

NAMES = ("size_linear", "diverse")
COMPARISON = Comparison(
    NAMES, BundleFlowConfig(n_items=1, menu_size=10, iterations=20), 300, 100, cats={"additional_location": 0.6}
)


def table(seeds, market="fresh", **options):
    return revenue_table([Cell("regions", 9, market)], COMPARISON, seeds, seed=5, **options)


@pytest.fixture(scope="module")
def three():
    return table(3)


def test_a_row_a_seed_and_mechanism_on_common_types(three):
    assert three.groupby("seed")["mechanism"].apply(list).tolist() == [["grand", *NAMES]] * 3
    assert (three.groupby("seed")["surplus"].nunique() == 1).all()
    assert (three["revenue"] <= three["surplus"]).all()
    assert three.loc[three["mechanism"] == "grand", "ratio"].eq(1).all()
    np.testing.assert_allclose([row.mean() for row in three["payments"]], three["revenue"])
    assert {len(row) for row in three["payments"]} == {100}


def test_more_seeds_extend_the_table(three):
    np.testing.assert_array_equal(table(2)["revenue"], three["revenue"][:6])


def test_markets_differ(three):
    assert table(1, "shared")["revenue"].iloc[0] != three["revenue"].iloc[0]


def test_summary_is_in_the_order_of_the_registry(three):
    means = summary(three)
    assert means.index.tolist() == [MECHANISMS[name].label for name in ("grand", *NAMES)]
    assert means.loc["a + b per item", "share"] == three[three["mechanism"] == "size_linear"]["share"].mean()
    assert means["definition"].iloc[1] == "ours"


def test_differences_are_paired(three):
    found = difference_over_seeds(three, "size_linear", "grand")
    columns = [three[three["mechanism"] == name]["share"].to_numpy() for name in ("size_linear", "grand")]
    assert found == paired_interval(*columns)
    by_type = difference_over_types(three, "size_linear", "grand")
    assert by_type.estimate == pytest.approx(found.estimate)  # as many test types in each seed
    paid = [
        np.concatenate([row.payments / row.surplus for row in three[three["mechanism"] == name].itertuples()])
        for name in ("size_linear", "grand")
    ]
    assert by_type == paired_interval(*paid)


def test_ratios_are_by_cell_and_seed(three):
    found = ratios(three, "diverse", "grand")
    assert found.index.tolist() == [("regions", 9, "fresh")]
    assert found.iloc[0].tolist() == three.loc[three["mechanism"] == "diverse", "ratio"].tolist()


def test_workers_change_nothing_but_the_time(three):
    two = table(2, workers=2)
    np.testing.assert_array_equal(two["revenue"], three["revenue"][:6])


def test_what_is_refused():
    with pytest.raises(ValueError, match="n_train and n_test"):
        Comparison(NAMES, COMPARISON.config, 0, 5)
    with pytest.raises(ValueError, match="mechanisms must be among"):
        Comparison(("lottery",), COMPARISON.config, 5, 5)
    with pytest.raises(ValueError, match="seeds and workers"):
        table(0)
