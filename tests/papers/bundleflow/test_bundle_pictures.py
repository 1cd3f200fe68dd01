import numpy as np
import pytest
from matplotlib.colors import to_rgba

from common.auctions.bitsets import unpack_items
from common.auctions.cats import cats_bidders
from common.auctions.cats_maps import draw_market
from common.plots import PALETTE, png_bytes
from papers.bundleflow.bundle_pictures import (
    affinity_picture,
    distance_picture,
    map_picture,
    sensitivity_picture,
    sizes_and_values,
)
from papers.bundleflow.bundle_study import OFFICIAL, sensitivity_table, size_law, statistics_against


def test_a_map_rings_the_items_of_each_atom_and_draws_every_edge():
    market = draw_market("regions", 17, np.random.default_rng(0))
    bidders = cats_bidders("regions", 17, 50, market, seed=0)
    one = bidders.take([int(np.argmax(bidders.n_atoms() >= 3))])
    figure = map_picture(market, one)
    for atom, ax in enumerate(figure.axes[:3]):
        lines, points = ax.collections
        assert len(lines.get_segments()) == market.affinities.sum() / 2
        ringed = (points.get_edgecolors() == to_rgba(PALETTE[1])).all(axis=1)
        assert (ringed == unpack_items(one.atoms[0, atom], 17)).all()
    assert png_bytes(figure)


def test_affinities_of_a_bundle_are_framed_and_averaged():
    market = draw_market("arbitrary", 20, np.random.default_rng(0))
    types = cats_bidders("arbitrary", 20, 300, market, seed=0)
    left, right = affinity_picture(market, types).axes[:2]
    inside = unpack_items(types.atoms[:, 0], 20)
    sizes = inside.sum(axis=1)
    shown = int(np.argmax((sizes >= 6) & (sizes <= 12)))
    assert left.patches[0].get_width() == sizes[shown]
    x, y = right.lines[0].get_data()
    first = int(np.argmax(sizes >= 2))
    items = np.flatnonzero(inside[first])
    block = market.affinities[np.ix_(items, items)]
    assert (x[0], y[0]) == pytest.approx((len(items), block[np.triu_indices(len(items), 1)].mean()))


def test_distances_stand_where_they_are():
    compared = statistics_against(OFFICIAL.head(2), 4000, seed=0)
    (ax,) = distance_picture(compared).axes
    points = ax.lines[-1]
    assert points.get_xdata() == pytest.approx(compared["distance"])
    rows = np.round(points.get_ydata()).astype(int)
    assert [ax.get_yticklabels()[row].get_text() for row in rows] == compared["statistic"].tolist()


def test_sizes_and_values_are_shares():
    types = cats_bidders("arbitrary", 12, 400, seed=0)
    left, right = sizes_and_values(types).axes
    assert sum(bar.get_height() for bar in left.patches) == pytest.approx(1)
    assert left.lines[0].get_ydata() == pytest.approx(size_law(12, 0.9))
    assert sum(bar.get_height() for bar in right.patches) == pytest.approx(1)


def test_every_parameter_has_a_panel():
    table = sensitivity_table({"jump": [0, 1], "additivity": [0, 0.2], "max_substitutes": [0, 5]}, 12, 100, seed=0)
    shown = [ax for ax in sensitivity_picture(table).axes if ax.axison]
    assert [ax.get_xlabel() for ax in shown] == [
        "jump (probability)",
        "additivity (exponent)",
        "max_substitutes (count)",
    ]
    assert shown[2].lines[0].get_ydata() == pytest.approx(table["surplus"].tail(2))
