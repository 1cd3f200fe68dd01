"""Tables of recorded sweeps: each number where the notebook that recorded it would have put it."""

import numpy as np
import pandas as pd
import pytest

from papers.contracts_rl.coin_study import VARIANTS, all_yardsticks, proportion_study
from papers.contracts_rl.nudging import nudging_curve, nudging_table
from papers.contracts_rl.sensitivity import ERRORS, MARGINS, TOLERANT, board_table, colour_table, longest, margin_table

SIZES = {2: 4, 3: 5}


@pytest.fixture(scope="module")
def solved():
    return all_yardsticks(SIZES, alpha=0.1, gamma=0.9)


@pytest.fixture(scope="module")
def run(solved):
    """What notebook 05 records of two boards, and its parameters."""
    first = [solved[f"{grid}x{grid}, one collects"].exact for grid in SIZES]
    small, large = (proportion_study(exact, [0.0, 0.5, 1.0], 0.9, ["first"])["first"].tolist() for exact in first)
    values = {
        "exact_selfish": [found.selfish for found in solved.values()],
        "exact_optimum": [found.optimum for found in solved.values()],
        "exact_spe_welfare": [found.principal_welfare for found in solved.values()],
        "exact_spe_share": [found.payment_share for found in solved.values()],
        "proportion_small": small,
        "proportion_large": [large[0], large[2]],
    }
    swept = {"gamma": 0.9, "large_grid": 3, "small_horizon": 4}
    return pd.DataFrame([{**swept, **values}]), {"small_grid": 2, "large_horizon": 5, "proportions": [0.0, 0.5, 1.0]}


def test_boards_are_those_that_were_solved(run, solved):
    boards = board_table(*run, proportion=1.0).set_index(["grid", "horizon", "rule"])
    assert len(boards) == len(solved)
    for grid, horizon in SIZES.items():
        for rule in VARIANTS:
            found, row = solved[f"{grid}x{grid}, {rule}"], boards.loc[(grid, horizon, rule)]
            shares = [found.selfish / found.optimum, found.principal_welfare / found.optimum, found.payment_share]
            assert row[["selfish", "contracts", "payments"]].tolist() == pytest.approx(shares, abs=1e-12)
    assert boards["proportion"].notna().sum() == len(SIZES)


def test_no_proportion_is_selfish_play(run):
    boards = board_table(*run, proportion=0.0).dropna()
    assert len(boards) == len(SIZES)
    assert boards["proportion"].to_numpy() == pytest.approx(boards["selfish"].to_numpy(), abs=1e-12)


def test_full_proportion_is_near_the_optimum(run):
    boards = board_table(*run, proportion=1.0).dropna()
    assert (boards["proportion"] > boards["selfish"]).all()
    assert (boards["proportion"] <= 1 + 1e-12).all()


@pytest.mark.parametrize("proportion", [0.3, 0.5])
def test_a_proportion_that_is_not_there_is_refused(run, proportion):
    with pytest.raises(ValueError, match="proportion must be one of"):
        board_table(*run, proportion=proportion)


def test_longest_keeps_one_horizon_a_board():
    boards = pd.DataFrame({"grid": [4, 3, 3, 3], "horizon": [50, 5, 20, 20], "payments": [0.1, 0.2, 0.3, 0.4]})
    assert longest(boards)["payments"].tolist() == [0.3, 0.4, 0.1]


def test_margins_are_those_of_the_study():
    options = {"depth": 3, "n_trees": 4, "seed": 5}
    strict, tolerant = nudging_curve(ERRORS, MARGINS, **options), nudging_curve(ERRORS, [0.0], tolerance=2.0, **options)
    run = {
        "nudge_depth": 3,
        "seed": 5,
        "nudge_utility": nudging_table(strict)["utility"].tolist(),
        "tolerant_utility": nudging_table(tolerant)["utility"].tolist(),
    }
    rows = margin_table(pd.DataFrame([run])).set_index(["error", "margin"])["utility"]
    assert len(rows) == len(ERRORS) * (len(MARGINS) + 1)
    means = strict.groupby(["error", "margin"])["utility"].mean()
    for error in ERRORS:
        assert [rows[error, f"{m:g}"] for m in MARGINS] == pytest.approx([means[error, m] for m in MARGINS])
        assert rows[error, TOLERANT] == pytest.approx(tolerant.query("error == @error")["utility"].mean())


def test_a_run_of_another_shape_is_refused():
    run = {"nudge_depth": 3, "seed": 0, "nudge_utility": np.ones(4), "tolerant_utility": np.ones(3)}
    with pytest.raises(ValueError, match="15 entries"):
        margin_table(pd.DataFrame([run]))


@pytest.mark.parametrize("grid", [4, 6])
def test_on_two_colours_the_tie_rule_does_not_matter(grid):
    table = colour_table(grid, 6, 0.99)
    cells = grid**2
    assert table["probability"].tolist() == pytest.approx([(cells / 2 - 1) / (cells - 1), cells / 2 / (cells - 1)])
    one, both = table["one collects"], table["both may collect"]
    assert one["two colours"] == pytest.approx(both["two colours"], abs=1e-12)
    assert both["one colour"] > one["one colour"] + 0.01


def test_odd_boards_have_no_colours():
    with pytest.raises(ValueError, match="grid must be even"):
        colour_table(3, 6, 0.99)
