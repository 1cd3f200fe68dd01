from pathlib import Path

import pytest

from common.companion.ledger import load_ledger
from papers.trading_networks.sensitivity import verdicts


def test_verdicts_are_those_of_the_ledger():
    ledger = load_ledger(Path(__file__).parents[3] / "papers/trading_networks/paper.yaml")
    expected = ledger.check("prm_means")[1].target
    assert verdicts({"prm_means": expected}) == {"prm_means": "met"}
    assert verdicts({"prm_means": [value + 0.03 for value in expected]}) == {"prm_means": "close"}
    assert verdicts({"homogeneous_prm_largest": [1.5]}) == {"homogeneous_prm_largest": "not met"}
    with pytest.raises(ValueError, match="'profit'"):
        verdicts({"profit": [1.0]})
