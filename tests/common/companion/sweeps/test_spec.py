import pytest

from common.companion.errors import ParameterError, UnknownNameError
from common.companion.sweeps.axes import Axis
from common.companion.sweeps.spec import all_sweeps, load_spec
from tests.conftest import write_notebook

DECLARED = (
    "from typing import Literal\n\nn: int = 3  # 1..30 things\nx: float = 0.5  # 0..1\nsizes: list[float] = [1.0]\n"
    "which: Literal['max', 'min'] = 'max'\nseed: int = 0  # 0..99"
)
FULL = """\
notebook: 02
about: How far twice goes.
scale: laptop
parameters: {x: 1}
zip: {sizes: [[1, 2], [3]], which: [max, min]}
seeds: [4, 2]
grid: {n: [2, 3, 4]}
repeat: 3
resources: {threads: 2, memory: 2 GiB, gpu: 1}
time_limit: 10 min
budget: 1.5 h
results: shared/sweeps
"""


@pytest.fixture
def sweep(toy):
    """Write the sweep toy/s of a notebook with parameters of every kind, and load it."""
    write_notebook(toy.paper / "02_kinds.ipynb", "# Kinds", DECLARED, "print(n)")
    write_notebook(toy.paper / "03_no_seed.ipynb", "# No seed", "n: int = 3", "print(n)")
    toy.write_params(
        smoke={"01_double": {"n": 3, "seed": 0, "which": "max"}, "02_kinds": {}, "03_no_seed": {}},
        laptop={"02_kinds": {"x": 0.25, "seed": 7}},
    )

    def load(text):
        write(toy, text)
        return load_spec(toy.root, "toy/s")

    return load


def write(toy, text, name="s"):
    path = toy.paper / "params" / f"sweep_{name}.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_whole_file_is_read(sweep, toy):
    spec = sweep(FULL)
    assert (spec.id, spec.name, spec.where) == ("toy/s", "s", "toy/params/sweep_s.yaml")
    assert spec.path == toy.paper.resolve() / "params" / "sweep_s.yaml"
    assert (spec.paper.slug, spec.notebook.id, spec.about) == ("toy", "toy/02_kinds", "How far twice goes.")
    # declared defaults, on top of them the scale's values, on top of them the file's
    assert spec.parameters == {"n": 3, "x": 1.0, "sizes": [1.0], "which": "max", "seed": 7}
    assert isinstance(spec.parameters["x"], float)
    assert spec.axes == (
        Axis("zip", ("sizes", "which"), [([1.0, 2.0], "max"), ([3.0], "min")]),
        Axis("grid.n", ("n",), [(2,), (3,), (4,)]),
    )
    assert (spec.seeds, spec.repeat, spec.varying) == ([4, 2], 3, ["sizes", "which", "n", "seed"])
    assert (spec.threads, spec.memory, spec.gpu) == (2, 2 * 1024**3, 1)
    assert (spec.time_limit, spec.budget, spec.results) == (600, 5400, "shared/sweeps")


def test_a_short_file_has_defaults(sweep):
    spec = sweep("notebook: 02_kinds\nrepeat: 2")
    assert (spec.scale, spec.axes, spec.seeds, spec.repeat, spec.varying) == ("smoke", (), None, 2, [])
    assert (spec.threads, spec.memory, spec.gpu) == (1, None, 0)
    assert (spec.time_limit, spec.budget, spec.results, spec.about) == (None, None, None, None)


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("seeds: 0..99", "seeds", range(100)),
        ("seeds: 7 .. 7", "seeds", range(7, 8)),
        ("time_limit: 90", "time_limit", 90),
        ("time_limit: 0.5", "time_limit", 0.5),
        ("budget: 30s", "budget", 30),
        ("budget: 2 d", "budget", 2 * 24 * 3600),
        ("resources: {memory: 1.5GB}", "memory", 1_500_000_000),
        ("results: s3://bucket/x", "results", "s3://bucket/x"),
        ("results: simplecache::s3://bucket/x", "results", "simplecache::s3://bucket/x"),
        ("results: build/../shared", "results", "build/../shared"),
    ],
)
def test_values_are_written_as_people_do(sweep, line, key, value):
    assert getattr(sweep(f"notebook: 02_kinds\nlist: [{{n: 1}}]\n{line}"), key) == value


