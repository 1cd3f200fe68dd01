"""The page of a sweep: all of it is told, nothing comes from elsewhere, and no name can break it."""

import html
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from common.companion.sweeps.page import write_page
from common.companion.sweeps.planning import plan_sweep
from common.companion.sweeps.store import store_of
from common.stats import mean_interval
from tests.conftest import write_notebook

EVIL = "<script>alert('x')</script> & \"$a$ $\\frac\""
_VOID = {"meta", "link", "br", "img", "input"}


class Page(HTMLParser):
    """Reads a page as a browser does: its references, its tables, and whether every element is closed."""

    def __init__(self, text):
        super().__init__()
        self.opened, self.references, self.ids, self.rows, self.scripts = [], [], [], [], 0
        self.text, self.labels = "", []
        self.feed(text)
        assert not self.opened

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        if tag not in _VOID:
            self.opened.append(tag)
        self.references += [told[key] for key in ("href", "src", "xlink:href") if key in told]
        self.references += re.findall(r"url\(([^)]*)\)", " ".join(value or "" for value in told.values()))
        self.ids += [told[key] for key in ("id",) if key in told]
        self.labels += [told["aria-label"] for _ in range(tag == "svg")]
        self.scripts += tag == "script"
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.opened.pop() == tag

    def handle_data(self, data):
        if self.opened and self.opened[-1] not in ("script", "style"):
            self.text += data
            if {"td", "th"} & set(self.opened):
                self.rows[-1][-1] += data


@pytest.fixture
def sweep(toy):
    """Return a function from the content of a sweep file to its plan."""
    write_notebook(
        toy.paper / "01_double.ipynb",
        "# Doubling",
        "from typing import Literal\n\nn: int = 3  # 1..99999 things\nseed: int = 0  # 0..\n"
        "which: Literal['max', 'min'] = 'max'\neps: float = 0.1  # rate of learning",
        "1",
    )

    def planned(limit=None, **content):
        path = toy.paper / "params" / "sweep_one.yaml"
        path.write_text(yaml.safe_dump({"notebook": "01_double"} | content))
        return plan_sweep(toy.root, "toy/one", limit)

    return planned


def table_of(plan, values, status=None, **columns):
    """Make up the table of a sweep."""
    n, varying = len(plan.tasks), plan.spec.varying
    swept = {name: pd.Series([task.parameters[name] for task in plan.tasks]) for name in varying}
    fixed = {
        "run": [task.name for task in plan.tasks],
        "status": status or ["done"] * n,
        "repeat": [task.repeat for task in plan.tasks],
        "seconds": [1.5] * n,
        "cpu_seconds": [1.0] * n,
        "peak_memory": pd.array([3 * 2**20] * n, dtype="Int64"),
        "attempts": [1] * n,
        "finished": ["2026-01-02T03:04:05Z"] * n,
        "commit": ["abc"] * n,
        "dirty": pd.array([False] * n, dtype="boolean"),
        "reason": pd.array([None] * n, dtype="string"),
        "error": pd.array([None] * n, dtype="string"),
    }
    table = pd.DataFrame(fixed | swept | values | columns)
    table.attrs = {
        "varying": varying,
        "parameters": [v for v in varying if v != "seed"],
        "values": list(values),
        "arrays": [],
    }
    return table


def written(plan, table, **arguments):
    folder = plan.root / "build" / "sweeps" / "toy" / "one"
    folder.mkdir(parents=True, exist_ok=True)
    path = write_page(plan, table, folder, folder, **arguments)
    assert path == folder / "index.html"
    assert list(folder.iterdir()) == [path]
    return path.read_text()


def test_all_of_it_is_told(sweep):
    plan = sweep(
        about="How much?", grid={"n": [1, 2, 4], "which": ["max", "min"]}, seeds="0..1", parameters={"eps": 0.5}
    )
    values = {
        "welfare": np.arange(12.0),
        "met": pd.array([True, None] * 6, dtype="boolean"),
        "curve": pd.Series([[1, 2]] * 12),
        "words": pd.Series([["a"]] * 12),
    }
    text = written(plan, table_of(plan, values))
    page = Page(text)
    assert page.rows[0] == ["notebook", "toy/01_double, smoke scale"]
    assert ["commit", "abc"] in page.rows
    assert ["n", "swept: 1, 2, 4", "1..99999 things"] in page.rows
    assert ["seed", "swept: 0, 1", "0.."] in page.rows
    assert ["eps", "0.5", "rate of learning"] in page.rows
    assert "12 runs: 12 done, 0 failed" in page.text
    assert "How much?" in page.text
    assert re.findall("<h3>(.*?)</h3>", text) == ["welfare", "met", "curve"]
    assert "Share of true ones, 6 runs; 6 finished runs have no such value." in page.text
    assert page.text.index("words: lists of texts") < page.text.index("A point is a run")
    assert "Means of the entries, 12 runs." in page.text
    assert "Bands and whiskers are 95\xa0% intervals" in page.text
    assert [
        plan.tasks[0].name,
        "done",
        "1",
        "max",
        "0",
        "0",
        "True",
        "[1, 2]",
        "['a']",
        "1.5",
        "1",
        "3",
        "1",
    ] in page.rows
    assert "Failures" not in page.text


