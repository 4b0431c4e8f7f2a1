"""Animations: every frame in its time, no file larger than asked, a still beside it."""

import io
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from scratchgen import draw
from scratchgen.draw import encoding
from scratchgen.draw.encoding import _encode, _kept, _ladder, encoded
from tests.fake_cupy import DeviceArray, install

RNG = np.random.default_rng(0)
NOISE = RNG.random((16, 40, 40))  # the hardest to make small
SUFFIXES = pytest.mark.parametrize("suffix", [".png", ".webp"])


def read(content):
    """All frames of a file as arrays, and how many milliseconds each is shown."""
    image = Image.open(io.BytesIO(content))
    frames, milliseconds = [], []
    for i in range(image.n_frames):
        image.seek(i)
        frames.append(np.asarray(image.convert("RGB")))
        milliseconds.append(image.info["duration"])
    return np.array(frames), milliseconds


def film(n=4, **options):
    """n frames of colours that differ in every pixel from one to the next."""
    frames = np.random.default_rng(n).integers(0, 256, (n, 6, 5, 3), dtype=np.uint8)
    return frames, draw.animation(frames, scale=2, **options)


def plot(height):
    return draw.curves({"loss": [3.0, 2.0, height]}, title="Step by step", caption="It falls.")


@pytest.fixture(scope="module")
def plots():
    return draw.animation([plot(h) for h in np.linspace(1, 3, 8)])


# ---- frames --------------------------------------------------------------------------------------


@SUFFIXES
def test_pixel_art_comes_back_pixel_for_pixel(suffix):
    frames, animation = film()
    found, _ = read(encoded(animation, suffix))
    assert (found == frames.repeat(2, axis=1).repeat(2, axis=2)).all()


@SUFFIXES
def test_each_frame_is_shown_for_its_time(suffix):
    _, animation = film(seconds=[0.2, 0.5, 0.1, 0.3], last=1.5)
    assert read(encoded(animation, suffix))[1] == [200, 500, 100, 1500]


@SUFFIXES
def test_it_plays_for_ever(suffix):
    assert Image.open(io.BytesIO(encoded(film()[1], suffix))).info["loop"] == 0


def test_the_last_frame_stays_at_least_as_long_as_the_others():
    assert draw.animation(NOISE[:3], seconds=4.0, last=1.0).seconds == (4.0, 4.0, 4.0)


@SUFFIXES
def test_one_frame_is_an_animation_too(suffix):
    content = encoded(draw.animation(NOISE[:1]), suffix)
    assert Image.open(io.BytesIO(content)).size == (600, 600)


def test_numbers_from_0_to_1_become_all_greys():
    frames = np.linspace(0, 1, 256).reshape(1, 16, 16)
    assert (draw.animation(frames).frames.ravel() == np.arange(256)).all()


def test_frames_of_uint8_stay_as_they_are():
    frames, animation = film()
    assert (animation.frames == frames).all()


def test_small_images_are_enlarged_and_large_ones_are_not():
    assert draw.animation(np.zeros((2, 28, 28))).scale == 21
    assert draw.animation(np.zeros((2, 28, 800))).scale == 1
    assert draw.animation(np.zeros((2, 28, 28)), scale=3).scale == 3


def test_figures_are_frames_as_wide_as_a_page_shows_them(plots):
    figure = plot(1.0)
    width, height = figure.get_size_inches()
    assert plots.frames.shape == (8, round(height * 100), round(width * 100), 3)
    assert not plots.sharp
    assert plots.still.shape[1] == 2 * plots.frames.shape[2]


def test_a_figure_stays_as_it_was_after_it_was_a_frame():
    figure = plot(1.0)
    before = figure.dpi
    draw.animation([figure])
    assert figure.dpi == before


def test_frames_may_come_one_by_one_and_from_the_device(monkeypatch):
    install(monkeypatch)
    assert len(draw.animation(plot(h) for h in (1.0, 2.0)).frames) == 2
    assert len(draw.animation([DeviceArray(frame) for frame in NOISE[:3]]).frames) == 3
    assert len(draw.animation(DeviceArray(NOISE)).frames) == 16


def test_a_mosaic_is_a_frame():
    frame = draw.mosaic(RNG.random((10, 64)), columns=5)
    assert frame.shape == (2 * 9 + 1, 5 * 9 + 1)
    assert draw.animation([frame, frame]).frames.shape == (2, 19, 46)


