import copy

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from common.companion.errors import LedgerError
from common.companion.ledger import Artefact, Check, Verdict, load_ledger


def check(**fields):
    return Check.model_validate({"name": "x", "source": "Table 1", "within": {"abs": 0.1}, **fields})


@pytest.mark.parametrize(
    ("fields", "value", "verdict"),
    [
        ({"published": 2.0}, 2.05, Verdict.REPRODUCED),
        ({"expected": 2.0}, 2.05, Verdict.VERIFIED),
        ({"published": 2.0}, 3.0, Verdict.CLOSE),
        ({"published": 2.0}, -2.0, Verdict.NOT_REPRODUCED),
        ({"published": 2.0}, 21.0, Verdict.NOT_REPRODUCED),
        ({"expected": 2.0, "source": "closed form"}, 3.0, Verdict.NOT_REPRODUCED),
        ({"expected": [1, 2]}, [1.0, 2.09], Verdict.VERIFIED),
        ({"expected": [1, 2]}, [1.0], Verdict.NOT_REPRODUCED),
        ({"expected": [1, 2]}, [1.0, None], Verdict.NOT_REPRODUCED),
        ({"expected": 1}, None, Verdict.NOT_REPRODUCED),
        ({"expected": 1}, True, Verdict.VERIFIED),
        ({"within": {"at_least": 1}}, 1.0, Verdict.VERIFIED),
        ({"within": {"at_least": 1}}, 0.999, Verdict.NOT_REPRODUCED),
        ({"within": {"at_most": 1}}, [0.2, 1.0], Verdict.VERIFIED),
        ({"within": {"at_most": 1}}, [0.2, 1.1], Verdict.NOT_REPRODUCED),
        ({"published": 200, "within": {"rel": "5e-2"}}, 209.9, Verdict.REPRODUCED),
    ],
)
def test_verdict_of_a_check(fields, value, verdict):
    assert check(**fields).verdict(value) is verdict


@given(st.floats(-1e6, 1e6), st.floats(0, 1e3), st.floats(-1e6, 1e6))
def test_two_sided_tolerance_is_symmetric(target, tolerance, value):
    around = check(expected=target, within={"abs": tolerance}, source="closed form")
    mirrored = target - (value - target)
    if abs(mirrored - target) == abs(value - target):  # exact in floating point
        assert around.verdict(value) is around.verdict(mirrored)


def artefact(*checks, evidence="theory", **fields):
    return Artefact.model_validate(
        {"id": "T", "where": "T", "claim": "A long claim.", "notebook": "01.ipynb", "evidence": evidence}
        | {"checks": list(checks)} | fields
    )  # fmt: skip


ONE = {"name": "one", "expected": 1, "source": "closed form", "within": {"abs": 0}}
TWO = {"name": "two", "published": 2, "source": "Table 2", "within": {"rel": 0.01}}


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ({}, Verdict.NOT_RUN),
        ({"one": 1}, Verdict.NOT_RUN),
        ({"one": 1, "two": 2}, Verdict.REPRODUCED),
        ({"one": 1, "two": 3}, Verdict.CLOSE),
        ({"one": 2, "two": 3}, Verdict.NOT_REPRODUCED),
        ({"one": 2}, Verdict.NOT_REPRODUCED),
    ],
)
def test_an_artefact_is_as_good_as_its_worst_check(values, verdict):
    assert artefact(ONE, TWO).verdict(values) is verdict


def test_evidence_decides_the_name_of_success():
    assert artefact(ONE).verdict({"one": 1}) is Verdict.VERIFIED
    substitute = artefact(ONE, evidence="substitute", because="the data cannot be had")
    assert substitute.verdict({"one": 1}) is Verdict.SUBSTITUTE
    assert substitute.verdict({"one": 2}) is Verdict.NOT_REPRODUCED
    none = artefact(evidence="none", because="the data cannot be had", notebook=None)
    assert none.verdict({}) is Verdict.NOT_REPRODUCED


def _fault(change):
    def apply(ledger):
        ledger = copy.deepcopy(ledger)
        change(ledger["artefacts"][0], ledger)
        return ledger

    return apply


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda a, _: a["checks"][0].update(published=3), ["T-1", "doubled", "never both"]),
        (lambda a, _: a["checks"][0]["within"].update(rel=0.1), ["T-1", "doubled", "within", "exactly one"]),
        (lambda a, _: a["checks"][0].update(within={"abs": None}), ["T-1", "doubled", "within", "exactly one"]),
        (lambda _, ledger: ledger.pop("artefacts"), ["artefacts: Field required"]),
        (lambda a, _: a["checks"][0].update(expectd=3), ["T-1", "doubled", "expectd"]),
        (lambda a, _: a["checks"][0].pop("expected"), ["T-1", "doubled", "need a published or an expected"]),
        (lambda a, _: a.update(evidence="substitute"), ["T-1", "because"]),
        (lambda a, _: a.update(evidence="proof"), ["T-1", "evidence", "'proof'"]),
        (lambda a, _: a.pop("claim"), ["T-1", "claim", "required"]),
        (lambda a, ledger: ledger["artefacts"].append(a), ["artefact id used twice", "T-1"]),
        (lambda _, ledger: ledger.update(arxiv="12"), ["arxiv", "'12'"]),
        (lambda a, _: a.update(checks=[]), ["T-1", "at least one check"]),
    ],
)
def test_a_broken_ledger_names_file_artefact_and_field(toy, change, told):
    path = toy.paper / "paper.yaml"
    path.write_text(yaml.safe_dump(_fault(change)(toy.ledger)))
    with pytest.raises(LedgerError) as error:
        load_ledger(path)
    assert all(word in str(error.value) for word in ["toy/paper.yaml", *told]), str(error.value)


def test_no_file_and_no_yaml(toy):
    with pytest.raises(LedgerError, match="no such file"):
        load_ledger(toy.paper / "nothing.yaml")
    (toy.paper / "paper.yaml").write_text("a: [")
    with pytest.raises(LedgerError, match="not YAML"):
        load_ledger(toy.paper / "paper.yaml")
