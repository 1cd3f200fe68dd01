import pytest

from common.companion import expected

LEDGER = """
title: A paper
authors: [A. Author]
year: 2024
arxiv: "2401.00001"
question: Why?
answer: Because.
sources: All of it.
artefacts:
  - id: T-1
    where: Table 1
    claim: Shares add up to something.
    notebook: 01_first.ipynb
    evidence: theory
    checks:
      - {name: shares, expected: [0.5, 1], source: closed form, within: {abs: 0}}
      - {name: limit, source: bound, within: {at_most: 1}}
"""


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