def test_seed_is_the_last_to_vary_even_in_a_grid(sweep):
    assert sweep("notebook: 02\ngrid: {seed: [1, 2], n: [1, 2]}").varying == ["n", "seed"]


def ranges(text, n=9):
    return f"random: {{n: {n}, seed: 1, ranges: {{{text}}}}}"


BAD = [
    # what pydantic finds
    ("gird: {n: [1]}", "gird: no such key: did you mean 'grid'?"),
    ("1: 2", "1: no such key"),
    ("grid:", "grid: has no value"),
    ("grid: {}", "grid: must not be empty"),
    ("grid: {n: []}", "grid.n: must not be empty"),
    ("grid: {n: 3}", "grid.n: must be a list (given: 3)"),
    ("grid: [n]", "grid: must be a mapping"),
    ("zip: {}", "zip: must not be empty"),
    ("list: []", "list: must not be empty"),
    ("list: [{}]", "list.0: must not be empty"),
    ("list: [3]", "list.0: must be a mapping"),
    ("scale: smok", "scale: input should be 'smoke', 'laptop' or 'paper' (given: 'smok')"),
    ("repeat: 0", "repeat: input should be greater than or equal to 1 (given: 0)"),
    ("repeat: 2.0", "repeat: input should be a valid integer"),
    ("resources: {memroy: 2 GiB}", "resources.memroy: no such key: did you mean 'memory'?"),
    ("resources: {threads: 0}", "resources.threads: "),
    ("resources: {gpu: -1}", "resources.gpu: "),
    ("resources: {gpu: true}", "resources.gpu: "),
    ("resources: {memory: 3}", "resources.memory: must be a number and a unit (MB, GB"),
    ("resources: {memory: 3 gib}", "resources.memory: must be a number and a unit"),
    ("resources: {memory: 0 GiB}", "resources.memory: must be positive"),
    ("resources: 3", "resources: must be a mapping"),
    ("time_limit: 10 minutes", "time_limit: must be a number and a unit (s, min, h, d)"),
    ("time_limit: 0", "time_limit: must be positive and finite (given: 0)"),
    ("time_limit: .inf", "time_limit: must be positive and finite"),
    ("time_limit: .nan", "time_limit: must be positive and finite"),
    ("time_limit: true", "time_limit: must be a number"),
    ("budget: -1 h", "budget: must be a number"),
    ("seeds: 5..3", "seeds: runs backwards: did you mean 3..5?"),
    ("seeds: a..b", "seeds: must be a range such as 0..49"),
    ("seeds: 5", "seeds: must be a range"),
    ("seeds: []", "seeds: must be a range"),
    ("seeds: [1, true]", "seeds: must be a range"),
    ("about: [a]", "about: input should be a valid string"),
    # the file itself
    ("grid: {n: [1], n: [2]}", "cannot be read as YAML: line 2: key 'n' is given twice"),
    ("grid: {n: [1}", "cannot be read as YAML: line 2: "),
    ("about: 2020-13-45", "cannot be read as YAML: month must be in 1..12"),
    ("about: \x07", "cannot be read as YAML: "),
    # parameters
    ("parameters: {m: 1}\nrepeat: 2", "parameters.m: no parameter 'm'"),
    ("parameters: {wich: max}\nrepeat: 2", "parameters.wich: no parameter 'wich': did you mean 'which'?"),
    ("parameters: {n: 31}\nrepeat: 2", "parameters.n: parameter 'n' must lie in 1..30, given 31"),
    ("grid: {siezs: [[1]]}", "grid.siezs: no parameter 'siezs': did you mean 'sizes'?"),
    ("grid: {n: [1, 2.5]}", "grid.n: parameter 'n' is int, given 2.5"),
    ("grid: {n: [1, 31]}", "grid.n: parameter 'n' must lie in 1..30, given 31"),
    ("grid: {which: [mid]}", "grid.which: parameter 'which' is Literal"),
    ("grid: {x: [.nan]}", "grid.x: parameter 'x' must be finite"),
    ("grid: {n: [1, 2, 1]}", "grid.n: n = 1 is given twice"),
    ("grid: {x: [1, 1.0]}", "grid.x: x = 1.0 is given twice"),
    ("grid: {sizes: [[1], [1.0]]}", "grid.sizes: sizes = [1.0] is given twice"),
    ("zip: {n: [1, 2], which: [max]}", "zip: all need the same number of values, but n has 2, which has 1"),
    ("zip: {n: [1, 1], x: [0, 0]}", "zip: n = 1, x = 0.0 is given twice"),
    ("zip: {n: [1, 31]}", "zip.n: parameter 'n' must lie in 1..30, given 31"),
    ("list: [{n: 1}, {x: 1}]", "list.1: has x, but list.0 has n"),
    ("list: [{n: 1, x: 1}, {n: 1}]", "list.1: has n, but list.0 has n, x"),
    ("list: [{n: 1}, {n: 31}]", "list.1.n: parameter 'n' must lie in 1..30, given 31"),
    ("list: [{n: 1, x: 0}, {x: 0.0, n: 1}]", "list: n = 1, x = 0.0 is given twice"),
    ("seeds: [3, 1, 3]", "seeds: seed = 3 is given twice"),
    ("seeds: [0, 100]", "seeds: parameter 'seed' must lie in 0..99, given 100"),
    ("seeds: 0..100", "seeds: parameter 'seed' must lie in 0..99, given 100"),
    ("seeds: -1..3", "seeds: parameter 'seed' must lie in 0..99, given -1"),
    # one parameter from two places
    ("parameters: {n: 1}\ngrid: {n: [1]}", "grid.n: 'n' is given in parameters.n too"),
    ("grid: {n: [1]}\nzip: {n: [1]}", "zip: 'n' is given in grid.n too"),
    ("list: [{n: 1}]\ngrid: {n: [1]}", "grid.n: 'n' is given in list too"),
    (ranges("n: {low: 1, high: 2}") + "\ngrid: {n: [1]}", "grid.n: 'n' is given in random too"),
    ("parameters: {seed: 1}\nseeds: 0..3", "seeds: 'seed' is given in parameters.seed too"),
    ("grid: {seed: [1]}\nseeds: 0..3", "seeds: 'seed' is given in grid.seed too"),
    # random
    ("random: {seed: 1, ranges: {n: {low: 1, high: 3}}}", "random.n: is missing"),
    ("random: {n: 1, ranges: {n: {low: 1, high: 3}}}", "random.seed: is missing"),
    ("random: {n: 1, seed: 1}", "random.ranges: is missing"),
    ("random: {n: 1, seed: 1, ranges: {}}", "random.ranges: must not be empty"),
    ("random: {n: 1, seed: 1, rnages: {}}", "random.rnages: no such key: did you mean 'ranges'?"),
    (ranges("n: {low: 1, high: 3}", 0), "random.n: input should be greater than or equal to 1"),
    (ranges("n: {low: 1, high: 3}", 10**9), "random.n: input should be less than or equal to 1000000"),
    (ranges("n: {low: 1}"), "random.ranges.n: give either low and high (and log), or choice"),
    (ranges("n: {choice: [1], high: 3}"), "random.ranges.n: give either low and high (and log), or choice"),
    (ranges("n: {choice: []}"), "random.ranges.n.choice: must not be empty"),
    (ranges("n: {choice: [1, 1]}"), "random.ranges.n.choice: n = 1 is given twice"),
    (ranges("n: {choice: [31]}"), "random.ranges.n.choice: parameter 'n' must lie in 1..30, given 31"),
    (ranges("n: {low: 3, high: 3}"), "random.ranges.n: low must be below high, given 3 and 3"),
    (ranges("x: {low: 0.5, high: 0.1}"), "random.ranges.x: low must be below high, given 0.5 and 0.1"),
    (ranges("n: {low: 0, high: 3}"), "random.ranges.n.low: parameter 'n' must lie in 1..30, given 0"),
    (ranges("n: {low: 1, high: 31}"), "random.ranges.n.high: parameter 'n' must lie in 1..30, given 31"),
    (ranges("n: {low: 1.5, high: 3}"), "random.ranges.n.low: parameter 'n' is int, given 1.5"),
    (ranges("n: {low: 1, high: 3, log: true}"), "random.ranges.n: log needs a float parameter and low above 0"),
    (ranges("x: {low: 0, high: 1, log: true}"), "random.ranges.x: log needs a float parameter and low above 0"),
    (ranges("which: {low: max, high: min}"), "random.ranges.which: 'which' is Literal['max', 'min']: give a choice"),
    (ranges("sizes: {low: [1], high: [2]}"), "random.ranges.sizes: 'sizes' is list[float]: give a choice"),
    (ranges("m: {low: 1, high: 3}"), "random.ranges.m.low: no parameter 'm'"),
    # places
    (
        "results: /scratch/x\nrepeat: 2",
        "results: '/scratch/x' leaves the repository: give a file:// URL, or use --results",
    ),
    ("results: ~/x\nrepeat: 2", "results: '~/x' leaves the repository"),
    ("results: ../x\nrepeat: 2", "results: '../x' leaves the repository"),
    ("results: common/x\nrepeat: 2", "results: 'common/x' leaves the repository"),  # toy/common is a link to elsewhere
    ("results: s4://x\nrepeat: 2", "results: no file system 's4': did you mean 's3'?"),
    ("scale: paper\nrepeat: 2", "scale: toy has no params/paper.yaml"),
]


