import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest

from common.plots import Agents, Arrows, NetworkState, Slider, SpatialState, explorer

EVIL = '<script>bad()</script> & "quotes" \' \u2028 </div>'
SLIDERS = [Slider("Density q (probability)", (0.1, 0.25)), Slider("Prices", ("max", "min"))]


def markets(n=3, m=2, readout="revenue (value units)"):
    """Return four states that all differ, one for each setting of SLIDERS."""
    states = {}
    for key in [(q, price) for q in (0.1, 0.25) for price in ("max", "min")]:
        world = np.zeros((n, m), dtype=bool)
        world[0, 0] = True
        introduced = np.zeros((n, m), dtype=bool)
        introduced[1, 1] = key[0] > 0.2
        prices = np.array([1.004, -0.001]) if key[1] == "max" else np.zeros(2)
        states[key] = NetworkState(world, introduced, introduced, prices, np.arange(n), readouts={readout: key[0] * 10})
    return states


def cities(title=""):
    """Return four states of a city that grows by a courier, with tips and without."""
    states = {}
    for couriers, tips in [(n, tips) for n in (1, 2) for tips in ("yes", "no")]:
        points, orders = [(0, 0), (10, 0)][:couriers], [(0, 0), (1, 1)][:couriers]
        notes = {"t": np.arange(couriers) + 0.5} if tips == "yes" else {}
        states[couriers, tips] = SpatialState(
            [
                Agents(f"couriers{title}", points),
                Agents("stores", [(0, 5), (10, 5)], [False, couriers < 2], {"p": [1.25, "∞"]}),
            ],
            [Arrows(f"drives{title}", f"couriers{title}", "stores", orders, notes, colour="#0072B2", dashed=True)],
            {"welfare": couriers * 1.5, "equilibrium": tips},
        )
    return states


CITY_SLIDERS = [Slider("couriers (count)", (1, 2)), Slider("tips", ("yes", "no"))]


def payload(html):
    return json.loads(re.search(r'networkExplorer\("ne-[0-9a-f]{10}",(.*)\);\}\)\(\);</script>$', html, re.DOTALL)[1])


def bits(text, shape):
    flat = [int(b) for digit in text for b in f"{int(digit, 16):04b}"]
    return np.array(flat[: shape[0] * shape[1]], dtype=bool).reshape(shape)


def test_every_frame_survives_the_encoding():
    states = markets()
    data = payload(explorer(states, SLIDERS, title="t").html)
    assert data["shape"] == [3, 2]
    for frame, state in zip(data["frames"], states.values(), strict=True):
        for text, mask in zip(frame, (state.world, state.introduced, state.traded), strict=False):
            assert (bits(text, (3, 2)) == mask).all()
        assert frame[3] == pytest.approx(np.round(state.prices, 2).tolist())
        assert frame[4] == state.utilities.tolist()
    assert "-0.0" not in json.dumps(data["frames"])


def test_equal_arguments_give_equal_pages_and_others_do_not():
    one, again = (explorer(markets(), SLIDERS, title="t") for _ in range(2))
    assert one.html == again.html
    assert one._repr_mimebundle_() == {"text/html": one.html, "text/plain": one.text}
    other = explorer(markets(), SLIDERS, title="t", start=(0.25, "min"))
    names = [re.search('data-network-explorer="([^"]+)"', e.html)[1] for e in (one, other)]
    assert len(set(names)) == 2


def test_no_label_escapes_into_the_page():
    class Tags(HTMLParser):
        def __init__(self):
            super().__init__()
            self.seen, self.kept, self.addresses = [], [], []

        def handle_starttag(self, tag, attrs):
            self.seen.append(tag)
            self.addresses += [value for name, value in attrs if name in ("src", "href")]

        def handle_data(self, data):
            self.kept.append(data)

    states = markets(readout=EVIL)
    html = explorer(states, [SLIDERS[0], Slider(EVIL, ("max", "min"))], title=EVIL).html
    tags = Tags()
    tags.feed(html)
    assert tags.seen == ["style", "div", "p", "p", "em", "script"]
    assert tags.addresses == []
    assert html.count("<script>") == 1
    assert "innerHTML" not in html
    assert "import" not in html.split("networkExplorer(", 2)[1]


def test_a_hundred_markets_of_six_by_six_fit_a_notebook(rng):
    sliders = [Slider("q (probability)", np.linspace(0, 1, 5).tolist()), Slider("k (count)", range(7))]
    sliders.append(Slider("Prices", ("max", "mid", "min")))
    frames = {}
    for q in sliders[0].values:
        for k in sliders[1].values:
            for price in sliders[2].values:
                world = rng.random((6, 6)) < q
                readouts = {name: rng.random() for name in ("revenue", "welfare", "W*", "bound")}
                frames[q, k, price] = NetworkState(
                    world, ~world & (rng.random((6, 6)) < 0.1), None, rng.random(6), rng.random(6), readouts=readouts
                )
    assert len(frames) == 105
    assert len(explorer(frames, sliders, title="t").html.encode()) < 60_000


