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
NAMES = {"early", "nets", "finish", "drawn", "race", "sharp", "bound", "leads", "back"}


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


def test_the_grey_vae_is_one_with_normal_pixels(rng):
    images = data.digits().train_images[:256]
    machine = gan_or_vae.build("grey VAE", images, SEED)
    model = vae.VAE(64, 10, (256, 128), rng=rng, likelihood="gaussian", variance=0.02)
    for record in vae.train(model, images, vae.Settings(epochs=2), rng=rng):
        assert next(machine.passes).loss == pytest.approx(-record.elbo, rel=1e-5)


def test_a_pass_counts_the_cpu_time_and_not_that_of_the_wall(monkeypatch):
    clock = iter([1.0, 1.5, 7.0, 7.25])
    monkeypatch.setattr(gan_or_vae.time, "process_time", lambda: next(clock))
    passes = gan_or_vae._timed(iter("ab"), str.upper)
    assert [next(passes), next(passes)] == [(0.5, "A"), (0.25, "B")]


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
    against_the_vae = {
        "precision": {2: "VAE", 32: "VAE"},
        "recall": {2: "nobody", 32: "GAN"},
        "density": {2: "nobody", 32: "GAN"},
        "coverage": {2: "VAE", 32: "nobody"},
        "sharpness": {2: "GAN", 32: "GAN"},
        "nearest": {2: "VAE", 32: "nobody"},
    }
    found = {
        mark: {seconds: lesson.winner(lesson.lead(mark, seconds)) for seconds in (2, 32)}
        for mark in lesson.panels
    }
    assert found == against_the_vae
    other = "grey VAE"
    found = [lesson.winner(lesson.lead("recall", seconds, other), other) for seconds in (2, 32)]
    assert found == ["grey VAE", "nobody"]


def of_seeds(mark, machine):
    """Each seed's marks by the second: (3, 7)."""
    return np.array(
        [column(rows("gan_or_vae"), mark, machine=machine, seed=seed) for seed in range(3)]
    )


def test_the_curves_cross_where_the_text_says():
    recall = {name: of_seeds("recall", name) for name in gan_or_vae.MACHINES}
    after = np.array(gan_or_vae.SECONDS)
    assert ((recall["GAN"] > recall["VAE"]) == (after >= 2)).all()
    assert ((recall["GAN"] > recall["grey VAE"]) == (after >= 4)).all()
    behind = of_seeds("coverage", "GAN") <= of_seeds("coverage", "VAE")
    assert behind[:, after <= 4].all()
    assert [seed[after >= 8].all() for seed in behind] == [False, False, True]


def test_what_softness_moves_is_what_the_gan_leads_in(lesson):
    soft, real = lesson.seen["real, softened"], lesson.seen["real"]
    moved = {mark for mark in ("recall", "density", "sharpness") if lesson.winner(
        lesson.lead(mark, 32)) == "GAN"}  # fmt: skip
    assert moved == {"recall", "density", "sharpness"}
    assert soft["recall"] < real["recall"] - 0.05
    assert soft["density"] > real["density"] + 0.3
    assert soft["sharpness"] < real["sharpness"] - 0.05


def test_softness_helps_in_the_marks_in_which_nobody_leads(lesson):
    soft, real = lesson.seen["real, softened"], lesson.seen["real"]
    assert soft["coverage"] > real["coverage"] + 0.02
    assert soft["nearest"] < real["nearest"] - 0.05
    assert {lesson.winner(lesson.lead(mark, 32)) for mark in ("coverage", "nearest")} == {"nobody"}


def test_the_impostor_is_as_soft_as_the_vae_and_recall_accuses_it_less(lesson):
    soft = lesson.seen["real, softened"]
    at_16 = {
        mark: column(rows("gan_or_vae"), mark, machine="VAE", seconds=16)
        for mark in ("sharpness", "recall")
    }
    assert at_16["sharpness"] == pytest.approx([soft["sharpness"]] * 3, abs=0.01)
    assert max(at_16["recall"]) < soft["recall"] - 0.15


def test_a_witness_notices_that_a_kind_is_missing(rng):
    digits, judge = data.digits(), gan_or_vae.a_judge()
    kept = digits.train_images[digits.train_labels < 8]
    whole, found = (
        gan_or_vae.witnesses(digits.test_images, made, digits.train_labels, judge)
        for made in (digits.train_images, kept)
    )
    assert found["kl"] > whole["kl"] + 0.1
    assert found["nearest"] > whole["nearest"] + 0.1


def test_the_bound_rises_while_the_density_falls():
    for seed in range(3):
        bound, density = (
            column(rows("gan_or_vae"), mark, machine="VAE", seed=seed)
            for mark in ("bound", "density")
        )
        assert bound == sorted(bound)
        assert density[-1] < 0.65 * density[0]


def test_all_machines_took_the_same_time():
    took = {
        name: np.mean(column(rows("gan_or_vae"), "took", machine=name, seconds=32))
        for name in gan_or_vae.MACHINES
    }
    for name in gan_or_vae.MACHINES:
        assert took[name] / took["GAN"] == pytest.approx(1, abs=0.25)


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
