import pytest

from common.companion.catalogue import find_artefact, find_notebooks, repository_root
from common.companion.errors import UnknownNameError


def test_names_find_notebooks(toy):
    for target in (["toy"], [], ["toy/01_double"], ["toy/01"], [str(toy.paper / "01_double.ipynb")], ["toy", "toy/01"]):
        assert [n.id for n in find_notebooks(toy.root, target)] == ["toy/01_double"]
    assert [n.id for n in find_notebooks(toy.root, [], artefact="t-1")] == ["toy/01_double"]


@pytest.mark.parametrize(
    ("find", "told"),
    [
        (lambda root: find_notebooks(root, ["toi"]), "did you mean 'toy'"),
        (lambda root: find_notebooks(root, ["toy/01_duble"]), "did you mean '01_double'"),
        (lambda root: find_notebooks(root, ["toy"], artefact="T-2"), "did you mean 'T-1'"),
        (lambda root: find_artefact(root, "toy/X"), "toy has no artefact 'X'"),
        (lambda root: find_artefact(root, "toy"), "is not PAPER/ARTEFACT"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(toy, find, told):
    with pytest.raises(UnknownNameError, match=told):
        find(toy.root)


def test_root_is_found_from_below(toy, monkeypatch):
    monkeypatch.delenv("COMPANION_ROOT", raising=False)
    monkeypatch.chdir(toy.paper / "params")
    assert repository_root() == toy.root.resolve()
