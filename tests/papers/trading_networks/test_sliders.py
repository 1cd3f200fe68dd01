import json
import re

import numpy as np
import pytest

from papers.trading_networks.sliders import CONVENTIONS, market_explorer

DENSITIES = [0.0, 0.3, 0.8]


def payload(html):
    """The data that the script is called with."""
    return json.loads(re.search(r'networkExplorer\("[^"]+",(\{.*\})\);\}\)\(\);', html)[1])


def bits(text):
    return int(text, 16)


def test_every_stop_has_a_frame_and_worlds_are_nested():
    page = market_explorer(3, 4, DENSITIES, np.random.default_rng(0))
    data = payload(page.html)
    sizes = [len(DENSITIES), 4, len(CONVENTIONS)]
    assert [len(slider["values"]) for slider in data["sliders"]] == sizes
    assert len(data["frames"]) == np.prod(sizes)
    worlds = [bits(frame[0]) for frame in data["frames"][:: sizes[1] * sizes[2]]]
    assert worlds[0] == 0
    assert worlds[0] & ~worlds[1] == worlds[1] & ~worlds[2] == 0


def test_the_readouts_obey_the_propositions():
    data = payload(market_explorer(4, 4, DENSITIES, np.random.default_rng(3)).html)
    rounding = 0.011
    for index, (_, introduced, _, _, _, numbers) in enumerate(data["frames"]):
        k, prices = index // 3 % 5, index % 3
        revenue, promised, optimum, welfare, best, alone = numbers
        assert bits(introduced).bit_count() <= k
        assert alone - rounding <= welfare <= best + rounding
        assert revenue <= min(welfare, optimum) + rounding
        if prices == 0:
            assert revenue >= promised - rounding * 4  # S3, at the largest prices
        else:
            assert revenue <= data["frames"][index - prices][5][0] + rounding  # no lower prices bring more


def test_a_bad_density_is_refused():
    with pytest.raises(ValueError, match="q must be in"):
        market_explorer(2, 2, [0.5, 1.5], np.random.default_rng(0))
