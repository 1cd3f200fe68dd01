import numpy as np
import pandas as pd
import pytest

from papers.trading_networks.density import (
    DENSITIES,
    expected_by_density,
    known_values,
    means,
    ratios_by_density,
)


def test_ratios_are_grouped_and_undefined_ones_left_out():
    study = pd.DataFrame({"density": [0.1, 0.1, 0.1, 0.5], "a": [1.0, 3.0, 5.0, 1.0], "b": [2.0, 2.0, 0.0, 4.0]})
    samples = ratios_by_density(study, "a", "b")
    assert {name: sample.tolist() for name, sample in samples.items()} == {"0.1": [0.5, 1.5], "0.5": [0.25]}
    assert means(samples) == [1.0, 0.25]


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match="'c'"):
        ratios_by_density(pd.DataFrame({"density": [0.1], "a": [1.0]}), "a", "c")


def test_expected_values_come_from_the_ledger_one_a_density():
    expected = expected_by_density("prm_means")
    assert len(expected) == len(DENSITIES)
    assert min(expected) >= 1, "a price of revenue maximisation"


@pytest.mark.parametrize("check", ["no_such_check", "smallest_revenue_to_gain", "ladder_gains"])
def test_other_checks_are_refused(check):
    with pytest.raises(ValueError, match=check):
        expected_by_density(check)


def test_known_values_are_those_of_the_densities_in_the_figure():
    known = known_values("homogeneous_gain_shares", ["0.1", "0.4"])
    assert list(known["expected"]) == ["0.1"]
    assert known["expected"]["0.1"] == expected_by_density("homogeneous_gain_shares")[1]
    assert np.isfinite(known["expected"]["0.1"])