def test_nothing_comes_from_elsewhere(sweep):
    plan = sweep(grid={"n": [1, 2]}, seeds="0..4")
    text = written(plan, table_of(plan, {"welfare": np.arange(10.0)}))
    page = Page(text)
    assert len(page.references) > 10
    for reference in page.references:
        assert re.match(r"(#|data:|table\.|\.\./)", reference.strip("\"'")), reference
    assert page.scripts == 1
    assert "@import" not in text
    assert str(plan.root) not in text
    assert not re.search(r"(?<!xmlns=\")(?<!xmlns:xlink=\")https?://", text)


def test_no_name_can_break_it(sweep):
    plan = sweep(about=EVIL, grid={"n": [1, 2, 3], "which": ["max", "min"]})
    table = table_of(plan, {EVIL: np.arange(6.0), f"{EVIL} list": pd.Series([[EVIL]] * 6)}, ["done"] * 5 + ["failed"])
    table["which"] = [EVIL, "#333333", "$", "{x}", "#333333", "x" * 300]
    table["reason"], table["error"] = [None] * 5 + ["notebook error"], [None] * 5 + [EVIL]
    text = written(plan, table)
    page = Page(text)
    assert page.scripts == 1
    assert page.text.count(EVIL) > 5
    (label,) = page.labels
    assert EVIL in label
    assert page.text.count("#333333") == 4  # parameters, axis, two in the table: a name is not taken for a colour


def test_figures_are_whole_and_their_ids_differ(sweep):
    plan = sweep(grid={"n": [1, 10, 100, 1000], "which": ["max", "min"]}, seeds="0..9")
    rng = np.random.default_rng(3)
    values = {f"v{i}": rng.normal(size=80) for i in range(3)}
    text = written(plan, table_of(plan, values))
    figures = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    ids = Page(text).ids
    assert len(figures) == 3
    assert len(set(ids)) == len(ids) > 3
    for figure in figures:
        tree = ElementTree.fromstring(figure)
        assert tree.get("role") == "img"
        assert len(tree.get("aria-label")) > 50
        labels = [node.text for node in tree.iter("{http://www.w3.org/2000/svg}text")]
        assert {"n", "which", "seed", "1", "10", "100", "1000", "max", "min"} <= set(labels)
        assert "#333333" not in figure  # ink is the page's
        points = [node for node in tree.iter("{http://www.w3.org/2000/svg}use") if "--points" in node.get("style", "")]
        assert len(points) == 3 * 80


def test_means_in_the_alt_text_are_those_of_the_runs(sweep):
    plan = sweep(grid={"n": [1, 2], "eps": [0.1, 0.2]}, seeds="0..9")
    rng = np.random.default_rng(5)
    table = table_of(plan, {"welfare": rng.normal(size=40), "met": rng.random(40) < 0.3})
    first, second = Page(written(plan, table)).labels
    for n in (1, 2):
        mean = mean_interval(table.loc[table["n"] == n, "welfare"]).estimate
        assert f"{mean:.6g} at {n}" in first
        assert f"{table.loc[table['n'] == n, 'met'].mean():.6g} at {n}" in second


SVG = "{http://www.w3.org/2000/svg}"


def written_in(figure):
    return [node.text for node in ElementTree.fromstring(figure).iter(f"{SVG}text")]


@pytest.mark.parametrize("seeds", [{}, {"seeds": "0..4"}])
def test_lists_have_a_line_and_a_legend_an_entry(sweep, seeds):
    plan = sweep(grid={"n": [1, 2, 4], "which": ["max", "min"]}, **seeds)
    rng = np.random.default_rng(8)
    curve = rng.normal(size=(len(plan.tasks), 10))
    table = table_of(plan, {"curve": pd.Series(curve.tolist())})
    text = written(plan, table)
    (figure,) = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert [name for name in written_in(figure) if "[" in name] == [f"curve[{i}]" for i in range(8)]
    assert all(f"var(--entry{i})" in figure and f"--entry{i}: #" in text for i in range(2, 8))
    page = Page(text)
    assert "curve[8] to curve[9]: the first 8 of 10 entries are drawn" in page.text
    assert ("95\xa0% intervals" in page.text) == bool(seeds)
    assert ("from the least\nto the greatest run" in page.text) != bool(seeds)
    first, last = (curve[(table["n"] == n).to_numpy(), 7].mean() for n in (1, 4))
    assert f"Mean of curve[7] by n: from {first:.6g} at 1 to {last:.6g} at 4." in page.labels[0]


