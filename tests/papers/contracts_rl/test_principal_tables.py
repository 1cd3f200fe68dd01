import numpy as np
import pytest

from papers.contracts_rl.principal_tables import PrincipalTables


def arrays():
    return np.zeros((3, 128, 2), np.int8), np.zeros((3, 128, 2, 2))


def test_counts_principals():
    assert len(PrincipalTables(2, *arrays())) == 3


def test_refuses_by_name():
    recommended, payments = arrays()
    with pytest.raises(ValueError, match="recommended and payments must have shapes"):
        PrincipalTables(3, recommended, payments)
    with pytest.raises(ValueError, match=r"recommended must be in 0\.\.3"):
        PrincipalTables(2, recommended + 4, payments)
    with pytest.raises(ValueError, match="payments must be finite and >= 0"):
        PrincipalTables(2, recommended, payments - 0.1)
