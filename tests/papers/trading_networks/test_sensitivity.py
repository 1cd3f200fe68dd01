from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from common.companion.ledger import load_ledger
from common.plots import panels
from common.stats.aggregation import aggregate
from papers.trading_networks.sensitivity import draw_intervals, long_form, verdicts

LABELS = {"xlabel": "size (count)", "ylabel": "price (ratio)"}


def runs():
    return pd.DataFrame({"size": [2, 2, 3], "seed": [0, 1, 0], "prm": [[1, 2], [3.0, 4.0], [5.0, 6.0]]})


def test_every_entry_of_a_list_gets_its_place():
    long = long_form(runs(), ["prm"], "density", [0.1, 0.5])
    expected = [(2, 0, 0.1, 1), (2, 0, 0.5, 2), (2, 1, 0.1, 3), (2, 1, 0.5, 4), (3, 0, 0.1, 5), (3, 0, 0.5, 6)]
    assert long[["size", "seed", "density", "prm"]].to_records(index=False).tolist() == expected
    assert long["prm"].dtype == float


def test_a_list_of_another_length_is_refused():
    with pytest.raises(ValueError, match="lists must have 3 entries each, given 2 in 'prm'"):
        long_form(runs(), ["prm"], "density", [0.1, 0.2, 0.5])
    with pytest.raises(ValueError, match="axis"):
        long_form(runs(), ["prm"], "size", [0.1, 0.5])


def test_lines_run_through_the_means_with_the_ends_of_the_intervals():
    long = long_form(runs(), ["prm"], "density", [0.1, 0.5])
    summary = aggregate(long, ["size", "density"], "prm")
    ax = draw_intervals(summary, "size", "density", panels()[1][0], **LABELS)
    drawn = {lines.get_label(): lines[0].get_ydata().tolist() for lines in ax.containers}
    assert drawn == {"0.1": [2, 5], "0.5": [3, 6]}
    assert [text.get_text() for text in ax.texts] == ["0.1", "0.5"]
    bars = [bar for lines in ax.containers for bar in lines[2][0].get_segments()]
    of_both = summary[summary["size"] == 2]  # size 3 has one run, and no interval
    assert np.array([bars[0][:, 1], bars[2][:, 1]]) == pytest.approx(of_both[["low", "high"]].to_numpy())


def test_lines_of_different_ends_are_named_in_a_legend():
    table = pd.DataFrame({"size": [2, 3, 3, 4], "known": [1, 1, 2, 2], "price": [1.0, 2.0, 3.0, 4.0]})
    ax = draw_intervals(aggregate(table, ["size", "known"], "price"), "size", "known", panels()[1][0], **LABELS)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["1", "2"]
    assert not ax.texts


def test_several_values_and_too_many_lines_are_refused():
    table = pd.DataFrame({"size": [1] * 9, "line": range(9), "a": range(9), "b": range(9)})
    with pytest.raises(ValueError, match="one value"):
        draw_intervals(aggregate(table, ["size", "line"], ["a", "b"]), "size", "line", panels()[1][0], **LABELS)
    with pytest.raises(ValueError, match="at most 7 lines"):
        draw_intervals(aggregate(table, ["size", "line"], "a"), "size", "line", panels()[1][0], **LABELS)


def test_verdicts_are_those_of_the_ledger():
    ledger = load_ledger(Path(__file__).parents[3] / "papers/trading_networks/paper.yaml")
    expected = ledger.check("prm_means")[1].target
    assert verdicts({"prm_means": expected}) == {"prm_means": "met"}
    assert verdicts({"prm_means": [value + 0.03 for value in expected]}) == {"prm_means": "close"}
    assert verdicts({"homogeneous_prm_largest": [1.5]}) == {"homogeneous_prm_largest": "not met"}
    with pytest.raises(ValueError, match="'profit'"):
        verdicts({"profit": [1.0]})
