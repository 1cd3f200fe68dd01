from common.companion.catalogue import find_notebooks
from common.companion.fingerprint import fingerprint, fingerprint_here
from common.companion.sources import forget


def of(toy, function=fingerprint):
    forget()
    (notebook,) = find_notebooks(toy.root, ["toy"])
    return function(toy.root, notebook, "smoke")


def test_it_names_what_differs(toy):
    before = of(toy)
    toy.module("import numpy\n\n\ndef double(x):\n    return 2 * x\n")
    after = of(toy)
    assert after.differences(before) == ["numpy", "papers/toy/__init__.py"]
    assert before.differences(before) == []
    assert before.digest != after.digest


def test_here_it_has_the_installed_versions(toy):
    toy.module("import numpy\n\n\ndef double(x):\n    return 2 * x\n")
    here, locked = of(toy, fingerprint_here), of(toy)
    assert locked.packages["numpy"] == "2.0"  # what the toy's lock says
    assert here.packages["numpy"] != "2.0"
    assert here.items == locked.items


def test_a_recorded_sweep_is_an_input_of_those_that_ask_for_it(toy):
    (toy.paper / "results").mkdir()
    (toy.paper / "results" / "gap.sweep.json").write_text("{}")
    file = "papers/toy/results/gap.sweep.json"
    toy.module("def double(x):\n    return {'gap': 2 * x}\n")
    assert file not in of(toy).items
    toy.module("from common.companion import recorded_sweep\n\n\ndef double(x):\n    return recorded_sweep('gap')\n")
    assert file in of(toy).items
