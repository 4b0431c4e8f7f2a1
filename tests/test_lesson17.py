"""Lesson 17: its table, its files, its flow and its denoiser, checked a second way."""

import importlib.util
import itertools
import json
import math
import shutil
import subprocess
import sys

import numpy as np
import pytest

from lessons.tables import column, elsewhere, rows
from scratchgen import vae
from scratchgen.backend import normal
from scratchgen.engine import Tensor, grad
from scratchgen.optim import Adam
from tests.quick_lesson import run_quick

NAMES = ["losses", "convolution", "flow", "diffusion", "trained"]
PACKAGES = ("torch", "keras", "onnxruntime")


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    return tmp_path_factory.mktemp("figures")


@pytest.fixture(scope="module")
def lesson(figures):
    with pytest.MonkeyPatch.context() as patch:
        for name in PACKAGES:
            patch.setitem(sys.modules, name, None)  # as where they are not installed
        found = run_quick("onward", figures, data="mnist5k")
    return found


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def test_a_quick_run_without_other_libraries_leaves_every_figure(lesson, figures):
    assert lesson.torch is lesson.keras is lesson.onnxruntime is None
    drawn = {path.name for path in figures.iterdir()}
    assert drawn == {f"lesson17_onward_{name}.png" for name in NAMES}


def test_without_them_it_shows_what_was_measured(lesson):
    assert lesson.answers == column(rows("rosetta"), "torch")
    for name in ("PyTorch", "Keras"):
        measured = column(rows("elsewhere"), "loss", framework=name)
        assert list(lesson.found[name]) == measured[: len(lesson.marks)]


def test_our_losses_are_those_that_the_table_was_measured_beside(lesson):
    for i, step in enumerate(lesson.marks):
        for framework in ("PyTorch", "Keras"):
            (loss,) = column(rows("elsewhere"), "loss", framework=framework, step=step)
            assert lesson.found["ours"][i] == pytest.approx(loss, abs=0.01)


def test_the_table_has_a_row_for_every_step_that_is_drawn():
    assert len(rows("elsewhere")) == len(elsewhere.ROWS) == 2 * len(elsewhere.STEPS) + 1
    for row in rows("elsewhere"):
        assert row["apart"] < 0.5


def test_each_line_of_the_table_says_what_arithmetic_says(lesson):
    logistic = 1 / (1 + math.exp(-3))
    loss = pytest.approx(-math.log(logistic), rel=1e-5)
    assert lesson.ours == [6, 6, 6, 3, loss, 6, 2]
    assert lesson.answers == [6, 12, 6, 3, loss, 1, 5]


@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in PACKAGES),
    reason=f"needs {', '.join(PACKAGES)}: the table holds what they gave",
)
def test_with_all_three_the_lesson_gives_what_the_table_says(tmp_path):
    there = run_quick("onward", tmp_path, data="mnist5k")
    assert there.answers == pytest.approx(column(rows("rosetta"), "torch"), rel=1e-5)
    for framework in ("PyTorch", "Keras"):
        measured = column(rows("elsewhere"), "loss", framework=framework)
        assert list(there.found[framework]) == pytest.approx(measured[: len(there.marks)], abs=0.01)
    assert there.theirs == pytest.approx(there.mine, abs=1e-3)


# Our step.


def test_our_step_is_the_librarys(lesson, rng):
    nets = [vae.VAE(lesson.D, lesson.Z, (lesson.H,), rng=np.random.default_rng(3))
            for _ in range(2)]  # fmt: skip
    adams = [Adam(net.parameters(), lesson.lr) for net in nets]
    for _ in range(3):
        x = (rng.random((5, lesson.D)) < 0.5).astype("float32")
        noise = normal(rng, (5, lesson.Z))
        ours = lesson.our_step(nets[0], adams[0], x, noise)
        terms = vae.elbo(nets[1], x, noise)
        loss = -terms.elbo.mean()
        adams[1].step(grad(loss, nets[1].parameters()))
        assert ours == pytest.approx(float(loss.value), rel=1e-5)
    for a, b in zip(*(net.parameters() for net in nets), strict=True):
        np.testing.assert_allclose(a.value, b.value, atol=1e-5)


def test_keras_adam_is_the_formula_of_keras(lesson, rng):
    w, m, v = Tensor(rng.random(4)), np.zeros(4), np.zeros(4)
    theirs, adam = np.array(w.value, float), lesson.KerasAdam([w], lesson.lr)
    for t in range(1, 6):
        g = rng.standard_normal(4).astype("float32") * 1e-6  # so small that epsilon matters
        adam.step([g])
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g.astype(float) ** 2
        rounded = float(1 - np.float32(0.999) ** np.float32(t))
        rate = lesson.lr * math.sqrt(rounded) / (1 - 0.9**t)
        theirs -= rate * m / (np.sqrt(v) + 1e-8)
        np.testing.assert_allclose(w.value, theirs, rtol=0, atol=5e-7)


def test_what_was_forgotten_shows_at_the_third_loss(lesson):
    np.testing.assert_array_less(lesson.forgot[:2], 1e-4)
    assert lesson.forgot[2] > 0.1


