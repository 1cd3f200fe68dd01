import itertools
import json
import tracemalloc

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.companion.catalogue import find_notebooks
from common.companion.errors import ParameterError
from common.companion.runs import plan
from common.companion.sweeps.planning import plan_sweep
from tests.conftest import ToyRepository, write_notebook

DECLARED = (
    "from typing import Literal\n\nn: int = 3  # 1..30 things\nx: float = 0.5  # 0..1\n"
    "which: Literal['max', 'min'] = 'max'\nk: int = 0\nseed: int = 0  # 0.."
)
BASE = {"n": 3, "x": 0.5, "which": "max", "k": 0, "seed": 0}


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    toy = ToyRepository(tmp_path_factory.mktemp("planning") / "toy-repository")
    write_notebook(toy.paper / "02_kinds.ipynb", "# Kinds", DECLARED, "print(n)")
    toy.write_params(smoke={"01_double": {"n": 3, "seed": 0, "which": "max"}, "02_kinds": {}})
    return toy


def planned(repository, limit=None, **content):
    text = yaml.safe_dump({"notebook": "02_kinds", **content}, sort_keys=False)
    (repository.paper / "params" / "sweep_s.yaml").write_text(text)
    return plan_sweep(repository.root, "toy/s", limit)


integers = st.lists(st.integers(1, 30), min_size=1, max_size=4, unique=True)
floats = st.lists(st.floats(0, 1), min_size=1, max_size=4, unique=True)
words = st.lists(st.sampled_from(["max", "min"]), min_size=1, max_size=2, unique=True)
sections = (
    st.fixed_dictionaries(
        {},
        optional={
            "grid": st.fixed_dictionaries({"n": integers}, optional={"which": words}),
            "zip": floats.map(lambda xs: {"x": xs}),
            "list": integers.map(lambda ks: [{"k": k} for k in ks]),
            "seeds": st.lists(st.integers(0, 1000), min_size=1, max_size=4, unique=True),
            "repeat": st.integers(1, 3),
        },
    )
    .filter(lambda content: content.keys() - {"repeat"} or content.get("repeat", 1) > 1)
    .flatmap(lambda content: st.permutations(list(content.items())).map(dict))
)


def brute_force(content):
    """List the points of all sections as lists of partial mappings, and take the product by hand."""
    axes = []
    for key, section in content.items():
        if key == "grid":
            axes += [[{name: value} for value in values] for name, values in section.items()]
        elif key == "zip":
            axes.append([dict(zip(section, row, strict=True)) for row in zip(*section.values(), strict=True)])
        elif key == "list":
            axes.append(section)
    seeds = [{"seed": seed} for seed in content.get("seeds", [0])]
    for repeat, *parts in itertools.product(range(content.get("repeat", 1)), seeds, *axes):
        parameters = dict(BASE)
        for part in parts:
            parameters |= part
        yield repeat, parameters


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(sections, st.integers(1, 40))
def test_tasks_are_the_product_in_order_and_a_limit_takes_the_first(repository, content, limit):
    plan = planned(repository, **content)
    expected = list(brute_force(content))
    assert [(task.repeat, task.parameters) for task in plan.tasks] == expected
    assert [task.index for task in plan.tasks] == list(range(plan.total))
    assert len({task.name for task in plan.tasks}) == plan.total == len(expected)
    limited = planned(repository, limit, **content)
    assert limited.tasks == plan.tasks[:limit]
    assert limited.total == plan.total


def test_a_sweep_shares_the_names_of_ordinary_runs_and_repeats_have_their_own(repository):
    plan_ = planned(repository, grid={"x": [0, 1], "which": ["min"]}, seeds=[5], repeat=2)
    (notebook,) = find_notebooks(repository.root, ["toy/02_kinds"])
    ordinary = [plan(repository.root, notebook, "smoke", {"x": x, "which": "min", "seed": 5}).name for x in (0, 1)]
    assert [task.name for task in plan_.tasks[:2]] == ordinary
    assert not {task.name for task in plan_.tasks[2:]} & set(ordinary)


def test_the_base_counts(repository):
    contents = ({"repeat": 2}, {"repeat": 2, "parameters": {"k": 1}}, {"seeds": [1]})
    assert len({planned(repository, **content).tasks[0].name for content in contents}) == 3
    assert planned(repository, repeat=2).tasks[0].parameters == BASE


def test_random_points_are_the_same_for_every_seed_and_repeat_and_begin_alike(repository):
    def draw(n):
        ranges = {"x": {"low": 0, "high": 1}, "n": {"low": 1, "high": 30}, "which": {"choice": ["max", "min"]}}
        return planned(repository, random={"n": n, "seed": 1, "ranges": ranges}, seeds="0..1", repeat=2)

    plan = draw(20)
    assert plan.total == len(plan.tasks) == 20 * 2 * 2
    points = [[{**task.parameters, "seed": None} for task in plan.tasks[i : i + 20]] for i in range(0, 80, 20)]
    assert points[0] == points[1] == points[2] == points[3]
    assert [task.name for task in draw(7).tasks[:7]] == [task.name for task in plan.tasks[:7]]


def test_random_points_that_come_again_are_planned_once(repository):
    ranges = {"which": {"choice": ["max", "min"]}}
    plan = planned(repository, random={"n": 200, "seed": 3, "ranges": ranges}, grid={"n": [1, 2]})
    assert plan.total == len(plan.tasks) == 4
    assert {(task.parameters["which"], task.parameters["n"]) for task in plan.tasks} == {
        (which, n) for which in ("max", "min") for n in (1, 2)
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"zip": {"k": list(range(1000))}, "seeds": "0..999999"}, "zip, seeds: 1,000,000,000 runs; at most 1,000,000"),
        ({"grid": {"k": list(range(31)), "n": [1]}, "repeat": 10**6}, "grid, repeat: 31,000,000 runs; at most"),
        ({"seeds": "0..999999999999999999", "repeat": 10**9}, "seeds, repeat: 1,000,000,000,000,000,000,000,000,000"),
    ],
)
def test_too_many_runs_are_counted_not_made(repository, content, told):
    planned(repository, repeat=2)  # what is imported once
    tracemalloc.start()
    with pytest.raises(ParameterError) as caught:
        planned(repository, **content)
    limited = planned(repository, 5, **content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert str(caught.value).startswith(f"toy/params/sweep_s.yaml: {told}")
    assert str(caught.value).endswith("without --limit")
    assert len(limited.tasks) == 5
    assert limited.total > 1_000_000
    assert peak < 20e6


def test_a_million_runs_need_no_limit_and_a_limit_is_positive(repository):
    with pytest.raises(ParameterError, match="seeds: 1,000,001 runs"):
        planned(repository, seeds="0..1000000")
    with pytest.raises(ParameterError, match="--limit must be at least 1, given 0"):
        planned(repository, 0)
    assert len(planned(repository, 10**30, seeds="0..2").tasks) == 3


def test_names_are_made_of_values_and_not_of_how_the_file_writes_them(repository):
    grid = planned(repository, grid={"n": [1, 2], "x": [0, 1]})
    points = [{"x": x, "n": n} for n in (1, 2) for x in ("0", "1e0")]  # YAML 1.1 reads 1e0 as a string
    listed = planned(repository, list=points)
    assert [task.name for task in listed.tasks] == [task.name for task in grid.tasks]
    assert json.dumps(listed.tasks[0].parameters) == json.dumps(grid.tasks[0].parameters)
