"""Lesson 4: its layers, losses and optimisers are the library's, and its judge is lesson 12's."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from lessons.runner.cells import find_lessons
from lessons.runner.choose import choose_lesson
from lessons.runner.curriculum import Course
from lessons.runner.session import Session
from scratchgen import functions, nn, optim
from scratchgen.engine import Tensor, grad
from tests.quick_lesson import run_quick

NAMES = {"slopes", "race", "deep", "rates", "mistakes"}
SEED = 5


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    return tmp_path_factory.mktemp("figures")


@pytest.fixture(scope="module")
def lesson(figures):
    return run_quick("layers_and_adam", figures, seed=SEED)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def run_until_there_is_a_judge(name: str, quick: str, figures: Path) -> ModuleType:
    """The namespace of a lesson that was left behind the cell that trains its judge."""
    with pytest.MonkeyPatch.context() as patch:
        for option, value in {"QUICK": quick, "DATA": "digits", "SEED": str(SEED)}.items():
            patch.setenv(f"SCRATCHGEN_LESSON_{option}", value)
        patch.setenv("SCRATCHGEN_FIGURES", str(figures))
        patch.setenv("SCRATCHGEN_LESSON", "")
        lesson = choose_lesson(Course(find_lessons(Path(__file__).parent.parent / "lessons")), name)
        session = Session(lesson)
        cells = iter(cell for cell in lesson.cells() if cell.kind == "code")
        while not hasattr(session.module, "judge"):
            session.run(next(cells))
    return session.module


def assert_same_judge(ours: ModuleType, theirs: ModuleType):
    assert nn.state(ours.judge).keys() == nn.state(theirs.judge).keys()
    for name, w in nn.state(theirs.judge).items():
        np.testing.assert_array_equal(nn.state(ours.judge)[name], w)


def race(ours, library, rng, steps=20, **settings):
    """Weights after some steps of the lesson's rule, in float64, and of the library's."""
    w, state, theirs = np.array([1.0, -2.0]), (), Tensor(np.array([1, -2], "float32"))
    optimiser = library([theirs], **settings)
    for t in range(1, steps + 1):
        optimiser.step([g := rng.standard_normal(2, "float32")])
        w, *state = ours(w, g.astype("float64"), t, settings["lr"], *state)
    return w, theirs.value


def test_the_initial_weights_are_the_librarys(lesson):
    for name in ("he", "glorot"):
        ours, theirs = (
            getattr(where, name)(30, 20, np.random.default_rng(1)) for where in (lesson, nn)
        )
        np.testing.assert_array_equal(ours, theirs)


def test_the_dense_layer_is_the_librarys_with_its_gradients(lesson, rng):
    leaves = [Tensor(rng.standard_normal(shape)) for shape in ((5, 4), (4, 3), (3,))]
    g = rng.standard_normal((5, 3))
    for ours, theirs in zip(
        *(grad((f(*leaves) * g).sum(), leaves) for f in (lesson.dense, functions.linear)),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-14)


def test_sgd_and_momentum_are_the_librarys(lesson, rng):
    np.testing.assert_allclose(*race(lesson.sgd, optim.SGD, rng, lr=0.1), rtol=1e-5)
    np.testing.assert_allclose(
        *race(lesson.momentum, optim.SGD, rng, lr=0.1, momentum=0.9), rtol=1e-5
    )


def test_adam_is_the_librarys(lesson, rng):
    np.testing.assert_allclose(*race(lesson.adam, optim.Adam, rng, lr=0.1), rtol=1e-5)


def test_the_loss_is_the_librarys(lesson, rng):
    logits, labels = rng.standard_normal((6, 10)) * 30, rng.integers(0, 10, 6)
    ours, theirs = (f(Tensor(logits), labels) for f in (lesson.log_loss, functions.cross_entropy))
    assert float(ours) == pytest.approx(float(theirs), rel=1e-12)


def test_the_slopes_of_the_loss_are_the_librarys(lesson, rng):
    logits, labels = rng.standard_normal((6, 10)) * 30, rng.integers(0, 10, 6)
    for f in (lesson.log_loss, functions.cross_entropy):
        slopes = grad(f(t := Tensor(logits), labels), t)
        np.testing.assert_allclose(
            slopes, (functions.softmax(logits) - np.eye(10)[labels]) / 6, atol=1e-12
        )


def test_the_loss_is_finite_at_any_logits_of_float32(lesson):
    t = Tensor(np.array([[1e4, 0.0], [-1e4, 0.0]], "float32"))
    loss = lesson.log_loss(t, np.array([1, 0]))
    assert float(loss) == 1e4
    assert grad(loss, t).tolist() == [[0.5, -0.5], [-0.5, 0.5]]


def test_slopes_vanish_through_sigmoids_and_not_through_he_and_relu(lesson):
    assert lesson.left["sigmoid, Glorot"] < 1e-6
    assert lesson.left["relu, He"] > 0.5
    assert all(size[0] == 1 and len(size) == 11 for size in lesson.sizes.values())


def test_the_race_starts_at_one_place_and_ends_where_it_is_said(lesson):
    for name, path in lesson.paths.items():
        assert path[0].tolist() == [-0.5, 2.5]
        assert lesson.rosenbrock(path[-1]) == lesson.ends[name]


def test_from_the_other_start_that_the_lesson_names_momentum_wins(lesson):
    ends = {}
    for rule in (lesson.momentum, lesson.adam):
        with np.errstate(all="ignore"):
            paths = [lesson.descend(rule, lr, start=(-1.5, 2.0)) for lr in lesson.rates]
            ends[rule] = np.nanmin([lesson.rosenbrock(path[-1]) for path in paths])
    assert ends[lesson.momentum] < ends[lesson.adam]


def test_a_quick_judge_is_that_of_lesson_12_weight_for_weight(lesson, tmp_path):
    assert_same_judge(lesson, run_until_there_is_a_judge("gan", "1", tmp_path))


@pytest.mark.slow
def test_the_judge_is_that_of_lesson_12_weight_for_weight(tmp_path):
    ours, theirs = (
        run_until_there_is_a_judge(name, "0", tmp_path) for name in ("layers_and_adam", "gan")
    )
    assert_same_judge(ours, theirs)
    assert np.mean(ours.said == ours.truth) == theirs.judged


def test_the_judge_stays_in_float32(lesson):
    assert {w.value.dtype.name for w in lesson.judge.parameters()} == {"float32"}


def test_the_mistakes_shown_are_mistakes_the_surest_first(lesson):
    assert (lesson.said[lesson.wrong] != lesson.truth[lesson.wrong]).all()
    assert (np.diff(lesson.sure[lesson.wrong]) <= 0).all()


def test_a_quick_run_leaves_every_figure(lesson, figures):
    drawn = {path.name for path in figures.iterdir()}
    assert drawn == {f"lesson04_layers_and_adam_{name}.png" for name in NAMES}
