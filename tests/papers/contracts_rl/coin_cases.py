"""The Coin Game once more, in plain Python: dictionaries, tuples and fractions instead of arrays and indices."""

from fractions import Fraction
from itertools import product

STEPS = [(-1, 0), (1, 0), (0, -1), (0, 1)]


def outcomes(state, moves, rules):
    """What a pair of moves does: (probability, rewards of both, next state) for every draw of ties and coins.

    A state is (cell of player 0, cell of player 1, coin, colour) with cells (row, column).
    """
    first, second, coin, colour = state
    n = rules.grid
    players = [
        ((r + STEPS[move][0]) % n, (c + STEPS[move][1]) % n)
        for (r, c), move in zip((first, second), moves, strict=True)
    ]
    here = [i for i in (0, 1) if players[i] == coin]
    if not here:
        return [(Fraction(1), (0, 0), (*players, coin, colour))]
    winners = [here] if rules.both_collect else [[i] for i in here]
    cells = first_coins(players, rules)
    colours = [1 - colour] if rules.colour == "alternate" else [0, 1]
    worth = {True: Fraction(str(rules.own)), False: Fraction(str(rules.other))}
    chance = Fraction(1, len(winners) * len(cells) * len(colours))
    return [
        (chance, tuple(worth[i == colour] if i in paid else 0 for i in (0, 1)), (*players, cell, shade))
        for paid, cell, shade in product(winners, cells, colours)
    ]


def first_coins(players, rules):
    """Cells on which a coin may be put."""
    cells = list(product(range(rules.grid), repeat=2))
    return [cell for cell in cells if rules.respawn == "anywhere" or cell not in players]


def starts(rules):
    """Every first state with its probability."""
    cells = list(product(range(rules.grid), repeat=2))
    pairs = [(p, q) for p in cells for q in cells if p != q]
    return [
        (Fraction(1, 2 * len(pairs) * len(first_coins(pair, rules))), (*pair, coin, colour))
        for pair in pairs
        for coin in first_coins(pair, rules)
        for colour in (0, 1)
    ]