def test_a_mosaic_holds_every_image_in_its_place():
    images = RNG.random((6, 4, 4))
    frame = draw.mosaic(images, columns=3)
    for i, image in enumerate(images):
        top, left = 1 + 5 * (i // 3), 1 + 5 * (i % 3)
        assert (frame[top : top + 4, left : left + 4] == image).all()


def test_a_mosaic_takes_the_range_of_its_pixels():
    assert draw.mosaic(np.full((1, 4), -1.0), value_range=(-1, 1))[1, 1] == 0


# ---- no larger than asked ------------------------------------------------------------------------


@SUFFIXES
@settings(deadline=None, max_examples=12)
@given(most=st.integers(5_000, 60_000))
def test_a_file_is_never_larger_than_asked(suffix, most):
    animation = draw.animation(NOISE, scale=1, most=most)
    try:
        content = encoded(animation, suffix)
    except ValueError:
        content = b""  # what it then says is another test's
    assert len(content) <= most


@SUFFIXES
def test_plots_are_never_larger_than_asked(plots, suffix):
    large = len(encoded(plots, suffix))
    small = encoded(replace(plots, most=large * 2 // 3), suffix)
    assert len(small) <= large * 2 // 3
    assert read(small)[0].shape[0] >= 1


def test_what_fits_is_not_reduced():
    animation = film(most=100_000)[1]
    assert len(set(map(tuple, read(encoded(animation, ".png"))[0].reshape(-1, 3)))) > 64


def test_the_first_rung_that_fits_is_taken(monkeypatch):
    animation = draw.animation(NOISE, scale=1)
    ladder = _ladder(animation, ".png")
    sizes = [len(_encode(animation, rung, ".png")) for rung in ladder]
    assert sizes == sorted(sizes, reverse=True)
    for size in sizes:
        animation = draw.animation(NOISE, scale=1, most=size)
        assert len(encoded(animation, ".png")) == size


def test_the_ladder_takes_colours_first_then_dots_then_frames():
    ladder = _ladder(draw.animation(np.zeros((64, 28, 28)), scale=20), ".png")
    assert [(rung.fidelity, rung.dots, rung.every) for rung in ladder] == [
        (256, 20, 1), (64, 20, 1), (16, 20, 1), (16, 14, 1), (16, 9, 1),
        (16, 9, 2), (16, 9, 4), (16, 9, 8),
    ]  # fmt: skip


def test_dots_go_down_to_one_a_pixel():
    for scale in (1, 2, 3):
        ladder = _ladder(draw.animation(np.zeros((1, 300, 300)), scale=scale), ".png")
        assert ladder[-1].dots == 1
        assert len(ladder) == len(set(ladder))


def test_plots_as_webp_lose_quality_first(plots):
    ladder = _ladder(plots, ".webp")
    assert [(rung.fidelity, rung.dots, rung.every) for rung in ladder] == [
        (90, 1, 1), (75, 1, 1), (60, 1, 1), (45, 1, 1), (45, 1, 2), (45, 0.75, 2),
    ]  # fmt: skip
    assert all(rung.lossy for rung in ladder)


def test_no_ladder_leaves_fewer_than_four_frames():
    for n in range(1, 40):
        ladder = _ladder(draw.animation(np.zeros((n, 28, 28))), ".png")
        assert len(_kept(draw.animation(np.zeros((n, 28, 28))), ladder[-1].every)[0]) >= min(n, 4)


@given(n=st.integers(1, 40), every=st.integers(1, 8), data=st.data())
def test_leaving_frames_out_keeps_the_last_and_the_whole_time(n, every, data):
    seconds = data.draw(st.lists(st.floats(0.01, 5), min_size=n, max_size=n))
    frames = np.arange(n, dtype=np.uint8)[:, None, None] * np.ones((1, 2, 2), np.uint8)
    kept, shown = _kept(draw.animation(frames, seconds=seconds, last=0.01), every)
    assert kept[-1, 0, 0] == n - 1
    assert (np.diff(kept[:, 0, 0].astype(int)) == every).all()
    assert sum(shown) == round(1000 * sum(seconds))
    assert min(shown) > 0


def test_what_stands_still_does_not_flicker_when_colours_go():
    moving = RNG.integers(0, 256, (8, 20, 20, 3), dtype=np.uint8)
    frames = np.concatenate([moving, np.broadcast_to(moving[:1], moving.shape)], axis=2)
    animation = draw.animation(frames, scale=1)
    reduced = _ladder(animation, ".png")[2]
    found, _ = read(_encode(animation, reduced, ".png"))
    assert len(set(map(tuple, found.reshape(-1, 3)))) <= reduced.fidelity
    assert (found[:, :, 20:] == found[0, :, 20:]).all()


def test_rare_colours_are_kept():
    frames = np.full((4, 60, 60, 3), 255, np.uint8)
    frames[:, :, 30:] = np.linspace(100, 255, 30).astype(np.uint8)[None, None, :, None]
    frames[:, 7:9, 7:9] = (168, 32, 58)  # four dots of the red of samples
    frames[:, 0, 0] = np.arange(0, 256, 64)[:, None]
    animation = draw.animation(frames, scale=1)
    few = _ladder(animation, ".png")[2]
    found, _ = read(_encode(animation, few, ".png"))
    assert np.abs(found[:, 7:9, 7:9].astype(int) - (168, 32, 58)).max() < 20


def test_few_colours_are_near_those_they_stand_for():
    frames = np.linspace(0, 1, 4 * 900).reshape(4, 30, 30)
    animation = draw.animation(frames, scale=1)
    sixteen = _ladder(animation, ".png")[2]
    found, _ = read(_encode(animation, sixteen, ".png"))
    assert np.abs(found[..., 0].astype(float) - animation.frames).max() <= 20


def test_what_would_fit_is_said_and_true():
    with pytest.raises(ValueError, match=r"at most 1,000 bytes, got [\d,]+ at the least") as caught:
        encoded(draw.animation(NOISE, scale=1, most=1_000), ".png")
    assert "16 colours, 1 dots to a pixel, 1 in 4 frames" in str(caught.value)
    least = int(str(caught.value).split("most=")[1].split(",")[0])
    assert len(encoded(draw.animation(NOISE, scale=1, most=least), ".png")) <= least


@SUFFIXES
def test_the_same_frames_give_the_same_bytes(suffix):
    assert encoded(film()[1], suffix) == encoded(film()[1], suffix)


# ---- to disk -------------------------------------------------------------------------------------


@SUFFIXES
def test_an_animation_is_saved_with_its_still(tmp_path, suffix):
    frames, animation = film()
    path = draw.save(animation, tmp_path / "new" / f"film{suffix}")
    assert path == tmp_path / "new" / f"film{suffix}"
    assert sorted(p.name for p in path.parent.iterdir()) == [f"film{suffix}", "film_still.png"]
    assert len(read(path.read_bytes())[0]) == 4
    still = np.asarray(Image.open(path.with_name("film_still.png")))
    assert (still == frames[-1].repeat(2, axis=0).repeat(2, axis=1)).all()


def test_the_still_of_a_plot_is_its_last_figure_in_full(tmp_path, plots):
    draw.save(plots, tmp_path / "film.webp")
    still = np.asarray(Image.open(tmp_path / "film_still.png"))
    assert (still == plots.still).all()
    figure = draw.save(plot(3.0), tmp_path / "figure.png")
    assert (still == np.asarray(Image.open(figure))[..., :3]).all()


def test_an_animation_that_cannot_be_made_small_leaves_the_old_file(tmp_path):
    (tmp_path / "film.png").write_bytes(b"old")
    with pytest.raises(ValueError, match="at most 500 bytes"):
        draw.save(draw.animation(NOISE, most=500), tmp_path / "film.png")
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"old"]


def test_an_interrupted_animation_leaves_no_half_a_file(tmp_path, monkeypatch):
    whole = Path.write_bytes

    def interrupted(path, content):
        whole(path, content[:9])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        draw.save(film()[1], tmp_path / "film.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("existing", ["film.webp", "film_still.png"])
def test_neither_file_is_replaced_unless_it_may(tmp_path, existing):
    (tmp_path / existing).write_bytes(b"a person's own")
    with pytest.raises(FileExistsError, match=f"{existing} exists"):
        draw.save(film()[1], tmp_path / "film.webp", overwrite=False)
    assert (tmp_path / existing).read_bytes() == b"a person's own"


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert draw.save(film()[1], "~/film.png") == tmp_path / "film.png"
    assert draw.save(plot(1.0), os.path.join("~", "plot.png")).parent == tmp_path


def test_the_fewest_encodings_find_the_rung(monkeypatch):
    tried = []

    def counted(animation, rung, suffix):
        tried.append(rung)
        return _encode(animation, rung, suffix)

    monkeypatch.setattr(encoding, "_encode", counted)
    encoded(draw.animation(np.tile(NOISE, (2, 1, 1)), scale=1, most=20_000), ".png")
    assert len(tried) == len(set(tried)) <= 5


# ---- what is refused -----------------------------------------------------------------------------

WRONG = {
    r"animation\(frames\): expected shape \(F, H, W\), got \(4, 4\)": lambda: (
        draw.animation(np.zeros((4, 4)))
    ),
    r"animation\(frames\): expected shape \(F, H, W, 3\), got \(2, 4, 4, 4\)": lambda: (
        draw.animation(np.zeros((2, 4, 4, 4), np.uint8))
    ),
    r"animation\(frames\): expected shape \(F, H, W\), got \(0,\)": lambda: draw.animation([]),
    r"animation\(frames\): expected shape \(F, H, W\), got \(0, 4, 4\)": lambda: (
        draw.animation(np.zeros((0, 4, 4), np.uint8))
    ),
    r"animation\(frames\): expected numbers from 0 to 1, or uint8, got -1 to 1\. .*\(x \+ 1\)": (
        lambda: draw.animation(np.linspace(-1, 1, 8).reshape(2, 2, 2))
    ),
    r"animation\(frames\): expected finite numbers, got nan": lambda: (
        draw.animation(np.full((1, 2, 2), np.nan))
    ),
    r"animation\(frames\): expected arrays of shape \(2, 2\) like the first, got \(3, 3\) for "
    r"frames\[1\]": lambda: draw.animation([np.zeros((2, 2)), np.zeros((3, 3))]),
    r"animation\(frames\): expected figures of one size, \d+ x \d+ dots like the first, got "
    r"\d+ x \d+ for frames\[1\]": lambda: (
        draw.animation([draw.points([[0, 0]]), draw.points([[0, 0]], caption="more")])
    ),
    r"animation: expected Figures alone, .* got a scale": lambda: (
        draw.animation([plot(1.0)], scale=2)
    ),
    r"animation: expected Figures alone, .* or arrays besides": lambda: (
        draw.animation([plot(1.0), NOISE[0]])
    ),
    r"animation\(scale\): expected 1 dot to a pixel or more, got 0": lambda: (
        draw.animation(NOISE, scale=0)
    ),
    r"animation\(most\): expected a number of bytes from 1, got 0": lambda: (
        draw.animation(NOISE, most=0)
    ),
    r"animation\(seconds\): expected 16, one for each frame, got 2": lambda: (
        draw.animation(NOISE, seconds=[1, 2])
    ),
    r"animation: expected seconds from 0\.01 to 60 for each frame, got 0 to 2": lambda: (
        draw.animation(NOISE, seconds=0)
    ),
    r"mosaic\(columns\): expected 1 or more, got 0": lambda: draw.mosaic(NOISE, columns=0),
    r"save: expected a path that ends in \.png or \.webp, got 'film\.gif'\. Name it 'film\.png'": (
        lambda: draw.save(draw.animation(NOISE), "film.gif")
    ),
    r"save: expected a path that ends in \.png, got 'plot\.webp'": lambda: (
        draw.save(plot(1.0), "plot.webp")
    ),
}


@pytest.mark.parametrize("message", WRONG)
def test_a_wrong_animation_is_named_with_its_remedy(message):
    with pytest.raises(ValueError, match=message):
        WRONG[message]()


def test_colours_of_photographs_are_chosen_in_seconds():
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (12, 20, 20, 3)).astype(np.uint8)
    frames = [np.array(Image.fromarray(each).resize((180, 180))) for each in coarse]
    film = draw.animation(np.array(frames), seconds=0.1, scale=1, most=400_000)
    began = time.process_time()
    found = encoded(film, ".webp")
    assert len(found) <= 400_000
    assert time.process_time() - began < 10
