"""The explorers in a browser: by mouse, by keys, by touch; their numbers against Python's."""

import json
import re
import time

import numpy as np
import pytest

from lessons.book import build, explorers, folder
from lessons.book.explorers import latent, sliders
from lessons.runner.curriculum import Course
from scratchgen import data, to_numpy
from tests.driven import PHONE

pytestmark = pytest.mark.browser
PATIENCE = 90  # seconds: for a game to be played, on a busy machine


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A book without lessons, in which each explorer has a page of its own."""
    place = tmp_path_factory.mktemp("explorers")
    pages = build.Book(Course([]), [], {}, False, {}).pages()
    folder.replace(place, pages, dict.fromkeys(pages, "full"))
    return place


def opened(browser, book, name, **how):
    (found,) = [x for x in explorers.there() if x.name == name]
    return browser.open(book / f"{found.anchor}.html", **how)


def button(browser, words):
    (found,) = [x for x in browser.find(".explorer button") if x.text == words]
    return found


def choose(browser, label, value):
    browser.run(
        """
        const labels = [...document.querySelectorAll(".explorer label")];
        const select = labels.find((x) => x.firstChild.textContent === arguments[0]).lastChild;
        select.value = arguments[1];
        select.dispatchEvent(new Event("change"));
        """,
        label,
        value,
    )


def slide(browser, label, keys):
    """Move a slider by the keys of a keyboard."""
    labels = [x for x in browser.find(".explorer label") if x.text.startswith(label)]
    labels[0].find_element("css selector", "input").send_keys(keys)


# Backpropagation


def gradients(browser):
    texts = browser.run(
        """
        const read = (x, what) => x.querySelector(what).textContent.replace("−", "-");
        return [...document.querySelectorAll("[data-node]")].map((x) =>
          [x.dataset.node, read(x, ".value"), read(x, ".gradient")]);
        """
    )
    return {node: (float(value), float(gradient)) for node, value, gradient in texts}


def by_hand(a, b, engine):
    """The values and gradients of the lesson's graph under each engine, by its own rules."""
    c, d = a * b, a + a * b
    parts = {"L": {"c": d, "d": c}, "d": {"a": 1, "c": 1}, "c": {"a": b, "b": a}}
    found = dict.fromkeys("abcdL", 0)
    for _ in range(2 if engine == "stale" else 1):
        found["L"] = 1
        for node in "Lcd" if engine == "nearest" else "Ldc":
            for to, local in parts[node].items():
                before = 0 if engine == "assign" else found[to]
                found[to] = before + local * found[node]
    values = {"a": a, "b": b, "c": c, "d": d, "L": c * d}
    return {node: (values[node], found[node]) for node in values}


@pytest.mark.parametrize("engine", ["right", "stale", "assign", "nearest"])
def test_the_graphs_numbers_are_pythons(browser, book, engine):
    opened(browser, book, "backpropagation")
    choose(browser, "Which engine?", engine)
    button(browser, "To the end").click()
    assert gradients(browser) == by_hand(3, 2, engine)


def test_the_graph_follows_the_keys_of_its_sliders_and_steps_back(browser, book):
    from selenium.webdriver.common.keys import Keys

    opened(browser, book, "backpropagation")
    slide(browser, "a =", Keys.ARROW_LEFT * 2)  # half a step each
    slide(browser, "b =", Keys.ARROW_RIGHT)
    button(browser, "To the end").click()
    assert gradients(browser) == by_hand(2, 2.5, "right")
    button(browser, "Back").click()
    assert "6 of 7" in browser.find(".explorer .row")[0].text


