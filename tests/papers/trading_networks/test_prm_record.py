import numpy as np
import pytest

from common.plots import panels
from papers.trading_networks import enumerate_revenue, harmonic
from papers.trading_networks.prm_record import RECORD, draw_runs, load_record, main, search, tied_market


def test_the_market_on_record_has_the_price_it_claims():
    """Recomputed by enumeration; never above what the bound of S5 allows."""
    net, record = load_record()
    best = record["best"]
    assert net.values.shape == (best["n"], best["m"])
    assert set(np.unique(net.values)) <= set(range(best["largest_value"] + 1))
    price = net.optimal_welfare / enumerate_revenue(net).welfare
    assert price == pytest.approx(best["price"])
    assert price <= 1 + harmonic(net.size)
    assert best["price"] == max(run["price"] for run in record["runs"])
    assert {"command", "commit", "date", "seconds", "machine"} <= set(record["provenance"])
    assert len(RECORD.read_bytes()) < 20_000


def test_the_picture_shows_every_run():
    _, record = load_record()
    ax = draw_runs(record, panels()[1][0])
    points, family, two = ax.lines
    assert points.get_ydata().tolist() == [run["price"] for run in record["runs"]]
    assert (family.get_ydata()[0], two.get_ydata()[0]) == (2 - 1 / record["best"]["largest_value"], 2)


@pytest.mark.parametrize("largest", [2, 10, 20])
def test_a_tie_beats_the_smallest_difference_between_integers(largest):
    net = tied_market(largest)
    best = enumerate_revenue(net)
    assert best.revenue == best.welfare == largest
    assert net.optimal_welfare / best.welfare == pytest.approx(2 - 1 / largest)


def test_a_search_is_reproducible_run_by_run():
    few = search([(2, 2)], 1, 30, seed=5)
    more = search([(2, 2), (2, 3)], 2, 30, seed=5)
    assert [run.price for run in more] == sorted((run.price for run in more), reverse=True)
    (same,) = [run for run in more if (run.net.n_sellers, run.restart) == (2, 0)]
    np.testing.assert_array_equal(same.net.values, few[0].net.values)
    assert same.price == few[0].price


def test_the_command_writes_what_it_found(tmp_path, capsys):
    output = tmp_path / "hunt.json"
    main(["--sizes", "2x2", "--restarts", "2", "--steps", "20", "--seed", "3", "--output", str(output)])
    net, record = load_record(output)
    assert f"{record['best']['price']:.6f}" in capsys.readouterr().out
    assert len(record["runs"]) == 2
    assert record["best"]["price"] == pytest.approx(net.optimal_welfare / enumerate_revenue(net).welfare)
    command = record["provenance"]["command"]
    assert command.endswith("prm_record --sizes 2x2 --restarts 2 --steps 20 --seed 3 --largest-value 20")


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="restarts must be >= 1, given 0"):
        search([(2, 2)], 0, 1, 0)
    with pytest.raises(ValueError, match="sizes must hold"):
        search([], 1, 1, 0)
    with pytest.raises(ValueError, match="largest_value must be >= 2, given 1"):
        tied_market(1)