# The files.


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_the_web_page_decodes_as_the_model_does(lesson):
    text = lesson.html
    script = text.split("<script>")[1].split("</script>")[0]
    codes = [[0.0, 0.0], [1.5, -0.5]]
    code = f"{script}\nconsole.log(JSON.stringify({json.dumps(codes)}.map(decode)))"
    done = subprocess.run(["node"], input=code, capture_output=True, text=True, check=True)
    images = lesson.start.generate(np.array(codes, "float32"))
    np.testing.assert_allclose(json.loads(done.stdout), images, atol=1e-5)


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_the_web_page_shows_an_image_before_the_mouse_moves(lesson):
    browser = """const drawn = []
    const paper = {createImageData: (w, h) => ({data: new Uint8ClampedArray(4 * w * h)}),
                   putImageData: image => drawn.push(image.data[4 * 300])}
    const canvas = {addEventListener() {}, getContext: () => paper}
    globalThis.document = {querySelector: () => canvas}"""
    script = lesson.html.split("<script>")[1].split("</script>")[0]
    code = f"{browser}\n{script}\nconsole.log(JSON.stringify(drawn))"
    done = subprocess.run(["node"], input=code, capture_output=True, text=True, check=True)
    middle = lesson.start.generate(np.zeros((1, 2), "float32"))[0, 300]
    assert json.loads(done.stdout) == pytest.approx([255 * middle], abs=1)


def test_the_page_needs_no_network(lesson):
    assert "http" not in lesson.html
    assert "src=" not in lesson.html


# Beyond.


def test_a_convolution_is_what_the_picture_says(lesson, rng):
    image, weights = rng.random((6, 7)), rng.random((3, 3))
    seen = lesson.convolve(image, weights)
    assert seen.shape == (4, 5)
    assert seen[2, 3] == pytest.approx((image[2:5, 3:6] * weights).sum())


def test_the_flow_can_be_undone(lesson, rng):
    z = rng.standard_normal((50, 2))
    a, b = lesson.unbend(*lesson.bend(*z.T)[:2])
    np.testing.assert_allclose([a, b], z.T, atol=1e-12)


def test_the_density_of_a_flow_is_that_of_its_jacobian(lesson, rng):
    z, h = rng.standard_normal((20, 2)), 1e-6
    x, log_stretch = lesson.flow(z)
    columns = [(lesson.flow(z + step)[0] - lesson.flow(z - step)[0]) / (2 * h)
               for step in h * np.eye(2)]  # fmt: skip
    area = np.abs(np.linalg.det(np.stack(columns, axis=-1)))
    np.testing.assert_allclose(log_stretch, np.log(area), atol=1e-6)
    bell = -(z**2).sum(1) / 2 - math.log(2 * math.pi)
    np.testing.assert_allclose(lesson.log_density(x), bell - np.log(area), atol=1e-6)


def test_the_density_has_the_area_one(lesson):
    line = np.linspace(-8, 12, 801)
    places = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    total = np.exp(lesson.log_density(places)).sum() * (line[1] - line[0]) ** 2
    assert total == pytest.approx(1, abs=0.01)


def test_the_denoiser_is_bayes_rule(lesson, rng):
    x, noise = rng.random((1, lesson.D)), 3.0
    weights = np.exp(-((x - lesson.known) ** 2).sum(1) / (2 * noise**2))
    mean = (weights[:, None] * lesson.known).sum(0) / weights.sum()
    np.testing.assert_allclose(lesson.denoise(x, noise)[0], mean, atol=1e-6)


def test_with_much_noise_the_denoiser_gives_the_mean_and_with_little_the_nearest(lesson):
    x = lesson.known[:1]
    np.testing.assert_allclose(lesson.denoise(x, 1e4)[0], lesson.known.mean(axis=0), atol=1e-4)
    np.testing.assert_allclose(lesson.denoise(x, 0.01), x, atol=1e-6)


def test_a_perfect_denoiser_too_needs_small_steps(lesson, rng):
    start = lesson.largest * rng.standard_normal((40, lesson.D))

    def ends_at(steps):
        x = start
        for noise, less in itertools.pairwise(
            np.geomspace(lesson.largest, lesson.smallest, steps + 1)
        ):
            guess = lesson.denoise(x, noise)
            x = guess + less / noise * (x - guess)
        return ((guess[:, None] - lesson.known) ** 2).sum(axis=2).argmin(axis=1)

    fine = ends_at(80)
    assert (ends_at(40) == fine).mean() > 0.8
    assert (ends_at(3) == fine).mean() < 0.8


def test_what_comes_out_is_a_copy(lesson):
    distances = np.abs(lesson.guess[:, None] - lesson.known[None]).max(axis=2).min(axis=1)
    assert distances.max() < 0.05


def test_the_net_is_told_the_level(lesson):
    x = np.zeros((2, lesson.D))
    little, much = lesson.guess_by_net(x, np.array([[0.3], [8.0]])).value
    assert np.abs(little - much).max() > 1e-3


def test_a_training_step_lowers_the_error_of_a_guess(lesson):
    assert np.mean(lesson.errors[-10:]) < 0.9 * np.mean(lesson.errors[:3])


def test_the_loop_leaves_what_a_constant_guess_says_and_the_noise_that_remains(lesson, rng):
    guess, draw = rng.random((3, 5)), rng.standard_normal((3, 5))
    levels = np.geomspace(8.0, 0.5, 7)
    way = lesson.generate(lambda x, noise: guess, guess + 8 * draw, levels)
    for (x, said), noise in zip(way, levels, strict=False):
        np.testing.assert_allclose(x, guess + noise * draw)
        assert said is guess


def test_each_made_image_stands_above_its_nearest(lesson):
    for made, near in zip(lesson.made[:20], lesson.close, strict=True):
        best = ((lesson.images - made) ** 2).sum(axis=1).min()
        assert ((near - made) ** 2).sum() == pytest.approx(best, rel=1e-6)