@pytest.mark.parametrize(("text", "told"), BAD)
def test_an_error_is_one_line_that_names_file_and_key(sweep, text, told):
    with pytest.raises(ParameterError) as caught:
        sweep(f"notebook: 02_kinds\n{text}")
    message = str(caught.value)
    assert message.startswith(f"toy/params/sweep_s.yaml: {told}")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "must be a mapping of keys to values"),
        ("- notebook: 02", "must be a mapping of keys to values"),
        (b"\xff\xfe\xfa", "cannot be read as YAML: "),
        ("grid: {n: [1]}", "notebook: is missing"),
        ("notebook: 02", "nothing is swept: give grid, zip, list, random, seeds or repeat"),
        ("notebook: 02\nrepeat: 1\nparameters: {n: 2}", "nothing is swept: give grid, zip"),
        ("notebook: true", "notebook: must be the stem or the number"),
        ("notebook: ../../x", "notebook: must be the stem or the number of a notebook of the same paper, not a path"),
        ("notebook: ../other/01_x.ipynb", "notebook: must be the stem or the number"),
        ("notebook: /etc/passwd", "notebook: must be the stem or the number"),
        ("notebook: ..", "notebook: must be the stem or the number"),
        ("notebook: 02_kind\nrepeat: 2", "notebook: toy has no notebook '02_kind': did you mean '02_kinds'?"),
        ("notebook: 03\nseeds: 0..3", "seeds: the notebook declares no parameter 'seed: int'"),
        (
            "notebook: 01\nscale: laptop\nseeds: 0..1",
            "scale: toy/params/laptop.yaml does not name the notebook '01_double'",
        ),
    ],
)
def test_errors_of_whole_files(sweep, text, told):
    with pytest.raises(ParameterError) as caught:
        sweep(text)
    assert str(caught.value).startswith(f"toy/params/sweep_s.yaml: {told}")
    assert "\n" not in str(caught.value)