def test_the_text_tells_the_first_state():
    text = explorer(markets(), SLIDERS, title="A market", start=(0.25, "min")).text
    assert text == (
        "A market. Interactive picture, shown at Density q (probability) = 0.25, Prices = min. "
        "revenue (value units): 2.50"
    )


def test_refuses():
    states = markets()
    missing = {key: state for key, state in states.items() if key != (0.25, "min")}
    wider = {**states, (0.1, "max"): NetworkState(np.ones((4, 2)))}
    for frames, sliders, more, message in [
        (missing, SLIDERS, {}, r"missing \[\(0.25, 'min'\)\]"),
        ({**states, (9, "max"): states[0.1, "max"]}, SLIDERS, {}, r"unknown \[\(9, 'max'\)\]"),
        (wider, SLIDERS, {}, "agree in shape and readouts"),
        (states, [], {}, "at least one Slider"),
        (states, SLIDERS, {"start": (3, "max")}, "start must be a combination"),
        (states, SLIDERS, {"title": ""}, "title must be"),
        (states, SLIDERS, {"digits": -1}, "digits must be in 0..6"),
        ({**states, (0.1, "min"): cities()[1, "yes"]}, SLIDERS, {}, r"agree in shape .* at \(0.1, 'min'\)"),
        (dict.fromkeys(states, 3), SLIDERS, {}, "frames must hold NetworkState or SpatialState, got int"),
    ]:
        with pytest.raises(ValueError, match=message):
            explorer(frames, sliders, **{"title": "t", **more})
    with pytest.raises(ValueError, match="must be different and at least one"):
        Slider("q", (1, 1))


BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MOVE = """<script>
const range = document.querySelector("input[type=range]"), select = document.querySelector("select");
range.value = 1; range.dispatchEvent(new Event("input"));
select.value = 1; select.dispatchEvent(new Event("change"));
</script>"""


needs_browser = pytest.mark.skipif(BROWSER is None, reason="needs Chromium to run the script of the page")


def drawn_by_browser(tmp_path, html):
    """Open a page and return its document without the scripts."""
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><meta charset='utf-8'><body>{html}</body>", encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    flags += ["--disable-component-update", "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}"]
    flags += ["--enable-logging=stderr", "--dump-dom"]
    run = subprocess.run([BROWSER, *flags, page.as_uri()], capture_output=True, text=True, timeout=90, check=True)
    assert "CONSOLE" not in run.stderr
    return re.sub(r"<script>.*?</script>", "", run.stdout, flags=re.DOTALL)


@needs_browser
def test_sliders_move_the_picture_in_a_browser(tmp_path):
    html = explorer(markets(), SLIDERS, title=EVIL).html
    drawn = drawn_by_browser(tmp_path, html + html + MOVE)
    first, second = drawn.split('data-network-explorer="')[1:]
    assert first.count('data-kind="introducedTraded"') == 1  # q = 0.25 introduces a pair, q = 0.1 does not
    assert second.count('data-kind="introducedTraded"') == 0  # the other explorer of the page stays where it is
    assert "p = 0.00" in first
    assert "p = 1.00" not in first
    assert "p = 1.00" in second
    assert "<dd>2.50</dd>" in first
    assert 'aria-valuetext="0.25"' in first
    assert "b2-s2" in re.search('role="img"[^>]*aria-label="([^"]*)"', first)[1]
    assert "bad()" in first  # shown as text


@needs_browser
def test_couriers_come_and_go_in_a_browser(tmp_path):
    html = explorer(cities(EVIL), CITY_SLIDERS, title="A city").html
    moved, resting = drawn_by_browser(tmp_path, html + html + MOVE).split('data-network-explorer="')[1:]

    def texts(part):
        return re.findall("<text[^>]*>([^<]*)</text>", part)

    assert sorted(texts(resting)) == ["c1", "p = 1.25", "s1", "s2", "t = 0.50", "∞"]
    assert sorted(texts(moved)) == ["c1", "c2", "p = 1.25", "s1", "s2", "∞"]  # two couriers, no tips
    for part, count in ((resting, 1), (moved, 2)):
        assert len(re.findall('<line [^>]*stroke="#0072b2"[^>]*data-kind', part)) == count
    words = [re.search('role="img"[^>]*aria-label="([^"]*)"', part)[1] for part in (resting, moved)]
    assert "c1-s1 (t = 0.50). Idle: s2. s1: p = 1.25. s2: ∞." in words[0]
    assert "c1-s1, c2-s2. Idle: none." in words[1]
    assert "<dd>3.00</dd>" in moved
    assert "<dd>no</dd>" in moved
    assert "bad()" in moved  # shown as text
    # the city is upright: the courier stands below the store, in the middle column of neither
    (below,), (above,) = (
        re.findall(rf'<text x="([^"]*)" y="([^"]*)"[^>]*>{name}</text>', moved) for name in ("c1", "s1")
    )
    assert below[0] == above[0]
    assert float(below[1]) > float(above[1])
