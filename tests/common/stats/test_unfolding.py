"""Unfolded lists keep every entry beside its run; units add up to their shares."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from common.stats.aggregation import aggregate
from common.stats.proportions import wilson_interval
from common.stats.unfolding import unfold, unit_by_unit


def test_unfolding_keeps_every_entry_beside_its_run():
    entries = np.random.default_rng(0).random((2, 5, 3))
    runs = pd.DataFrame({"n": range(5), "seed": range(10, 15), "a": list(entries[0]), "b": entries[1].tolist()})
    long = unfold(runs.astype({"n": "Int64"}), ["a", "b"], "place", ["x", "y", "z"])  # as recorded sweeps have them
    assert set(long) == {"n", "seed", "a", "b", "place"}
    assert len(long) == 5 * 3
    assert (long["seed"] == long["n"] + 10).all()
    assert (long["a"].dtype, long["b"].dtype) == (float, float)
    back = long.set_index(["n", "place"])
    for (k, name), n, (p, place) in product(enumerate("ab"), range(5), enumerate("xyz")):
        assert back.loc[(n, place), name] == entries[k, n, p]


def test_places_may_be_numbers_and_runs_be_any_rows_of_a_table():
    runs = pd.DataFrame({"seed": [0, 1, 2], "kept": [[1, 2], [3, 4], [5, 6]]})
    long = unfold(runs[runs["seed"] != 1], "kept", "spare", range(2))
    assert long["spare"].dtype.kind == "i"
    assert long.to_dict("list") == {"seed": [0, 0, 2, 2], "kept": [1.0, 2.0, 5.0, 6.0], "spare": [0, 1, 0, 1]}


def test_lists_of_another_length_are_refused():
    runs = pd.DataFrame({"seed": [0, 1], "a": [[1.0, 2.0], [1.0, 2.0]], "b": [[1.0, 2.0], [1.0]]})
    with pytest.raises(ValueError, match="'b'"):
        unfold(runs, ["a", "b"], "place", [0, 1])


def test_an_axis_that_is_a_column_already_is_refused():
    with pytest.raises(ValueError, match="axis"):
        unfold(pd.DataFrame({"seed": [0], "a": [[1.0]]}), "a", "seed", [0])


def test_units_add_up_to_their_shares():
    runs = pd.DataFrame({"n": [2, 2, 3], "seed": [0, 1, 0], "gap": [0.3, 1.0, 0.0]})
    markets = unit_by_unit(runs, "gap", 10)
    assert len(markets) == 30
    assert markets.index.is_unique
    assert markets["gap"].dtype == bool
    assert markets.groupby(["n", "seed"])["gap"].sum().to_dict() == {(2, 0): 3, (2, 1): 10, (3, 0): 0}


def test_units_of_all_seeds_are_one_sample():
    runs = pd.DataFrame({"seed": range(3), "gap": [0.0, 1 / 7, 3 / 7]})
    (row,) = aggregate(unit_by_unit(runs, "gap", 7).assign(n=1), "n", "gap").itertuples()
    expected = wilson_interval(4, 21)
    assert (row.count, row.low, row.high) == (21, expected.low, expected.high)


@pytest.mark.parametrize("share", [0.25, 1.1, -0.1, np.nan])
def test_shares_of_no_whole_number_of_units_are_refused(share):
    with pytest.raises(ValueError, match="gap"):
        unit_by_unit(pd.DataFrame({"gap": [0.5, share]}), "gap", 10)


def test_a_run_that_is_not_done_is_refused_by_name():
    with pytest.raises(ValueError, match="'a' is missing in some"):
        unfold(pd.DataFrame({"a": [[1.0], None]}), "a", "place", [0])
