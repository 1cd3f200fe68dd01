import pytest

from common.companion import expected
from tests.ledger_case import LEDGER


def test_expected_is_the_target_of_the_check(tmp_path, monkeypatch):
    (tmp_path / "paper.yaml").write_text(LEDGER, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert expected("shares") == [0.5, 1]


@pytest.mark.parametrize("name", ["limit", "unknown"])
def test_what_has_no_target_is_refused_by_name(tmp_path, monkeypatch, name):
    (tmp_path / "paper.yaml").write_text(LEDGER, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=f"name must be a check .* given '{name}'"):
        expected(name)


def test_outside_of_a_paper_nothing_is_expected(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="given 'shares'"):
        expected("shares")
