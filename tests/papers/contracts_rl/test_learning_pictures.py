import pandas as pd

from papers.contracts_rl.learning_pictures import curves_picture, seeds_picture


def test_a_panel_a_quantity_and_a_curve_a_group():
    table = pd.DataFrame(
        [
            {"step": step, "seed": seed, "phase": phase, "welfare": step + seed, "share": 0.1 * seed}
            for step in (1, 2, 3)
            for seed in range(2)
            for phase in ("a", "b")
        ]
    )
    labels = {"welfare": "welfare (coins)", "share": "payments (share)"}
    figure = curves_picture(table, labels, by="phase", seed="seed", references={"welfare": {"optimum": 3.5}})
    left, right = figure.axes
    assert [ax.get_ylabel() for ax in (left, right)] == list(labels.values())
    means = [line.get_ydata().tolist() for line in left.lines[:2]]
    assert means == [[1.5, 2.5, 3.5]] * 2
    assert [line.get_ydata().tolist() for line in left.lines[2:4]] == [[1, 2, 3], [2, 3, 4]]  # seeds of the first group
    assert len(left.lines) == len(right.lines) + 1 == 2 * 3 + 1
    assert "optimum" in [text.get_text() for text in left.texts]


def test_a_dot_a_seed():
    table = pd.DataFrame({"nudge": ["none", "some"] * 2, "welfare": [1.0, 2.0, 2.0, 4.0], "share": 0.2, "more": 1.0})
    labels = {"welfare": "welfare (coins)", "share": "paid (share)", "more": "more (share)"}
    figure = seeds_picture(table, labels, by="nudge", xlabel="nudge", width=2, references={"share": {"exact": 0.15}})
    assert [ax.get_ylabel() for ax in figure.axes[:3]] == list(labels.values())
    assert sorted(figure.axes[0].lines[0].get_ydata()) == [1.0, 2.0]
    assert [ax.axison for ax in figure.axes] == [True] * 3 + [False]
