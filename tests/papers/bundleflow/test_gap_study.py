import numpy as np
import pytest

from common.plots.show import png_bytes
from papers.bundleflow.gap_pictures import gap_picture, generalisation_picture
from papers.bundleflow.gap_study import gap_table, generalisation_table

SMALL = {"menu_size": 20, "support_size": 2, "iterations": 20, "flow_iterations": 20}


@pytest.fixture(scope="module")
def gaps():
    return gap_table([(4, 12), (5, 16)], 2, deterministic_types=12, seed=3, **SMALL)


def test_theory_ranks_the_sellers(gaps):
    wide = gaps.pivot_table(index=["n_items", "n_types", "draw"], columns="mechanism", values="revenue")
    best = wide["best lotteries"]
    assert (best <= wide["full surplus"] * (1 + 1e-9)).all()
    for name in wide.columns.drop(["best lotteries", "full surplus"]):
        assert (wide[name].dropna() <= best[wide[name].notna()] * (1 + 1e-6)).all(), name
    assert wide.loc[(4, 12), "best deterministic menu"].notna().all()
    assert wide.loc[(5, 16), "best deterministic menu"].isna().all()  # not asked for


def test_bounds_are_not_below_what_was_found(gaps):
    proven = gaps.dropna(subset="bound")
    assert set(proven["mechanism"]) == {"best lotteries", "best deterministic menu"}
    assert (proven["bound"] >= proven["revenue"] * (1 - 1e-9)).all()


def test_on_its_own_types_nothing_beats_the_programme():
    table = generalisation_table([8, 10, 20], 200, 2, n_items=4, largest_programme=10, seed=1, **SMALL)
    wide = table.pivot_table(index=["draw", "n_types", "on"], columns="mechanism", values="revenue")
    few = wide.xs(10, level="n_types")
    own = few.xs("own types", level="on")
    assert (own.drop(columns="best lotteries").to_numpy() <= own[["best lotteries"]].to_numpy() * (1 + 1e-6)).all()
    assert wide.xs(20, level="n_types")["best lotteries"].isna().all()
    assert ((table["share_of_surplus"] > 0) & (table["share_of_surplus"] <= 1)).all()
    assert png_bytes(generalisation_picture(table))


def test_the_picture_is_drawn(gaps):
    assert png_bytes(gap_picture(gaps))
    assert np.isfinite(gaps["share_of_optimum"]).all()
