"""Lesson 15: its race is the library's training, its table and its searches hold a second way."""

import copy
import math

import numpy as np
import pytest

from lessons.tables import column, gan_or_vae, rows
from scratchgen import data, gan, vae
from scratchgen.backend import to_numpy
from tests.quick_lesson import run_quick

SEED = 5
NAMES = {"early", "nets", "moments", "race", "soft", "sharp", "leads", "back"}


@pytest.fixture(scope="module")
def lesson(figures):
    return run_quick("gan_or_vae", figures, seed=SEED)


@pytest.fixture
def rng():
    return np.random.default_rng(SEED)


# The machines.


def test_the_vae_is_trained_as_the_library_does(rng):
    images = data.digits().train_images[:256]
    machine = gan_or_vae.build("VAE", images, SEED)
    model = vae.VAE(64, 10, (256, 128), rng=rng)
    for _ in vae.train(model, images, vae.Settings(epochs=2), rng=rng):
        next(machine.passes)
    made = machine.make(5, np.random.default_rng(0))
    np.testing.assert_allclose(made, to_numpy(model.sample(5, np.random.default_rng(0))), rtol=1e-5)


def test_the_gan_is_trained_as_the_library_does_and_shows_the_calm_copy(rng):
    images = data.digits().train_images[:256]
    machine = gan_or_vae.build("GAN", images, SEED)
    G = gan.generator(10, 64, (128, 256), rng=rng)
    D, calm = gan.discriminator(64, (256, 128), rng=rng), copy.deepcopy(G)
    asked = gan.Settings(epochs=2, lr=1e-3, betas=(0, 0.99), r1=0.1, r2=0.1, decay=0.995)
    for _ in gan.train(G, D, images, asked, rng=rng, average=calm):
        next(machine.passes)
    made = machine.make(5, np.random.default_rng(0))
    expected = to_numpy(gan.generate(calm, 5, np.random.default_rng(0)))
    np.testing.assert_allclose(made, expected, atol=1e-6)


def test_decoder_and_generator_are_the_same_net(lesson):
    decoder = lesson.finished["VAE"].model.decoder
    generator = lesson.finished["GAN"].nets[0]
    shapes = [[w.value.shape for w in net.parameters()] for net in (decoder, generator)]
    assert shapes[0] == shapes[1]
    weights = [lesson.finished[name].weights() for name in ("VAE", "GAN")]
    assert max(weights) / min(weights) < 1.03


def test_the_live_race_gives_the_numbers_of_a_row(lesson):
    for name in gan_or_vae.MACHINES:
        found = gan_or_vae.run(name, SEED, 0.5)[0.5]
        for mark, value in lesson.looks[name][0.5][1].items():
            assert found[mark] == pytest.approx(value, abs=1e-6)


def test_a_pass_counts_the_cpu_time_and_not_that_of_the_wall(monkeypatch):
    clock = iter([1.0, 1.5, 7.0, 7.25])
    monkeypatch.setattr(gan_or_vae.time, "process_time", lambda: next(clock))
    passes = gan_or_vae._timed(iter("ab"))
    assert [next(passes), next(passes)] == [0.5, 0.25]


# The table.


def test_the_table_has_each_seed_machine_and_moment_once():
    asked = [(row["machine"], row["seed"], row["seconds"]) for row in gan_or_vae.ROWS]
    found = [(row["machine"], row["seed"], row["seconds"]) for row in rows("gan_or_vae")]
    assert sorted(found) == sorted(asked)


def test_a_lead_is_students_interval_of_three_differences(lesson):
    of_gan, of_vae = (
        np.array(column(rows("gan_or_vae"), "recall", machine=name, seconds=8))
        for name in ("GAN", "VAE")
    )
    found = lesson.lead("recall", 8)
    differences = of_gan - of_vae
    assert found.mean == pytest.approx(differences.mean())
    width = 4.3027 * differences.std(ddof=1) / math.sqrt(3)
    assert found.half_width == pytest.approx(width, rel=1e-3)


def test_the_winners_are_those_that_the_text_names(lesson):
    named = {
        "precision": {2: "VAE"},
        "recall": {2: "-", 8: "GAN", 32: "GAN"},
        "coverage": {2: "VAE", 8: "-", 32: "-"},
        "sharpness": {2: "GAN", 8: "GAN", 32: "GAN"},
    }
    found = {
        mark: {seconds: lesson.winner(lesson.lead(mark, seconds)) for seconds in moments}
        for mark, moments in named.items()
    }
    assert found == named


def test_the_curves_cross_where_the_text_says():
    for seed in range(3):
        ahead = {}
        for mark in ("recall", "coverage"):
            of_gan, of_vae = (
                column(rows("gan_or_vae"), mark, machine=name, seed=seed) for name in ("GAN", "VAE")
            )
            ahead[mark] = dict(
                zip(gan_or_vae.SECONDS, np.array(of_gan) > np.array(of_vae), strict=True)
            )
        assert [ahead["recall"][t] for t in (0.5, 1, 2, 4, 8, 16, 32)] == 2 * [False] + 5 * [True]
        assert not any(ahead["coverage"][t] for t in (0.5, 1, 2, 4))
    at_16 = [column(rows("gan_or_vae"), "coverage", seed=seed, seconds=16) for seed in range(3)]
    assert [of_gan > of_vae for of_vae, of_gan in at_16] == [True, True, False]


def test_the_bound_rises_while_the_density_falls():
    for seed in range(3):
        bound, density = (
            column(rows("gan_or_vae"), mark, machine="VAE", seed=seed)
            for mark in ("bound", "density")
        )
        assert bound == sorted(bound)
        assert density[-1] < 0.65 * density[0]


def test_both_machines_took_the_same_time():
    took = {
        name: np.mean(column(rows("gan_or_vae"), "took", machine=name, seconds=32))
        for name in gan_or_vae.MACHINES
    }
    assert took["VAE"] / took["GAN"] == pytest.approx(1, abs=0.25)


# What cannot be compared.


def test_a_gan_has_no_bound_and_a_vaes_lies_below_log_p(lesson):
    assert math.isnan(lesson.finished["GAN"].bound(lesson.held_out))
    assert lesson.finished["VAE"].bound(lesson.held_out[:100]) < lesson.log_p.mean() + 0.1


def test_a_search_finds_the_nearest_image(lesson, rng, monkeypatch):
    monkeypatch.setattr(lesson, "searching", 1000)
    W = rng.standard_normal((lesson.Z, 16)).astype("float32")
    x = rng.standard_normal((3, 16)).astype("float32")
    z = lesson.search(lambda z: z @ W, x)
    best = np.linalg.lstsq(W.T, x.T, rcond=None)[0].T
    np.testing.assert_allclose(z.value, best, atol=1e-2)


def test_a_quick_run_leaves_every_figure(lesson, figures):
    drawn = {path.name for path in figures.iterdir()}
    assert drawn == {f"lesson15_gan_or_vae_{name}.png" for name in NAMES}