def test_the_graph_is_stepped_by_touch(browser, book):
    opened(browser, book, "backpropagation", size=PHONE)
    step = button(browser, "Step")
    browser.run("arguments[0].scrollIntoView({ block: 'center' })", step)
    box = browser.run("return arguments[0].getBoundingClientRect().toJSON()", step)
    point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    browser.command("Input.dispatchTouchEvent", type="touchStart", touchPoints=[point])
    browser.command("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    assert "1 of 7" in browser.find(".explorer .row")[0].text


def node(browser, name):
    (found,) = browser.find(f"[data-node={name}]")
    gradient = found.find_element("css selector", ".gradient")
    return found.get_attribute("class").split()[1:], gradient.text


def test_the_node_whose_turn_it_is_lights_up_and_an_unfinished_sum_says_so(browser, book):
    opened(browser, book, "backpropagation")
    for _ in range(5):  # three values, the 1 at the end, and what L passes on
        button(browser, "Step").click()
    assert node(browser, "L") == (["now"], "1")
    assert node(browser, "c") == (["to"], "9 + ?")
    lit = [x.get_attribute("data-edge") for x in browser.find("[data-edge].now")]
    assert lit == ["c-L", "d-L"]
    button(browser, "Step").click()
    assert node(browser, "c") == (["to"], "15")


def test_a_node_that_passes_on_too_soon_is_caught_at_it(browser, book):
    opened(browser, book, "backpropagation")
    choose(browser, "Which engine?", "nearest")
    for _ in range(6):
        button(browser, "Step").click()
    assert node(browser, "c") == (["now"], "9 + ?")
    assert "c is not complete yet" in status(browser)


def test_the_graph_keeps_its_step_and_the_focus(browser, book):
    from selenium.webdriver.common.keys import Keys

    opened(browser, book, "backpropagation")
    button(browser, "To the end").click()
    slide(browser, "a =", Keys.ARROW_LEFT)
    assert gradients(browser) == by_hand(2.5, 2, "right")
    step = button(browser, "Back")
    step.click()
    button(browser, "Step").send_keys(Keys.ENTER * 3)
    assert "7 of 7" in browser.find(".explorer .row")[0].text
    assert browser.run("return document.activeElement.textContent") == "Step"


def status(browser):
    return browser.find(".explorer [role=status]")[0].text


# The game on a plane

GAME = "document.querySelector('.stage').game"
# What the average of G and G itself hold, every 100 of some steps.
PLAYED = """
(() => {
  const seen = [], z = new Random(9).normals(2000);
  for (let i = 1; i <= STEPS; i++) {
    GAME.play();
    if (i % 100 === 0)
      seen.push([GAME.mean, GAME.G].map((net) => GAME.found(net.forward(z, 1000)).modes));
  }
  return seen;
})()
"""


def played(browser, steps):
    """The heaps that the average of G holds, and those that G holds, as the game goes on."""
    script = PLAYED.replace("STEPS", str(steps)).replace("GAME", GAME)
    return tuple(zip(*browser.evaluate(script), strict=True))


def dragged(browser, x, y, right):
    """Drag with the mouse, so many units to the right."""
    for kind, along in (("mousePressed", 0), ("mouseMoved", right), ("mouseReleased", right)):
        browser.command("Input.dispatchMouseEvent", type=kind, x=x + along, y=y, button="left",
                        buttons=int(kind != "mouseReleased"), clickCount=1)  # fmt: skip


def stage(browser):
    return browser.run("return {...document.querySelector('.stage').dataset}")


@pytest.mark.parametrize("preset", ["level", "oscillation", "collapse", "tilt"])
def test_a_preset_does_what_it_says(browser, book, preset):
    opened(browser, book, "plane")
    choose(browser, "Game", preset)
    mean, last = played(browser, 2500)
    if preset == "level":
        assert mean[-5:] == (8,) * 5
    elif preset == "oscillation":
        assert min(last[-15:]) < 4
        assert max(last) > min(last[-15:])
    elif preset == "collapse":
        assert last[-1] <= 1
    else:
        assert browser.evaluate(f"{GAME}.lossD") < 0.7  # D sees nearly every fake
        assert last[-1] <= 2


def test_the_game_is_played_stepped_and_stopped(browser, book):
    opened(browser, book, "plane")
    button(browser, "Step both").click()
    assert stage(browser)["steps"] == "1"
    button(browser, "Play").click()
    end = time.time() + PATIENCE
    while int(stage(browser)["steps"]) < 200 and time.time() < end:
        time.sleep(0.1)
    button(browser, "Pause").click()
    steps = stage(browser)["steps"]
    assert int(steps) >= 200
    time.sleep(0.3)
    assert stage(browser)["steps"] == steps


# The page plays, but the test says when the next frame is.
CAUGHT = """
window.requestAnimationFrame = (frame) => { window.frame = frame; };
[...document.querySelectorAll(".explorer button")][0].click();
"""
# A timer's work counts as a script's; what a driver evaluates does not.
FRAME = "new Promise((done) => setTimeout(() => done(frame(performance.now()))))"


def test_a_frame_of_the_game_takes_16_milliseconds_at_most(browser, book):
    """By the processor's time, which does not count what others do on the machine meanwhile."""
    opened(browser, book, "plane")
    played(browser, 400)  # until all is compiled
    browser.evaluate(CAUGHT)
    browser.command("Performance.enable", timeDomain="threadTicks")
    ticks, clock = [script_time(browser)], []
    for _ in range(200):
        browser.evaluate(FRAME)
        clock.append(float(stage(browser)["frame"]))
        ticks.append(script_time(browser))
    browser.command("Performance.disable")
    took = 1000 * np.diff(ticks)
    for name, times in {"the processor": took, "the clock": clock}.items():
        print("a frame by {}: {:.1f} ms (median), {:.1f} ms (95 %)".format(
            name, *np.percentile(times, [50, 95])))  # fmt: skip
    assert np.percentile(took, 50) > 0  # something was measured
    assert np.percentile(took, 95) <= 16


def script_time(browser):
    """Seconds that the page's scripts have had of the processor."""
    metrics = browser.command("Performance.getMetrics")["metrics"]
    return next(x["value"] for x in metrics if x["name"] == "ScriptDuration")


def test_data_are_drawn_by_mouse_and_by_keys(browser, book):
    from selenium.webdriver.common.keys import Keys

    opened(browser, book, "plane")
    choose(browser, "Game", "drawn")
    canvas = browser.find(".explorer canvas")[0]
    canvas.click()
    by_mouse = browser.evaluate("DATA.drawn.drawn.length")
    canvas.send_keys(" " + Keys.ARROW_RIGHT + " " + Keys.ARROW_RIGHT)  # put down, and lifted again
    assert by_mouse >= 1
    places = browser.evaluate("DATA.drawn.drawn")
    assert len(places) == by_mouse + 3  # two steps of the pen for one of the arrow keys
    assert places[-1][0] > places[-3][0]


def test_a_slider_turns_what_the_next_step_uses(browser, book):
    from selenium.webdriver.common.keys import Keys

    opened(browser, book, "plane")
    slide(browser, "momentum", Keys.END)
    assert browser.evaluate(f"{GAME}.settings.betas[0]") == 0.95


def test_the_game_opens_on_the_lessons_own_without_a_brake(browser, book):
    opened(browser, book, "plane")
    found = browser.evaluate(f"[{GAME}.settings.r1, {GAME}.settings.r2, {GAME}.settings.betas[0]]")
    assert found == [0, 0, 0]
    assert browser.evaluate(f"{GAME}.data.centres[0][0]") == 1.4


def test_steps_of_either_player_are_counted_and_who_is_outside_is_said(browser, book):
    opened(browser, book, "plane")
    step = "document.querySelectorAll('.stage button')[1].click()"
    browser.evaluate(f"for (let i = 0; i < 20; i++) {step}")
    assert "Steps of D 20, of G 0." in status(browser)
    browser.evaluate(f"{GAME}.G.b.at(-1).fill(100)")
    button(browser, "Step D").click()
    assert stage(browser)["outside"] == "200"
    assert "Outside the picture: 200 of 200" in status(browser)


def test_settings_of_ones_own_are_called_so_until_the_preset_is_back(browser, book):
    from selenium.webdriver.common.keys import Keys

    opened(browser, book, "plane")
    choose(browser, "Game", "braked")
    about = browser.find(".explorer .legend")[0]
    before = about.text
    slide(browser, "learning rate of G", Keys.END)
    assert about.text.startswith("Your own settings")
    button(browser, "Settings back").click()
    assert about.text == before
    assert browser.evaluate(f"{GAME}.settings.lrG") == 2e-3
    assert not [x for x in browser.find(".explorer button") if x.text == "Settings back"]


def test_the_plane_takes_keys_only_where_one_draws(browser, book):
    opened(browser, book, "plane")
    stops = "document.querySelector('.explorer canvas').tabIndex"
    assert browser.evaluate(stops) == -1
    choose(browser, "Game", "drawn")
    assert browser.evaluate(stops) == 0
    choose(browser, "Game", "level")
    assert browser.evaluate(stops) == -1


MAPPED = """
(() => {
  const canvas = document.createElement("canvas");
  const ink = canvas.getContext("2d");
  return [-9, -4, 0, 4, 9].map((logit) => {
    paint.map(ink, new Float64Array(1600).fill(logit), paint.palette(looks.all()), 40);
    return [...ink.getImageData(20, 20, 1, 1).data].slice(0, 3);
  });
})()
"""


def test_the_map_has_the_figures_colours_at_fixed_logits(browser, book):
    from matplotlib.colors import to_rgb

    from scratchgen.draw import page

    opened(browser, book, "plane")
    below, fake, level, real, above = browser.evaluate(MAPPED)
    assert (below, above) == (fake, real)
    ground = browser.evaluate("looks.parts(looks.of('ground'))")
    assert level == ground
    for found, colour in ((fake, page.COLOURS[1]), (real, page.COLOURS[5])):
        np.testing.assert_allclose(found, 255 * np.array(to_rgb(colour)), atol=1)


def test_a_game_stands_still_where_nobody_sees_it(browser, book):
    opened(browser, book, "plane")
    button(browser, "Play").click()
    browser.run("document.body.append(document.createElement('p'))")
    browser.run("document.body.lastChild.style.height = '5000px'; scrollTo(0, 1e6)")
    time.sleep(0.5)
    steps = browser.evaluate(f"{GAME}.steps")
    time.sleep(0.5)
    assert browser.evaluate(f"{GAME}.steps") == steps
    browser.run("scrollTo(0, 0)")
    end = time.time() + PATIENCE
    while browser.evaluate(f"{GAME}.steps") == steps and time.time() < end:
        time.sleep(0.1)
    assert browser.evaluate(f"{GAME}.steps") > steps


def test_a_row_of_buttons_is_one_stop_and_the_arrow_keys_go_along_it(browser, book):
    from selenium.webdriver.common.keys import Keys

    opened(browser, book, "plane")
    bar = browser.find("[role=toolbar] button")
    assert [x.get_attribute("tabindex") for x in bar] == ["0", "-1", "-1", "-1"]
    bar[0].send_keys(Keys.ARROW_RIGHT)
    assert browser.run("return document.activeElement.textContent") == "Step G"
    assert [x.get_attribute("tabindex") for x in bar] == ["-1", "0", "-1", "-1"]


# What is written on a canvas from here on, where, and the circles that are drawn there.
WATCHED = """
window.written = {};
window.circles = [];
const { fillText, arc } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (words, x, y) {
  written[words] = [x, y];
  fillText.call(this, words, x, y);
};
CanvasRenderingContext2D.prototype.arc = function (x, y, radius, ...angles) {
  circles.push([x, y, radius, this.getLineDash().length]);
  arc.call(this, x, y, radius, ...angles);
};
0
"""


def test_the_minimax_loss_is_measured_by_its_own_value_at_rest(browser, book):
    opened(browser, book, "plane")
    button(browser, "Step both").click()
    assert "(at rest log 4 = 1.39)" in status(browser)
    assert "(at rest log 2 = 0.69)" in status(browser)
    browser.evaluate(WATCHED)
    choose(browser, "Game", "tilt")
    button(browser, "Step both").click()
    assert re.search(r"of G −[\d.]+ \(at rest −log 2 = −0\.69\)", status(browser))
    written = browser.evaluate("written")
    assert {"log 4", "−log 2"} <= set(written)
    assert "log 2" not in written
    about = browser.find(".explorer .legend")[0].text
    assert "the minimax loss multiplies each by D" in about


@pytest.mark.parametrize(("loss", "at_rest"), [("plain", "log 2"), ("saturating", "−log 2")])
def test_a_loss_at_rest_is_drawn_on_the_line_that_says_so(browser, book, loss, at_rest):
    opened(browser, book, "plane")
    sign = -1 if loss == "saturating" else 1
    rest = sign * np.log(2)
    both = json.dumps([[np.log(4), rest], [0, rest]])
    heights, levels = browser.evaluate(
        f"""
        (() => {{
          const [heights, levels] = [[], {{}}];
          const ink = new Proxy({{}}, {{ set: () => true, get: (_, what) => (a, b, c) => {{
            if (what === "fillText") levels[a] = c - 4;
            if (what === "lineTo" && a === 0) heights.push(b);
          }} }});
          const look = looks.all();
          for (const pair of {both})
            paint.losses(ink, [pair], [D_AT_REST, AT_REST.{loss}], 600, 480, 90, look);
          return [heights, levels];
        }})()
        """
    )
    of_d, of_g, zero, _ = heights
    np.testing.assert_allclose([of_d, of_g], [levels["log 4"], levels[at_rest]], atol=1e-9)
    assert (zero - of_g) / rest == pytest.approx((zero - of_d) / np.log(4))  # below 0, too


def menus(browser):
    """What the two menus of the settings show: the loss of G, and the steps of D for each of G."""
    return browser.run("return [...document.querySelectorAll('.knobs select')].map(x => x.value)")


def test_the_loss_of_g_and_the_steps_of_d_are_chosen_by_keys(browser, book):
    from selenium.webdriver.common.keys import Keys

    opened(browser, book, "plane")
    assert menus(browser) == ["plain", "1"]
    loss, steps = browser.find(".knobs select")
    loss.send_keys(Keys.ARROW_DOWN)
    steps.send_keys(Keys.ARROW_DOWN)
    assert browser.find(".explorer .legend")[0].text.startswith("Your own settings")
    button(browser, "Step both").click()
    assert "Steps of D 5, of G 1." in status(browser)
    assert browser.evaluate(f"{GAME}.lossG") < 0  # E[log(1 - D)] is, and -E[log D] never is
    button(browser, "Settings back").click()
    assert menus(browser) == ["plain", "1"]
    button(browser, "Step both").click()
    assert "Steps of D 6, of G 2." in status(browser)
    assert browser.evaluate(f"{GAME}.lossG") > 0


def test_the_two_menus_show_what_a_preset_has(browser, book):
    opened(browser, book, "plane")
    choose(browser, "Game", "tilt")
    assert menus(browser) == ["saturating", "5"]
    choose(browser, "loss of G", "plain")
    assert "at rest log 2 = 0.69" in status(browser)
    assert "of G – (" in status(browser)  # there is no such loss before its next step
    choose(browser, "Game", "level")
    assert menus(browser) == ["plain", "1"]
    assert browser.evaluate(f"[{GAME}.settings.loss, {GAME}.settings.dSteps]") == ["plain", 1]


def tap(browser, element):
    """Touch the middle of an element, and let go."""
    x, y = seen_at(browser, element, 0.5, 0.5)
    browser.command("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
    browser.command("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])


def test_on_a_phone_map_losses_play_and_menu_are_seen_at_once(browser, book):
    opened(browser, book, "plane", size=PHONE)
    button(browser, "Play")
    browser.run("document.querySelector('.stage').scrollIntoView()")
    parts = [*browser.find(".stage canvas"), button(browser, "Play"), browser.find("select")[0]]
    boxes = [browser.run("return arguments[0].getBoundingClientRect().toJSON()", x) for x in parts]
    tops = [round(box["top"]) for box in boxes]
    assert tops == sorted(tops)
    assert tops[0] < 20
    assert max(box["bottom"] for box in boxes) < 500
    told = browser.find(".explorer [role=status]")[0]
    assert browser.run("return arguments[0].getBoundingClientRect().bottom", told) < PHONE[1]


def test_on_a_phone_the_rest_unfolds_by_touch_and_on_a_wide_page_it_lies_open(browser, book):
    opened(browser, book, "plane", size=PHONE)
    hints, step = browser.find(".first")[0], browser.find("[role=toolbar] button")[0]
    assert not hints.is_displayed()
    assert not step.is_displayed()
    more, settings = browser.find(".stage summary")
    tap(browser, more)
    assert hints.is_displayed()
    tap(browser, step)
    assert "Steps of D 1, of G 0." in status(browser)
    tap(browser, settings)
    for menu in browser.find(".knobs select"):
        assert menu.is_displayed()
        assert menu.size["height"] >= 24  # what a finger needs (WCAG 2.2)
    browser.resize((1280, 900))
    browser.wait(lambda: not more.is_displayed())
    assert hints.is_displayed()
    assert step.is_displayed()
    plane = browser.find(".stage canvas")[0]
    assert hints.location["y"] < plane.location["y"]
    assert button(browser, "Play").location["x"] > plane.location["x"] + plane.size["width"]


# All of them


def test_canvases_have_the_screens_dots_and_the_pages_ground(browser, book):
    opened(browser, book, "best", dark=True)
    look = "document.querySelector('.stage canvas')"
    corner = browser.evaluate(f"[...{look}.getContext('2d').getImageData(2, 2, 1, 1).data]")
    assert corner[:3] == browser.evaluate("looks.parts(looks.of('ground'))")
    browser.command("Emulation.setDeviceMetricsOverride", width=1280, height=900,
                    deviceScaleFactor=2, mobile=False)  # fmt: skip
    browser.driver.refresh()
    assert browser.evaluate(f"{look}.width") == 1280
    assert 0 < browser.evaluate(f"{look}.getBoundingClientRect().width") <= 640


def test_no_explorer_writes_a_hyphen_for_a_minus(browser, book):
    for one in explorers.there():
        browser.open(book / f"{one.anchor}.html")
        text = browser.run("return document.querySelector('.explorer').innerText")
        assert not re.search(r"(?<!\w)-\d", text), one.name


# The valley


@pytest.mark.parametrize(("exponent", "degrees"), [(2, 0), (3, 45)])
def test_the_walks_of_the_valley_are_the_lessons(browser, book, exponent, degrees):
    opened(browser, book, "valley")
    set_slider(browser, "steepness", exponent)
    set_slider(browser, "turned by", degrees)
    shown = stage(browser)
    turn = np.deg2rad(degrees)
    u = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    hessian = u.T @ np.diag([1, 10**exponent]) @ u
    with np.errstate(all="ignore"):
        for name, end in walks(lambda w: hessian @ w).items():
            np.testing.assert_allclose(json.loads(shown[name]), end, rtol=1e-9, atol=1e-12)


def walks(gradient, start=(-4.0, 0.8), steps=50):
    """Where the three methods of lesson 5 come to."""
    from scratchgen import SGD, Adam, Tensor, backend

    backend.use("numpy", "float64")
    ends = {}
    lr, adams = 10**-1.72, 10**-0.52  # where the sliders stand
    makers = {"descent": lambda w: SGD([w], lr), "momentum": lambda w: SGD([w], lr, 0.9),
              "adam": lambda w: Adam([w], adams)}  # fmt: skip
    for name, make in makers.items():
        w = Tensor(np.array(start))
        method = make(w)
        for _ in range(steps):
            method.step([gradient(w.value)])
        ends[name] = w.value
    return ends


def set_slider(browser, label, value):
    browser.run(
        """
        const labels = [...document.querySelectorAll(".explorer label")];
        const label = labels.find((x) => x.textContent.startsWith(arguments[0]));
        const input = label.querySelector("input");
        input.value = arguments[1];
        input.dispatchEvent(new Event("input"));
        """,
        label,
        value,
    )


def test_a_walk_of_the_valley_begins_where_one_clicks(browser, book):
    opened(browser, book, "valley")
    before = stage(browser)["descent"]
    canvas = browser.find(".explorer canvas")[0]
    canvas.click()  # in its middle, at the lowest point
    assert stage(browser)["descent"] != before
    np.testing.assert_allclose(json.loads(stage(browser)["adam"]), [0, 0], atol=0.1)


# The bound on a toy


def test_the_bound_is_that_of_an_integral_and_the_gap_closes_at_the_posterior(browser, book):
    opened(browser, book, "elbo")
    for label, value in {"mean": -1.0, "its": 1.2, "pixel": 1.0, "variance": 0.49}.items():
        set_slider(browser, label, value)
    shown = {name: float(x) for name, x in stage(browser).items()}
    z = np.linspace(-12, 12, 40_001)
    q, prior, likelihood = normal(z, -1.0, 1.2), normal(z, 0, 1), normal(1.0, z, 0.7)
    evidence = np.trapezoid(prior * likelihood, z)
    bound = np.trapezoid(q * (np.log(likelihood * prior) - np.log(q)), z)
    assert shown["logP"] == pytest.approx(np.log(evidence), abs=1e-6)
    assert shown["bound"] == pytest.approx(bound, abs=1e-6)
    assert shown["bound"] + shown["gap"] == pytest.approx(shown["logP"], abs=1e-12)
    button(browser, "Make the guess the posterior").click()
    assert float(stage(browser)["gap"]) == pytest.approx(0, abs=1e-12)


def normal(z, mean, sd):
    return np.exp(log_normal(z, mean, sd))


def log_normal(z, mean, sd):
    return -(((z - mean) / sd) ** 2) / 2 - np.log(sd * np.sqrt(2 * np.pi))


def test_the_guess_is_dragged_and_no_curve_is_cut_off(browser, book):
    opened(browser, book, "elbo")
    canvas = browser.find(".explorer canvas")[0]
    x, y = seen_at(browser, canvas, (0.6 / 3.2 + 1) / 2, 0.4)
    before = float(stage(browser)["gap"])
    dragged(browser, x, y, 60)
    assert float(stage(browser)["gap"]) < before / 3  # its mean is that of the posterior now
    set_slider(browser, "its", 0.1)
    ground = browser.evaluate("looks.parts(looks.of('ground'))")
    ink = "document.querySelector('.stage canvas').getContext('2d')"
    row = browser.evaluate(f"[...{ink}.getImageData(0, 80, 640, 1).data]")  # above the curves
    assert np.all(np.reshape(row, (640, 4))[:, :3] == ground)


def test_the_axis_in_nats_says_when_the_bound_is_off_it(browser, book):
    opened(browser, book, "elbo")
    set_slider(browser, "mean", -3)
    shown = {name: float(x) for name, x in stage(browser).items()}
    assert shown["bound"] < -7
    assert shown["reconstruction"] - shown["price"] == pytest.approx(shown["bound"], abs=1e-12)


def test_what_has_a_usual_name_says_it_too(browser, book):
    opened(browser, book, "elbo")
    browser.evaluate(WATCHED)
    set_slider(browser, "mean", 0.5)
    price = f"price (KL) {numbers_of(browser)['price']:.2f}"
    assert price in browser.evaluate("written")
    assert price in status(browser)
    opened(browser, book, "plane")
    assert "Show the calm copy (EMA)" in [x.text for x in browser.find(".explorer label")]


# The best discriminator


def losses_of_the_best(p, q):
    """The loss of D* = p / (p + q) by an integral; D* amid the fakes; G's mean pulls at a fake."""
    x = np.linspace(-8, 8, 40_001)
    real, fake = normal(x, *p), normal(x, *q)
    logit = log_normal(x, *p) - log_normal(x, *q)
    log_best, log_rest = -np.logaddexp(0, -logit), -np.logaddexp(0, logit)  # of D* and of 1 - D*
    cost = real * log_best + fake * log_rest
    at = normal(q[0], *p) / (normal(q[0], *p) + normal(q[0], *q))
    slopes = [np.gradient(y, x) for y in (log_rest, log_best)]
    pulls = [np.trapezoid(fake * np.abs(slope), x) for slope in slopes]
    return {"loss": -np.trapezoid(cost, x), "answer": at, "minimax": pulls[0], "plain": pulls[1]}


def test_the_best_discriminators_numbers_are_those_of_an_integral(browser, book):
    opened(browser, book, "best")
    bells = {"p": (-0.4, 1.1), "q": (0.9, 0.5)}
    for name, (mean, sd) in bells.items():
        set_slider(browser, f"middle of {name}", mean)
        set_slider(browser, f"width of {name}", sd)
    shown = numbers_of(browser)
    for name, value in losses_of_the_best(**bells).items():
        close = 1e-3 if name in ("minimax", "plain") else 1e-6  # an integral of an edge is coarser
        assert shown[name] == pytest.approx(value, abs=close), name
    assert shown["js"] == pytest.approx(np.log(2) - shown["loss"] / 2, abs=1e-12)


def test_fakes_that_are_only_too_narrow_are_pulled_too(browser, book):
    opened(browser, book, "best")
    button(browser, "Only make them narrower").click()
    shown = numbers_of(browser)
    assert shown["answer"] != 0.5
    assert min(shown["plain"], shown["minimax"]) > 0.1


def test_level_bells_leave_the_best_discriminator_nothing_to_say(browser, book):
    opened(browser, book, "best")
    button(browser, "Lay the fakes on the real ones").click()
    shown = numbers_of(browser)
    assert shown["loss"] == pytest.approx(np.log(4), abs=1e-9)
    assert (shown["answer"], shown["plain"], shown["minimax"]) == (0.5, 0, 0)
    said = status(browser)
    assert "divergence is 0." in said
    assert "pulls with 0, the minimax loss with 0." in said


def test_what_is_nearly_nothing_is_said_in_words(browser, book):
    opened(browser, book, "best")
    set_slider(browser, "middle of p", -2)
    set_slider(browser, "middle of q", 3)
    assert 0 < numbers_of(browser)["minimax"] < 0.005
    assert "the minimax loss with less than 0.01." in status(browser)


def test_the_arrows_answer_what_the_explorer_asks(browser, book):
    opened(browser, book, "best")
    assert "How hard do the two losses still pull?" in browser.find(".explorer")[0].text
    browser.evaluate(WATCHED)
    set_slider(browser, "middle of q", 1)
    asked = {f"how hard the {loss} loss pulls" for loss in ("non-saturating", "minimax")}
    assert asked <= set(browser.evaluate("written"))


def test_a_bell_is_dragged_by_mouse_by_touch_and_by_keys(browser, book):
    from selenium.webdriver.common.keys import Keys

    opened(browser, book, "best")
    canvas = browser.find(".explorer canvas")[0]
    start = [fake_bell(browser)]
    x, y = seen_at(browser, canvas, (start[0] / 4 + 1) / 2, 0.4)  # amid the fakes
    dragged(browser, x, y, -40)
    start.append(fake_bell(browser))
    for kind, places in (("touchStart", [x - 40]), ("touchMove", [x - 60]),
                         ("touchMove", [x - 80]), ("touchEnd", [])):  # fmt: skip
        points = [{"x": place, "y": y} for place in places]
        browser.command("Input.dispatchTouchEvent", type=kind, touchPoints=points)
    start.append(fake_bell(browser))
    canvas.send_keys(Keys.ARROW_LEFT * 2)
    start.append(fake_bell(browser))
    assert start == sorted(start, reverse=True)
    assert len(set(start)) == 4
    canvas.send_keys(" " + Keys.ARROW_RIGHT)  # the other bell
    assert fake_bell(browser) == start[-1]


def fake_bell(browser):
    labels = [x for x in browser.find(".explorer label") if x.text.startswith("middle of q")]
    return float(labels[0].find_element("css selector", "input").get_attribute("value"))


def seen_at(browser, element, across, down):
    """Where in the window a place of an element is, each from 0 to 1."""
    browser.run("arguments[0].scrollIntoView({ block: 'center' })", element)
    box = browser.run("return arguments[0].getBoundingClientRect().toJSON()", element)
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def numbers_of(browser):
    return {name: float(x) for name, x in stage(browser).items()}


# The smallest GAN


class Line:
    """D(x) = psi x, or G(z) = theta: a single weight, times what comes in."""

    def __init__(self, value):
        from scratchgen import Tensor

        self.weight = Tensor(np.array([value]))

    def __call__(self, x):
        return x * self.weight

    def parameters(self):
        return [self.weight]


def orbit_of_the_library(theta, psi, steps, lr, r1, momentum, minimax):
    """Where the library's steps of D and of G come to: all data are 0, and G's noise is 1."""
    from scratchgen import SGD, backend, gan

    backend.use("numpy", "float64")
    G, D = Line(theta), Line(psi)
    of_g, of_d = (SGD(net.parameters(), lr, momentum) for net in (G, D))
    for _ in range(steps):
        gan.d_step(D, of_d, np.zeros((1, 1)), G.weight.value.reshape(1, 1).copy(), r1)
        loss = gan.g_loss_minimax if minimax else gan.g_loss
        gan.g_step(G, D, of_g, np.ones((1, 1)), loss)
    return G.weight.value[0], D.weight.value[0]


def orbit_by_hand(theta, psi, steps, lr, r1, momentum, loss, at_once):
    """The same, written out; the pulls of the losses from their definitions."""
    m_theta = m_psi = 0.0

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    for _ in range(steps):
        before = psi
        by_d = 1 if loss == "wasserstein" else sigmoid(psi * theta)
        m_psi = momentum * m_psi + by_d * theta + 2 * r1 * psi
        psi = psi - lr * m_psi
        seen = before if at_once else psi
        pull = {"plain": sigmoid(-seen * theta), "minimax": sigmoid(seen * theta)}.get(loss, 1)
        m_theta = momentum * m_theta - pull * seen
        theta = theta - lr * m_theta
    return theta, psi


def orbit_in_the_page(browser, book, steps, lr, r1, momentum, loss, at_once=False):
    opened(browser, book, "dirac")
    set_slider(browser, "step size", np.log10(lr))
    set_slider(browser, "brake", r1)
    set_slider(browser, "momentum", momentum)
    choose(browser, "Loss of G", loss)
    choose(browser, "Moves", "once" if at_once else "turns")
    click = "[...document.querySelectorAll('.explorer button')][1].click()"
    browser.evaluate(f"for (let i = 0; i < {steps}; i++) {click}")
    shown = numbers_of(browser)
    return shown["theta"], shown["psi"]


@pytest.mark.parametrize("loss", ["plain", "minimax"])
@pytest.mark.parametrize(("r1", "momentum"), [(0, 0), (0.1, 0), (0.3, 0.5)])
def test_the_orbit_is_that_of_the_librarys_steps(browser, book, loss, r1, momentum):
    found = orbit_in_the_page(browser, book, 60, 0.1, r1, momentum, loss)
    wanted = orbit_of_the_library(1.2, 0.6, 60, 0.1, r1, momentum, loss == "minimax")
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("loss", ["plain", "minimax", "wasserstein"])
@pytest.mark.parametrize("at_once", [False, True])
def test_the_orbit_is_that_of_a_plain_loop(browser, book, loss, at_once):
    found = orbit_in_the_page(browser, book, 60, 0.1, 0.06, -0.5, loss, at_once)
    wanted = orbit_by_hand(1.2, 0.6, 60, 0.1, 0.06, -0.5, loss, at_once)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12)


def test_an_orbit_begins_where_one_clicks_and_is_played(browser, book):
    from selenium.webdriver.common.action_chains import ActionChains

    opened(browser, book, "dirac")
    canvas = browser.find(".explorer canvas")[0]
    canvas.send_keys(" ")
    first = numbers_of(browser)
    assert (first["theta"], first["psi"]) == (0, 0)  # the cursor begins in the middle
    browser.run("arguments[0].scrollIntoView({ block: 'center' })", canvas)
    ActionChains(browser.driver).move_to_element_with_offset(canvas, 100, -50).click().perform()
    clicked = numbers_of(browser)
    assert clicked["theta"] > 0.3
    assert clicked["psi"] > 0.1
    button(browser, "Play").click()
    end = time.time() + PATIENCE
    while numbers_of(browser)["steps"] < 5 and time.time() < end:
        time.sleep(0.1)
    button(browser, "Pause").click()
    assert numbers_of(browser)["steps"] >= 5


# The latent plane


@pytest.fixture(scope="module")
def of_the_plane():
    """The VAE whose weights the page carries, in double precision."""
    from scratchgen import backend

    backend.use("numpy", "float64")
    return latent.loaded()


@pytest.mark.parametrize("code", [(0.0, 0.0), (-1.5, 0.65), (2.1, -3.0)])
def test_the_decoder_draws_what_pythons_draws(browser, book, of_the_plane, code):
    opened(browser, book, "latent")
    for name, value in zip("₁₂", code, strict=True):
        set_slider(browser, f"z{name}", value)
    np.testing.assert_allclose(json.loads(stage(browser)["z"]), code, atol=1e-12)
    found = browser.evaluate("[...document.querySelector('.stage').image]")
    wanted = of_the_plane.generate(np.array([code]))[0]
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5)


def test_the_point_is_dragged_by_mouse_by_touch_and_by_keys(browser, book):
    from selenium.webdriver.common.keys import Keys

    opened(browser, book, "latent")
    canvas = browser.find(".explorer canvas")[0]
    x, y = seen_at(browser, canvas, 0.25, 0.25)
    dragged(browser, x, y, 40)
    width = browser.run("return arguments[0].getBoundingClientRect().width", canvas)
    place = [-1.7 + 40 / width * 6.8, 1.7]
    np.testing.assert_allclose(point(browser), place, atol=0.02)
    canvas.send_keys(Keys.ARROW_RIGHT + Keys.ARROW_DOWN)
    np.testing.assert_allclose(point(browser), [place[0] + 0.17, 1.7 - 0.17], atol=0.02)
    for kind, places in (("touchStart", [0]), ("touchMove", [30]), ("touchEnd", [])):
        points = [{"x": x, "y": y + low} for low in places]
        browser.command("Input.dispatchTouchEvent", type=kind, touchPoints=points)
    np.testing.assert_allclose(point(browser), [-1.7, 1.7 - 30 / width * 6.8], atol=0.02)


def point(browser):
    return json.loads(stage(browser)["z"])


def test_what_is_drawn_gets_the_posterior_that_python_gives_it(browser, book, of_the_plane):
    from selenium.webdriver.common.keys import Keys

    opened(browser, book, "latent")
    paper = browser.find(".explorer canvas")[2]
    paper.send_keys(Keys.ARROW_UP * 8 + " " + Keys.ARROW_DOWN * 14 + " ")  # a stroke: a one
    found = json.loads(stage(browser)["guess"])
    seen = browser.evaluate("[...document.querySelector('.stage').seen]")
    mean, log_var = of_the_plane.encode(np.array([seen]))
    np.testing.assert_allclose(found["mean"], to_numpy(mean.value)[0], atol=1e-5)
    np.testing.assert_allclose(found["sd"], np.exp(to_numpy(log_var.value)[0] / 2), atol=1e-5)
    button(browser, "Go where your digit lies").click()
    np.testing.assert_allclose(point(browser), found["mean"], atol=1e-12)
    assert "nearest code is that of a 1" in browser.find(".explorer [role=status]")[0].text


def test_a_quick_stroke_is_a_line_not_two_dots(browser, book):
    opened(browser, book, "latent")
    paper = browser.find(".explorer canvas")[2]
    x, y = seen_at(browser, paper, 0.2, 0.5)
    dragged(browser, x, y, 80)
    image = np.reshape(browser.evaluate("[...document.querySelector('.stage').seen]"), (28, 28))
    assert (image[13:15].max(axis=0) > 0.9).sum() >= 16  # 80 of 140 units are 16 pixels
    assert "none of the digits" in status(browser)  # a line that lies


def test_the_plane_says_that_it_is_another_and_begins_amid_the_noughts(browser, book):
    opened(browser, book, "latent")
    assert point(browser) == [-2.1, -1.4]
    assert "nearest code is that of a 0" in status(browser)
    legend = browser.find(".explorer .legend")[0].text
    assert legend.startswith("Another machine with two numbers, smaller")
    shown = browser.evaluate("[...document.querySelector('.stage').image]")
    middle, whole = np.mean(np.reshape(shown, (28, 28))[12:16, 12:16]), np.mean(shown)
    assert middle < 0.02 < 0.1 < whole  # a ring


def test_the_dashed_circle_holds_95_of_100_codes_of_the_prior(browser, book):
    from selenium.webdriver.common.keys import Keys

    opened(browser, book, "latent")
    browser.evaluate(WATCHED)
    browser.find(".explorer canvas")[0].send_keys(Keys.ARROW_RIGHT)
    dashed = [circle for circle in browser.evaluate("circles") if circle[3]]
    x, y, radius, _ = dashed[-1]
    codes = np.random.default_rng(0).standard_normal((200_000, 2))
    assert (x, y) == (240, 240)
    assert (np.hypot(*codes.T) < radius / 480 * 6.8).mean() == pytest.approx(0.95, abs=0.003)


def test_the_axes_of_the_plane_have_their_numbers_where_the_codes_are(browser, book):
    from selenium.webdriver.common.keys import Keys

    opened(browser, book, "latent")
    browser.evaluate(WATCHED)
    browser.find(".explorer canvas")[0].send_keys(Keys.ARROW_RIGHT)
    written = browser.evaluate("written")
    for number in (-3, -2, -1, 1, 2, 3):
        x, y = written[str(number).replace("-", "−")]
        assert x == 12  # the last that is written of each: along the left rim
        assert y == pytest.approx((1 - number / 3.4) * 240)


def test_clean_paper_asks_for_a_digit(browser, book):
    opened(browser, book, "latent")
    button(browser, "Go where your digit lies").click()
    assert "Draw a digit first" in status(browser)


def test_one_test_image_in_fifteen_costs_what_is_called_no_digit(of_the_plane):
    images = np.float64(data.mnist5k().test_images)
    mean, _ = of_the_plane.encode(images)
    rebuilt = np.clip(to_numpy(of_the_plane.generate(to_numpy(mean.value))), 1e-7, 1 - 1e-7)
    nats = -(images * np.log(rebuilt) + (1 - images) * np.log(1 - rebuilt)).sum(axis=1)
    assert 1 / 18 < (nats / images.sum(axis=1) > 2.35).mean() < 1 / 12


# Eight numbers of an image


@pytest.fixture(scope="module")
def of_the_sliders():
    """The decoder and the arrays that the page carries, in double precision."""
    from scratchgen import backend

    backend.use("numpy", "float64")
    with np.load(sliders.FILE, allow_pickle=False) as file:
        return sliders.decoder(), {name: np.float64(file[name]) for name in file}


def image_of(decoder, code):
    return 1 / (1 + np.exp(-to_numpy(decoder(np.array([code])).value)[0]))


def test_the_sliders_image_is_pythons(browser, book, of_the_sliders):
    from selenium.webdriver.common.keys import Keys

    opened(browser, book, "sliders")
    for i, name in enumerate("₁₂₃₄₅₆₇₈"):
        set_slider(browser, f"z{name}", 0.5 * i - 2)
    slide(browser, "z₁", Keys.ARROW_RIGHT * 2)  # by .05 each
    code = 0.5 * np.arange(8) - 2 + 0.1 * (np.arange(8) == 0)
    np.testing.assert_allclose(point(browser), code, atol=1e-12)
    found = browser.evaluate("[...document.querySelector('.stage').image]")
    np.testing.assert_allclose(found, image_of(of_the_sliders[0], code), rtol=0, atol=1e-5)


def test_a_walk_and_an_edit_are_sums_of_codes(browser, book, of_the_sliders):
    opened(browser, book, "sliders")
    arrays = of_the_sliders[1]
    choose(browser, "From", "3")
    choose(browser, "to", "5")
    set_slider(browser, "walked", 0.25)
    between = 0.75 * arrays["codes"][3] + 0.25 * arrays["codes"][5]
    np.testing.assert_allclose(point(browser), between, atol=1e-12)
    set_slider(browser, "slant", 1.5)
    set_slider(browser, "ink", -1)
    ways = arrays["directions"]
    np.testing.assert_allclose(point(browser), between + 1.5 * ways[0] - ways[1], atol=1e-12)
    button(browser, "Back to the first image").click()
    np.testing.assert_allclose(point(browser), arrays["codes"][3], atol=1e-12)


def test_an_edit_changes_what_it_names(of_the_sliders):
    decoder, arrays = of_the_sliders
    for k, name in enumerate(sliders.ATTRIBUTES):
        ends = [
            np.stack([image_of(decoder, code + by * arrays["directions"][k])
                      for code in arrays["codes"]])
            for by in (-1.5, 1.5)
        ]  # fmt: skip
        less, more = (sliders.attributes(x)[:, k] for x in ends)
        assert (more > less).mean() > 0.9, name


def test_the_slant_of_a_line_is_that_of_its_angle():
    y, x = np.divmod(np.arange(784), 28)
    leaning = np.abs((x - 13.5) + 0.5 * (y - 13.5)) < 1.5  # half a pixel to the right, one up
    upright = np.abs(x - 13.5) < 1.5
    slants = sliders.attributes(np.float64([leaning, upright]))[:, 0]
    np.testing.assert_allclose(slants, [0.5, 0], atol=0.03)


def test_directions_are_those_by_which_codes_were_made():
    rng = np.random.default_rng(0)
    values, ways = rng.standard_normal((200, 3)), rng.standard_normal((3, 8))
    standard = (values - values.mean(0)) / values.std(0)
    np.testing.assert_allclose(sliders.directions(standard @ ways + 2, values), ways, atol=1e-9)


def test_an_explorer_has_its_still_figure_where_scripts_are_off(browser, book):
    browser.command("Emulation.setScriptExecutionDisabled", value=True)
    try:
        for one in explorers.there():
            browser.open(book / f"{one.anchor}.html")
            shown = browser.find(".stage svg, .stage img")
            assert [x.is_displayed() for x in shown] == [True], one.name
    finally:
        browser.command("Emulation.setScriptExecutionDisabled", value=False)
