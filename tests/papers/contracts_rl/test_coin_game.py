"""The PettingZoo environment: its interface, and the batched game underneath."""

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test, parallel_seed_test

from papers.contracts_rl.batch_coin_game import BatchCoinGame
from papers.contracts_rl.coin_game import CoinGame


@pytest.mark.parametrize("changes", [{}, {"grid": 7, "horizon": 50, "both_collect": True}])
def test_pettingzoo_accepts_it(changes):
    parallel_api_test(CoinGame(**changes), num_cycles=200)
    parallel_seed_test(lambda: CoinGame(**changes), num_cycles=100)


def test_it_is_a_batch_of_one():
    game, batch = CoinGame(grid=4, horizon=6), BatchCoinGame(1, grid=4, horizon=6, generator=9, autoreset=False)
    views, _ = game.reset(seed=9)
    rng = np.random.default_rng(0)
    for step in range(6):
        assert np.array_equal(np.stack(list(views.values())), batch.observe()[0])
        assert np.array_equal(game.state(), batch.states[0])
        moves = rng.integers(0, 4, 2)
        views, rewards, terminated, truncated, _ = game.step(dict(zip(("red", "blue"), moves, strict=True)))
        _, paid, _ = batch.step(moves[None])
        assert list(rewards.values()) == paid[0].tolist()
        assert not any(terminated.values())
        assert set(truncated.values()) == {step == 5}
    assert game.agents == []


def test_reset_without_a_seed_goes_on_with_the_stream():
    def starts(game):
        game.reset(seed=3)
        return [game.state().tolist() for _ in range(5) if game.reset()]

    first = starts(CoinGame(grid=9))
    assert first == starts(CoinGame(grid=9))
    assert len({tuple(state) for state in first}) > 1


def test_board_is_drawn():
    game = CoinGame(grid=2, render_mode="ansi")
    game.reset(seed=0)
    red, blue, coin, colour, _ = game.state()
    drawn = game.render().replace("\n", " ").split()
    assert (drawn[red], drawn[blue], drawn[coin]) == ("R", "B", "rb"[colour])
    assert CoinGame().render() is None


def test_misuse_is_refused():
    game = CoinGame()
    with pytest.raises(ValueError, match="reset"):
        game.step({"red": 0, "blue": 0})
    with pytest.raises(ValueError, match="reset"):
        game.state()
    game.reset(seed=0)
    with pytest.raises(ValueError, match="blue"):
        game.step({"red": 0})
    with pytest.raises(ValueError, match="actions"):
        game.step({"red": 0, "blue": 4})
    with pytest.raises(ValueError, match="render_mode"):
        CoinGame(render_mode="human")