@pytest.mark.parametrize(
    "points", [{"zip": {"n": [1, 2], "eps": [0.1, 0.2]}}, {"list": [{"n": 1, "eps": 0.1}, {"n": 2, "eps": 0.2}]}]
)
def test_parameters_that_change_together_are_told(sweep, points):
    plan = sweep(**points, grid={"which": ["max", "min"]})
    text = written(plan, table_of(plan, {"welfare": np.arange(4.0)}))
    page = Page(text)
    assert ["n", "swept: 1, 2; walked together with eps", "1..99999 things"] in page.rows
    assert ["which", "swept: max, min", ""] in page.rows
    (figure,) = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert sorted(name for name in written_in(figure) if "walked" in name) == [
        f"walked together with {x}" for x in ("eps", "n")
    ]
    assert "by n (walked together with eps):" in page.labels[0]


def test_random_draws_do_not_change_together(sweep):
    ranges = {"eps": {"low": 0.1, "high": 1.0}, "n": {"low": 1, "high": 9}}
    plan = sweep(random={"n": 5, "seed": 1, "ranges": ranges})
    assert "walked" not in written(plan, table_of(plan, {"welfare": np.arange(5.0)}))


def test_failures_with_reasons_and_partial_notebooks(sweep):
    plan = sweep(grid={"n": list(range(1, 21))})
    status = ["failed"] * 12 + ["planned"] * 3 + ["done"] * 5
    table = table_of(plan, {"welfare": np.where(np.array(status) == "done", 1.0, np.nan)}, status)
    table["reason"] = ["time limit"] * 2 + ["notebook error"] * 10 + [None] * 8
    table["error"] = [None] * 2 + [f"cell 4: ValueError: {n} is odd" for n in range(10)] + [None] * 8
    store = store_of(plan.spec)
    kept = store.url(plan.tasks[2].name, ".failed.ipynb")
    store.folder.mkdir(parents=True)
    Path(kept).touch()
    page = Page(written(plan, table))
    assert "20 runs: 5 done, 12 failed, 3 not yet run" in page.text
    assert ["10", "notebook error: cell 4: ValueError: 0 is odd", "n=3, notebook up to the failing cell"] in page.rows
    assert ["2", "time limit", "n=1"] in page.rows
    partial = [reference for reference in page.references if reference.endswith(".failed.ipynb")]
    assert set(partial) == {f"../01_double-{plan.tasks[2].name}.failed.ipynb"}
    assert len(page.references) - len(partial) > 5
    assert f"../01_double-{plan.tasks[19].name}.ipynb" in page.references
    assert not [r for r in page.references if plan.tasks[13].name in r]


def test_provenance_of_every_run_and_no_link_to_a_remote_place(sweep):
    plan = sweep(grid={"n": [1, 2, 3]}, results="memory://bucket/x")
    table = table_of(plan, {"welfare": [1.0, 2.0, 3.0]}, commit=["abc", "abc", "def"])
    table["dirty"] = pd.array([False, False, True], dtype="boolean")
    store = store_of(plan.spec)
    for task, machine in zip(plan.tasks, ("small", "small", "large"), strict=True):
        provenance = {"python": "3.11.2", "versions": {"numpy": "2.0"}, "machine": machine}
        store.keep({"run": task.name, "provenance": provenance}, "{}", {}, None)
    page = Page(written(plan, table))
    assert ["commit", "abc (2 runs); def with changes not committed (1 runs)"] in page.rows
    assert ["machines", "small (2 runs); large (1 runs)"] in page.rows
    assert ["versions", "Python 3.11.2, numpy 2.0"] in page.rows
    assert not [r for r in page.references if r.endswith(".ipynb")]


@pytest.mark.parametrize("status", ["failed", "planned"])
def test_nothing_to_draw(sweep, status):
    plan = sweep(grid={"n": [1, 2]})
    table = table_of(plan, {}, [status] * 2)
    assert "Nothing to draw: no finished run has recorded a number." in Page(written(plan, table)).text


def test_nothing_swept(sweep):
    plan = sweep(repeat=3)
    page = Page(written(plan, table_of(plan, {"welfare": [1.0, 2.0, 3.0]})))
    assert "Nothing to draw: no parameter is swept." in page.text
    assert ["repeat", "3 times", "the same parameters again"] in page.rows
    assert [row[2] for row in page.rows[-3:]] == ["0", "1", "2"]


def test_ten_thousand_runs(sweep):
    plan = sweep(
        random={"n": 2500, "seed": 1, "ranges": {"eps": {"low": 1e-4, "high": 1.0, "log": True}}}, seeds="0..3"
    )
    assert len(plan.tasks) == 10_000
    rng = np.random.default_rng(7)
    values = {f"value {i}": rng.normal(size=10_000) for i in range(3)}
    text = written(plan, table_of(plan, values))
    assert len(text.encode()) < 10e6
    page = Page(text)
    assert "The first 5,000 of 10,000 runs; all of them are in table.csv" in page.text
    assert len([row for row in page.rows if row[1:2] == ["done"]]) == 5000
    assert sum("data:image/png" in reference for reference in page.references) >= 3  # points as pixels
    assert html.unescape(page.labels[0]).startswith("Mean of value 0 by eps: from ")
