"""Studies of the Coin Game: their columns against what they are made of."""

import numpy as np
import pytest

from papers.contracts_rl.coin_rules import CoinRules
from papers.contracts_rl.coin_study import (
    VARIANTS,
    all_yardsticks,
    alpha_study,
    play_episode,
    proportion_study,
    simulated_random_play,
    time_blind_study,
    yardstick_table,
)
from papers.contracts_rl.exact_coin_game import exact_coin_game


@pytest.fixture(scope="module")
def solved():
    return all_yardsticks({2: 6, 3: 8}, alpha=0.1, gamma=0.99)


def test_tables_have_a_row_a_variant(solved):
    table = yardstick_table(solved)
    assert list(table.index) == [f"{grid}x{grid}, {name}" for grid in (2, 3) for name in VARIANTS]
    assert table["share"].to_numpy() == pytest.approx((table["payments"] / table["contracts"]).to_numpy())
    assert (table["selfish"] <= table["optimum"] + 1e-9).all()
    checked = simulated_random_play(solved, 4_000, seed=0)
    assert (checked["z"].abs() < 4).all()
    assert checked["exact"].to_numpy() == pytest.approx(table["random"].to_numpy())


def test_sweeps_end_where_the_yardsticks_are(solved):
    found = solved["3x3, one collects"]
    shared = proportion_study(found.exact, [0.0, 1.0], 0.99)
    assert shared.loc[0.0, "first"] == pytest.approx(found.selfish)
    assert shared.loc[1.0, "best"] == pytest.approx(found.optimum, abs=1e-6)
    weights = alpha_study(found.exact, [0.1, 1.0], 0.99)
    assert weights.loc[0.1, "welfare"] == pytest.approx(found.principal_welfare)
    assert weights.loc[0.1, "share"] == pytest.approx(found.payment_share)
    assert weights["payments"].is_monotonic_decreasing


def test_big_nudges_make_time_blind_contracts_followed(solved):
    study = time_blind_study(solved["3x3, one collects"], [0.0, 50.0])
    assert study.loc[0.0, "followed"] < 1
    assert study.loc[50.0, ["followed", "SPE", "IC"]].to_numpy() == pytest.approx(1)


def test_episodes_follow_the_policies():
    rules = CoinRules(3, 7)
    exact = exact_coin_game(rules)
    rng = np.random.default_rng(1)
    pure, mixed = rng.integers(0, 4, (7, 162)), np.eye(4)[rng.integers(0, 4, 162)]
    states, actions, rewards = play_episode(exact, (pure, mixed), np.random.default_rng(2))
    assert states.shape == (8, 5)
    assert rewards.shape == (7, 2)
    here = exact.index(states[:-1])
    assert np.array_equal(actions[:, 0], pure[np.arange(7), here])
    assert np.array_equal(actions[:, 1], mixed[here].argmax(axis=1))
    for player in (0, 1):
        assert np.array_equal(states[1:, player], rules.next_cell[states[:-1, player], actions[:, player]])
