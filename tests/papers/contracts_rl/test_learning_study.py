import numpy as np
import pandas as pd
import pytest

from papers.contracts_rl.coin_rules import CoinRules
from papers.contracts_rl.coin_states import all_states
from papers.contracts_rl.exact_coin_game import exact_coin_game
from papers.contracts_rl.learning_study import (
    exact_verdicts,
    named_nudges,
    named_proportions,
    nudge_name,
    selfish_policies,
)
from papers.contracts_rl.principal_learning import TrainedPrincipals
from papers.contracts_rl.principal_tables import PrincipalTables
from papers.contracts_rl.validation import Nudge
from papers.contracts_rl.yardsticks import coin_game_yardsticks


@pytest.fixture(scope="module")
def solved():
    return coin_game_yardsticks(2, 6)


def time_blind(solved):
    """The exact contracts of the first step, for ever."""
    here = solved.exact.index(all_states(2))
    payments = np.repeat(solved.contracts.payments[0][here][..., None], 2, axis=-1)
    tables = PrincipalTables(2, solved.contracts.recommendation[0][here][None], payments[None])
    curves = pd.DataFrame({"step": [1], "learner": [0], "welfare": [solved.optimum], "share": [0.2]})
    return TrainedPrincipals(solved.exact.rules, np.array([0.1]), tables, curves)


def test_verdicts_rise_with_nudge_and_tolerance(solved):
    table = exact_verdicts(time_blind(solved), [Nudge(0.0), Nudge(1.0), Nudge(1.0, "each")], solved, [0.0, 0.2])
    assert table["followed"].to_numpy().reshape(3, 2)[:, 0].argmin() == 0
    assert (table["followed"].to_numpy().reshape(3, 2) @ [-1, 1] >= 0).all()
    assert (table["spe_ratio"] <= 1).all()
    assert table["welfare"].nunique() == 1
    assert table["nudges"].to_numpy() == pytest.approx(solved.optimum * np.repeat([0, 1, 2], 2))
    np.testing.assert_allclose(table["share"], (table["payments"] + table["nudges"]) / table["welfare"])


def test_selfish_play_is_worth_the_same_in_both_frames(solved):
    absolute = exact_coin_game(CoinRules(grid=2, horizon=6), "absolute")
    red, blue = selfish_policies(solved, absolute)
    here = absolute.index(solved.exact.states)
    np.testing.assert_array_equal(red[:, here], solved.selfish_play.policies[0])
    np.testing.assert_array_equal(blue[:, here], solved.selfish_play.policies[1])


def test_names_are_added():
    nudged = named_nudges(pd.DataFrame({"nudge": [0.0, 0.1], "reading": ["total", "each"]}))
    assert nudged["name"].tolist() == ["no nudge", "nudge 10 % each"]
    curves = pd.DataFrame({"step": [1, 1, 2, 2], "learner": [0, 1, 0, 1], "welfare": 1.0})
    shared = named_proportions(curves, [0.0, 0.234])
    assert shared["name"].tolist() == ["p = 0", "p = 0.23"] * 2
    assert named_proportions(curves[:2].set_index("learner"), [0.0, 1.0])["proportion"].tolist() == [0.0, 1.0]


def test_names_of_nudges():
    assert [nudge_name(0.0, "total"), nudge_name(0.05, "total"), nudge_name(0.1, "each")] == [
        "no nudge", "nudge 5 %", "nudge 10 % each"
    ]  # fmt: skip
