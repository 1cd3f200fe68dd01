import numpy as np
import pandas as pd
import pytest
import torch

from papers.contracts_rl.coin_oracle import judge_principal
from papers.contracts_rl.coin_rules import CoinRules
from papers.contracts_rl.exact_coin_game import exact_coin_game
from papers.contracts_rl.learning_config import LearningConfig
from papers.contracts_rl.principal_learning import TrainedPrincipals
from papers.contracts_rl.principal_tables import PrincipalTables
from papers.contracts_rl.validation import Nudge, _Contracts, validate

RULES = CoinRules(grid=2, horizon=6)
CPU = torch.device("cpu")


def principals(generous=0.0):
    rng = np.random.default_rng(0)
    tables = PrincipalTables(2, rng.integers(0, 4, (2, 128, 2)), rng.random((2, 128, 2, 2)).astype("f4") + generous)
    curves = pd.DataFrame({"step": 9, "learner": [0, 1], "welfare": [2.0, 3.0]})
    return TrainedPrincipals(RULES, np.array([0.1, 0.5]), tables, curves)


def test_bonus_by_both_readings():
    assert Nudge(0.1).bonus(14.0, 20) == pytest.approx(0.1 * 14 / 20 / 2)
    assert Nudge(0.1, "each").bonus(14.0, 20) == pytest.approx(2 * Nudge(0.1).bonus(14.0, 20))


def test_rewards_are_those_of_algorithm_three():
    given, pairs = principals(), [(0, Nudge(0.0)), (1, Nudge(0.2)), (1, Nudge(0.2, "each"))]
    contracts, rng = _Contracts(given, pairs, CPU), np.random.default_rng(1)
    states, actions = rng.integers(0, 128, (3, 50)), rng.integers(0, 4, (3, 50, 2))
    coins = rng.random((3, 50, 2)).astype("f4")
    earned = contracts.rewards(*map(torch.from_numpy, (states, actions, coins)))
    for k, (p, nudge) in enumerate(pairs):
        for b in range(50):
            told = given.tables.recommended[p, states[k, b]]
            for i in range(2):
                other_follows = int(actions[k, b, 1 - i] == told[1 - i])
                pay = given.tables.payments[p, states[k, b], i, other_follows] + nudge.bonus((2.0, 3.0)[p], 6)
                expected = coins[k, b, i] + (actions[k, b, i] == told[i]) * pay
                assert earned[k, b, i] == pytest.approx(expected, abs=1e-5)
    torch.testing.assert_close(
        contracts.signals(torch.from_numpy(states))[1], torch.from_numpy(given.tables.recommended[1, states[1]])
    )


def test_measures_agree_with_the_exact_oracle():
    given, pairs = principals(), [(0, Nudge(0.1)), (1, Nudge(0.1, "each"))]
    contracts, exact = _Contracts(given, pairs, CPU), exact_coin_game(RULES, "absolute")
    own = np.random.default_rng(5).integers(0, 4, (128, 2))
    for policy in (contracts.signals, lambda states: torch.from_numpy(own)[states]):
        measured = contracts.measure(policy, 4000, np.random.default_rng(3))
        for k, (p, nudge) in enumerate(pairs):
            bonus = nudge.bonus((2.0, 3.0)[p], 6)
            report = judge_principal(
                exact.game, exact.start, given.tables.recommended[p], given.tables.payments[p],
                nudge=bonus, others=(own[:, 0], own[:, 1]),
            )  # fmt: skip
            if policy == contracts.signals:
                assert measured["accuracy"][k] == 1
                assert measured["spe_ratio"][k] == measured["ic_ratio"][k] == 1
                assert measured["welfare"][k] == pytest.approx(report.welfare, abs=0.1)
                assert measured["payments"][k] == pytest.approx(report.payments, abs=0.1)
                assert measured["nudges"][k] == pytest.approx(bonus * 12)
                assert measured["share"][k] == pytest.approx(report.share, rel=0.05)
                assert measured["nudge_share"][k] == pytest.approx(report.nudges / report.welfare, rel=0.05)
            else:
                assert measured["accuracy"][k] == pytest.approx(0.25, abs=0.1)
                assert measured["spe_ratio"][k] > report.spe_ratio  # no policy does better than the best
                assert measured["ic_ratio"][k] > report.ic_ratio


def test_fresh_agents_follow_a_generous_principal():
    config = LearningConfig.fast(2, 300, hidden=(32, 32), batch=64, learning_rate=(3e-3, 1e-3), warm_up=300)
    validated = validate(principals(generous=2.0), config, [Nudge(0.0), Nudge(0.5, "each")], np.random.default_rng(0))
    final = validated.final
    assert final["principal"].tolist() == [0, 0, 1, 1]
    assert final["nudge"].tolist() == [0.0, 0.5] * 2
    assert final["reading"].tolist() == ["total", "each"] * 2
    assert final["alpha"].tolist() == [0.1, 0.1, 0.5, 0.5]
    assert (final["accuracy"] > 0.95).all()
    assert final["spe_ratio"].to_numpy() == pytest.approx(np.ones(4), abs=0.05)
    assert (final["nudges"][[0, 2]] == 0).all()


def test_refuses_by_name():
    with pytest.raises(ValueError, match=r"rate must be finite and >= 0, given -0\.1"):
        Nudge(-0.1)
    with pytest.raises(ValueError, match="reading must be 'total' or 'each'"):
        Nudge(0.1, "both")
    with pytest.raises(ValueError, match="nudges must name at least one"):
        validate(principals(), LearningConfig.fast(2, 10), [], np.random.default_rng(0))
