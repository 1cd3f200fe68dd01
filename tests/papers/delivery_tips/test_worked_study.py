from dataclasses import replace

import numpy as np
import pytest

from papers.delivery_tips import worked_study
from papers.delivery_tips.instances import scarce_courier_equilibrium, worked_instances
from papers.delivery_tips.market import DeliveryEquilibrium
from papers.delivery_tips.worked_study import instance_table, perturbation_table, programme_against_census


def test_each_payment_of_e2_has_the_interval_worked_out_by_hand():
    table = perturbation_table(worked_instances()["E2"].market, scarce_courier_equilibrium(), 1e-3)
    assert table["accepted at the ends"].all()
    assert table["refused beyond"].all()
    assert table["payment"].tolist()[:3] == ["price of s1", "price of s2", "compensation of b1, s1"]
    assert table["above it"].str.startswith("courier envy").sum() == 3


def test_another_equilibrium_has_other_intervals():
    other = DeliveryEquilibrium([0, 0], np.zeros((2, 2)), [[4.2, 0.5], [1, 4]], [(0, 0, 0)])
    table = perturbation_table(worked_instances()["E2"].market, other, 1e-3)
    assert not (table["accepted at the ends"] & table["refused beyond"]).all()


def test_the_table_of_instances_is_that_of_the_dossier():
    instances = worked_instances()
    table = instance_table(instances)
    for name, known in instances.items():
        row = table.loc[name]
        assert row["first best"] == pytest.approx(known.first_best)
        assert row["best, no tips"] == pytest.approx(
            np.nan if known.without_tips is None else known.without_tips, nan_ok=True
        )
        assert row["outcomes, tips"] == known.with_tips_outcomes


def test_a_solver_that_errs_is_found(monkeypatch):
    solve = worked_study.with_tip_optimum
    monkeypatch.setattr(worked_study, "with_tip_optimum", lambda market: replace(solve(market), welfare=1.5))
    with pytest.raises(ArithmeticError, match="E1"):
        instance_table(worked_instances())
    assert programme_against_census(6, 2, 3, 0).max() > 0.1


def test_one_that_denies_existence_differs_infinitely(monkeypatch):
    solve = worked_study.without_tip_optimum
    monkeypatch.setattr(worked_study, "without_tip_optimum", lambda market: replace(solve(market), exists=False))
    assert np.isinf(programme_against_census(6, 2, 3, 0).max())
