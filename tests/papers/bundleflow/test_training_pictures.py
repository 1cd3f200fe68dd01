"""Pictures show the numbers that they are given."""

import numpy as np
import pandas as pd

from papers.bundleflow.menu_history import PRICE_QUANTILES
from papers.bundleflow.training_pictures import clock_picture, course_picture, variants_picture


def a_course(seed):
    rng = np.random.default_rng(seed)
    names = [f"price_{round(100 * q):02d}" for q in PRICE_QUANTILES]
    course = pd.DataFrame(np.sort(rng.random((4, 5)), axis=1), columns=names)
    earned = {"soft_revenue": rng.random(4), "hard_revenue": rng.random(4), "nothing_bought": rng.random(4)}
    return course.assign(iteration=range(4), seed=seed, inverse_temperature=[0.01, 0.1, 1.0, 1.0], **earned)


def test_the_clock_shows_means_over_seeds():
    courses = pd.concat([a_course(0), a_course(1)])
    prices, sales, revenue = clock_picture(courses).axes
    mean = courses.groupby("iteration").mean()
    np.testing.assert_allclose(prices.lines[0].get_ydata(), mean["price_50"])
    paid = (courses["hard_revenue"] / (1 - courses["nothing_bought"])).groupby(courses["iteration"]).mean()
    np.testing.assert_allclose(prices.lines[1].get_ydata(), paid)
    np.testing.assert_allclose(sales.lines[0].get_ydata(), mean["nothing_bought"])
    np.testing.assert_allclose(sales.lines[1].get_ydata(), [0, 0.5, 1, 1], atol=1e-12)
    np.testing.assert_allclose(revenue.lines[1].get_ydata(), mean["hard_revenue"])


def test_one_course_shows_its_prices_and_what_all_earn():
    first, second = a_course(0), a_course(1)
    prices, revenue = course_picture(first, {"one": first, "two": second}, surplus=2.0).axes
    np.testing.assert_allclose(prices.lines[1].get_ydata(), first["price_50"])
    np.testing.assert_allclose(revenue.lines[1].get_ydata(), second["hard_revenue"] / 2)


def test_variants_stand_side_by_side_over_lines():
    table = pd.DataFrame({"variant": ["one", "one", "two", "two"], "revenue": [1.0, 3.0, 5.0, 6.0]})
    panel = variants_picture({"means": table}, ylabel="revenue (unit)", lines={"grand": 7.0}).axes[0]
    assert [label.get_text() for label in panel.get_xticklabels()] == ["one", "two"]
    assert [text.get_text() for text in panel.texts] == ["grand"]
    assert panel.get_ylim()[0] == 0
    heights = {y for line in panel.lines for y in np.atleast_1d(line.get_ydata()).tolist()}
    assert {1.0, 3.0, 5.0, 6.0, 2.0, 5.5, 7.0} <= heights
