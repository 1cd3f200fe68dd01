from common.companion.catalogue import find_notebooks
from common.companion.fingerprint import fingerprint, fingerprint_here
from common.companion.sources import forget
from tests.conftest import write_notebook


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


def test_who_asks_a_package_with_a_stub_for_a_name_depends_on_its_module_alone(toy):
    toy.module("import lazy_loader\n")
    (toy.paper / "__init__.pyi").write_text("from .one import first as first\nfrom .two import second as second\n")
    (toy.paper / "one.py").write_text("from papers.toy.base import a\nfirst = a\n")
    (toy.paper / "base.py").write_text("a = 1\n")
    (toy.paper / "two.py").write_text("second = 2\n")
    (toy.paper / "careless.py").write_text("from papers.toy import first\n")  # not by path

    def files(cell):
        write_notebook(toy.paper / "01_double.ipynb", "# Toy", "n: int = 3  # 1..30", cell)
        return {path.removeprefix("papers/toy/") for path in of(toy).items if path.startswith("papers/toy/")}

    assert files("from papers.toy import first") == {"__init__.py", "one.py", "base.py"}
    assert files("from papers.toy.two import second") == {"__init__.py", "two.py"}
    everything = {"__init__.py", "one.py", "base.py", "two.py"}
    for cell in ("import papers.toy", "from papers import toy", "from papers.toy import *"):
        assert files(cell) == everything
    assert files("from papers.toy.careless import first") == everything | {"careless.py"}
