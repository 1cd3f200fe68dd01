import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from common.companion import record
from common.companion.arrays import as_array, describe, encode, refer, take_arrays
from common.companion.notebooks import METADATA_KEY, recorded_values
from common.companion.records import shown
from tests.ledger_case import LEDGER


@pytest.fixture
def outputs(monkeypatch, tmp_path):
    """What `record` displays, as a notebook's outputs that have been through a file; in a folder with a ledger."""
    kept = []

    def display(data, raw, metadata):
        kept.append(json.loads(json.dumps({"output_type": "display_data", "data": data, "metadata": metadata})))

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.delenv("COMPANION_ARRAYS", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "paper.yaml").write_text(LEDGER)
    return kept


def notebook(outputs):
    return {"cells": [{"cell_type": "markdown"}, {"cell_type": "code", "outputs": outputs}]}


ARRAY = np.array([[0.5, np.nan, 2.0], [1.0, 1.5, np.inf]])


def test_an_array_is_shown_and_not_kept(outputs):
    record({"policy": ARRAY, "mean": 0.5})
    (output,) = outputs
    assert output["data"]["text/plain"] == (
        "policy | array 2×3, float64, 0.5..2, 2 undefined | no target in the ledger\n"
        "mean | 0.5 | no target in the ledger"
    )
    assert output["metadata"][METADATA_KEY] == {
        "records": {"policy": {"array": None, "shape": [2, 3], "dtype": "float64"}, "mean": 0.5}
    }
    assert take_arrays(notebook(outputs)) == {}


def test_in_a_sweep_it_travels_with_the_output_and_is_taken_out_of_it(outputs, monkeypatch):
    monkeypatch.setenv("COMPANION_ARRAYS", "1")
    record("policy", ARRAY)
    record("visits", np.arange(2000))
    record("mean", 0.5)
    executed = notebook(outputs)
    arrays = take_arrays(executed)
    assert list(arrays) == ["policy", "visits"]
    np.testing.assert_array_equal(arrays["policy"], ARRAY)
    np.testing.assert_array_equal(arrays["visits"], np.arange(2000))
    assert "arrays" not in json.dumps(executed)
    assert refer(recorded_values(executed), "f.npz", arrays) == {
        "policy": {"array": "f.npz", "key": "policy", "shape": [2, 3], "dtype": "float64"},
        "visits": {"array": "f.npz", "key": "visits", "shape": [2000], "dtype": "int64"},
        "mean": 0.5,
    }


@given(
    npst.arrays(
        st.one_of(npst.boolean_dtypes(), npst.integer_dtypes(), npst.floating_dtypes()),
        npst.array_shapes(min_dims=2, max_dims=4, min_side=0),
    )
)
def test_what_travels_arrives_bit_by_bit(array):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPANION_ARRAYS", "1")
        metadata = json.loads(json.dumps({METADATA_KEY: encode({"a": array})}))
    (back,) = take_arrays(notebook([{"metadata": metadata}])).values()
    assert (back.dtype, back.shape, back.tobytes()) == (array.dtype, array.shape, array.tobytes())


def test_of_two_with_one_name_the_later_counts(outputs, monkeypatch):
    monkeypatch.setenv("COMPANION_ARRAYS", "1")
    record({"first": ARRAY, "then": 1})
    record({"first": 1, "then": ARRAY})
    arrays = take_arrays(notebook(outputs))
    told = refer(recorded_values(notebook(outputs)), "f.npz", arrays)
    assert (told["first"], told["then"]["key"]) == (1, "then")


def test_an_array_that_did_not_travel_stays_without_a_file():
    values = {"a": {"array": None, "shape": [2, 3], "dtype": "int64"}}
    assert refer(values, "f.npz", {}) == values
    assert shown(values["a"]) == "array 2×3, int64"


@pytest.mark.parametrize("value", [1.5, True, [1.0] * 2000, np.float64(2), np.array(3), np.ones(1000)])
def test_plain_values_are_no_arrays(value):
    assert as_array(value, "x") is None


def test_of_torch_with_a_gradient():
    torch = pytest.importorskip("torch")
    weights = torch.arange(6.0).reshape(2, 3).requires_grad_()
    np.testing.assert_array_equal(as_array(weights, "x"), np.arange(6).reshape(2, 3))
    assert as_array(weights.sum(), "x") is None


@pytest.mark.parametrize("value", [np.array([["a", "b"]]), np.array([[1, None]]), np.ones((2, 2), complex)])
def test_elements_that_are_no_real_numbers_are_refused(outputs, value):
    with pytest.raises(TypeError, match=r"record\('x'\): an array holds real numbers or bools, given dtype"):
        record("x", value)


def test_the_ledger_checks_no_array(outputs):
    with pytest.raises(TypeError, match=r"record\('shares'\): a check of paper.yaml needs a number"):
        record("shares", np.ones((2, 2)))


@pytest.mark.parametrize(
    ("array", "told"),
    [
        (np.zeros((0, 3)), "array 0×3, float64"),
        (np.array([[True, False]]), "array 1×2, bool, 0..1"),
        (np.full((1, 2), np.nan), "array 1×2, float64, 2 undefined"),
    ],
)
def test_arrays_without_a_range(array, told):
    assert describe(array) == told