def test_the_target_is_a_name_or_a_path_as_the_shell_completes_it(toy, monkeypatch):
    path = write(toy, "notebook: 01\nrepeat: 2", "small")
    monkeypatch.chdir(toy.paper)
    for target in ("toy/small", str(path), "params/sweep_small.yaml", "../toy/params/sweep_small.yaml"):
        assert load_spec(toy.root, target).id == "toy/small"
    assert [load_spec(toy.root, str(path)).id for path in all_sweeps(toy.root)] == ["toy/small"]


def test_a_sweep_that_is_not_there_is_told_with_the_nearest(toy):
    write(toy, "notebook: 01\nrepeat: 2", "small")
    for target, told in {
        "toy/smal": "toy has no sweep 'smal': did you mean 'toy/small'?",
        "toy/": "toy has no sweep '': ",
        str(toy.paper / "params" / "sweep_smal.yaml"): "toy has no sweep 'smal': did you mean 'toy/small'?",
        "toi/small": "no paper 'toi': did you mean 'toy'?",
        "small": "'small' is not PAPER/SWEEP: did you mean 'toy/small'?",
    }.items():
        with pytest.raises(UnknownNameError) as caught:
            load_spec(toy.root, target)
        assert str(caught.value).startswith(told)


def test_a_file_elsewhere_is_no_sweep(toy, tmp_path):
    for path in (tmp_path / "sweep_x.yaml", toy.paper / "sweep_x.yaml", toy.paper / "params" / "notes.yaml"):
        path.write_text("notebook: 01")
        with pytest.raises(ParameterError, match=r"is not papers/PAPER/params/sweep_NAME\.yaml of this repository"):
            load_spec(toy.root, str(path))
