"""A run is a folder that goes on exactly, whatever stopped it; what is refused says what to do."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from scratchgen import backend, distributed, gan, runs, training, vae
from scratchgen.__main__ import main
from scratchgen.runs import checkpoints, loop
from scratchgen.runs.asked import complete
from scratchgen.runs.checkpoints import Checkpoints, Damaged
from scratchgen.runs.models import packed, unpack
from scratchgen.training import Place
from tests.benchmarks.apart import mpiexec
from tests.fake_mpi import results
from tests.kill_job import ended
from tests.test_distributed import under_mpiexec

ROOT = Path(__file__).parent.parent
KNOBS = ["--data", "digits", "--epochs", "2", "--hidden", "8", "--batch", "500", "--z", "3"]
posix = pytest.mark.skipif(os.name != "posix", reason="forks, and is killed, as POSIX has it")
IMAGES = np.random.default_rng(1).random((33, 16))


@pytest.fixture(autouse=True)
def threads_as_they_were(monkeypatch):
    monkeypatch.setattr(distributed, "limit_blas_threads", lambda cores: 1)


def scratchgen(*words):
    return main([str(word) for word in words])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a small run of each kind, come to its end."""
    folder = tmp_path_factory.mktemp("runs")
    for kind in ("vae", "gan"):
        words = ["train", kind, "--out", folder / kind, *KNOBS, "--every", "0.001"]
        assert scratchgen(*words) == 0
    assert scratchgen("train", "vae", "--classes", "--out", folder / "told", *KNOBS) == 0
    return folder


@pytest.fixture
def copied(trained, tmp_path):
    shutil.copytree(trained, tmp_path / "runs")
    return tmp_path / "runs"


# Exactly on.


def small(kind, ranks=distributed.ALONE, **knobs):
    asked = {"model": kind, "width": 16, "z": 2, "hidden": [8], "classes": 0, "seed": 0,
             "likelihood": "bernoulli", "variance": None, "average": 0.9}  # fmt: skip
    return runs.build(asked | {"loop": {"epochs": 3, "batch": 8} | knobs}, ranks)


LOOPS = {
    "vae": ("vae", {}), "warm": ("vae", {"warmup": 2.0, "schedule": "cosine"}),
    "iwae": ("vae", {"k": 3, "stl": True}), "gan": ("gan", {"r1": 0.1}),
    "wgan": ("gan", {"gp": 1.0, "d_steps": 2, "noise": 0.1, "schedule": "cosine"}),
}  # fmt: skip


def whole(kind, ranks=distributed.ALONE, **knobs):
    model = small(kind, ranks, **knobs)
    records = [record[:-1] for record in model.train(IMAGES, None, Place())
               if isinstance(record[1], float)]  # fmt: skip
    return model.state(), records, model.rng.bit_generator.state


def cut(kind, at, ranks=distributed.ALONE, **knobs):
    """The same, stored at the record of that number and gone on with by another process."""
    model, place, records = small(kind, ranks, **knobs), Place(), []
    for i, record in enumerate(model.train(IMAGES, None, place)):
        records += [record[:-1]] if place.steps == 0 else []
        if i == at:
            break
    arrays, about = packed(model, place)
    model = small(kind, ranks, **knobs)
    place = unpack(model, arrays, json.loads(json.dumps(about)))
    records += [r[:-1] for r in model.train(IMAGES, None, place) if place.steps == 0]
    return model.state(), records, model.rng.bit_generator.state


def same(a, b):
    assert set(a[0]) == set(b[0])
    for name, x in a[0].items():
        np.testing.assert_array_equal(x, b[0][name], err_msg=name)
    assert a[1] == b[1]
    assert a[2] == b[2]


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("at", [0, 1, 3, 4, 5, 7])
def test_a_training_left_after_any_step_goes_on_to_the_same_last_bit(name, at):
    kind, knobs = LOOPS[name]
    same(cut(kind, at, **knobs), whole(kind, **knobs))


@pytest.mark.parametrize("name", LOOPS)
def test_of_several_ranks_too(name):
    kind, knobs = LOOPS[name]
    for size in (2, 3):
        there = results(size, lambda ranks: whole(kind, ranks, **knobs))
        here = results(size, lambda ranks: cut(kind, 3, ranks, **knobs))
        for one, other in zip(there, here, strict=True):
            same(one, other)


def test_fresh_data_go_on_exactly_as_well():
    def draw(n, rng):
        return rng.random((n, 16), dtype=np.float32)

    def train(at):
        rng = np.random.default_rng(0)
        G, D = gan.generator(2, 16, (8,), rng=rng), gan.discriminator(16, (8,), rng=rng)
        game, place = gan.Settings(epochs=2, batch=8, steps=5), Place()
        adams = game.adam(G), game.adam(D)
        for i, _ in enumerate(gan.train(G, D, draw, game, rng=rng, optimizers=adams, done=place)):
            if i == at:
                break
        place = Place(place.epochs, place.steps, place.order, [list(s) for s in place.sums])
        list(gan.train(G, D, draw, game, rng=rng, optimizers=adams, done=place))
        return [w.value for w in G.parameters()]

    for at in (0, 2, 6):
        for a, b in zip(train(at), train(100), strict=True):
            np.testing.assert_array_equal(a, b)


def test_whoever_does_not_follow_gets_a_record_an_epoch():
    assert len(list(small("vae").train(IMAGES, None, 0))) == 3
    assert len(list(small("gan").train(IMAGES, None, 0))) == 3
    assert len(list(small("vae").train(IMAGES, None, Place()))) == 15


@pytest.mark.parametrize("kind", ["vae", "gan"])
def test_the_sums_of_an_epoch_are_its_own_for_whoever_follows_too(kind):
    place = Place()
    followed = [r[:-1] for r in small(kind).train(IMAGES, None, place) if place.steps == 0]
    assert followed == [r[:-1] for r in small(kind).train(IMAGES, None, 0)]


def test_another_number_of_processes_is_refused():
    arrays, about = packed(small("vae"), Place(1))
    with pytest.raises(ValueError, match=r"3 processes took its steps.*mpiexec -n 3"):
        unpack(small("vae"), arrays, about | {"ranks": 3})


# Killed.


def job(model, kills, seed, folder, seconds=600):
    command = [sys.executable, "-m", "tests.kill_job", model, str(kills), str(seed), str(folder)]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True,
                          timeout=seconds, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@posix
@pytest.mark.parametrize("model", ["vae", "gan"])
def test_a_run_that_is_killed_at_random_moments_ends_as_one_that_was_not(model, tmp_path):
    found = job(model, 10, 0, tmp_path)
    assert found["same"]
    assert found["kills"] >= 10


@posix
@pytest.mark.slow
@pytest.mark.parametrize("model", ["vae", "gan"])
def test_five_hundred_kills_lose_no_run(model, tmp_path, capsys):
    found = job(model, 500, 1, tmp_path, seconds=3600)
    with capsys.disabled():
        print(f"\n{model}: {found}")
    assert found["same"]


@posix
@pytest.mark.parametrize("model", ["vae", pytest.param("gan", marks=pytest.mark.slow)])
def test_a_run_that_is_killed_at_each_call_of_the_system_ends_as_one_that_was_not(model, tmp_path):
    found = job(model, "calls", 0, tmp_path)
    assert found["same"]
    assert found["kills"] >= 15


def under(folder):
    """The processes of ranks that train in a folder."""
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (path / "cmdline").read_bytes().split(b"\0")
            if line[1:3] == [b"-m", b"scratchgen"] and str(folder).encode() in line:
                yield int(path.name)


def of_two_ranks(*words):
    command = [mpiexec(), "-n", "2", sys.executable, "-m", "scratchgen", "train", *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True)  # fmt: skip


def kill_one_of_two_ranks(kills, folder):
    """How many runs of two ranks were compared, after so many kills of one of them."""
    knobs = ["--data", "digits", "--epochs", "30", "--hidden", "32", "--every", "0.1"]
    known = of_two_ranks("vae", "--out", folder / "whole", *knobs)
    said = known.communicate(timeout=120)
    assert known.returncode == 0, said
    expected, rng, compared, killed = ended(folder / "whole"), np.random.default_rng(0), 0, 0
    run = folder / "cut"
    while killed < kills or run.exists():
        begun = (run / "settings.json").exists()
        words = ["--resume", "--every", "0.1"] if begun else ["vae", *knobs]
        process = of_two_ranks(*words, "--out", run)
        if killed < kills:
            time.sleep(1.2 + 2.0 * rng.random())
            ranks = list(under(run))
            if ranks:
                os.kill(ranks[rng.integers(len(ranks))], signal.SIGKILL)
        said = process.communicate(timeout=120)
        if process.returncode:
            assert killed < kills, said
            killed += 1
            continue
        assert ended(run) == expected
        compared += 1
        shutil.rmtree(run)
    return compared


@under_mpiexec
@pytest.mark.skipif(not Path("/proc").exists(), reason="reads /proc")
def test_one_rank_of_two_is_killed_and_the_run_ends_as_one_that_was_not(tmp_path):
    assert kill_one_of_two_ranks(1, tmp_path)


@under_mpiexec
@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="reads /proc")
def test_twenty_kills_of_one_rank_of_two_lose_no_run(tmp_path):
    assert kill_one_of_two_ranks(20, tmp_path)


# Checkpoints.


def two(folder):
    """Checkpoints of 1 and 2 epochs."""
    told = []
    kept = Checkpoints(folder, told.append)
    for epochs in (1, 2):
        kept.save({"w": np.full(50, epochs, "float32")}, {"epochs": epochs})
    return kept, told


def test_the_newest_is_read_and_the_one_before_is_kept(tmp_path):
    kept, told = two(tmp_path)
    assert kept.load().about == {"epochs": 2}
    assert checkpoints.read(kept.before).about == {"epochs": 1}
    assert not told


@pytest.mark.parametrize("damage", range(12))
def test_a_damaged_one_is_named_and_the_whole_one_before_it_read(damage, tmp_path):
    kept, told = two(tmp_path)
    raw = bytearray(kept.newest.read_bytes())
    rng = np.random.default_rng(damage)
    if damage < 4:  # cut short
        raw = raw[: int(rng.integers(len(raw)))]
    else:
        raw[int(rng.integers(100, 200 if damage < 8 else len(raw)))] ^= 1 << int(rng.integers(8))
    kept.newest.write_bytes(raw)
    found = kept.load(aside=True)
    if found.about["epochs"] == 2:  # a byte that says nothing of the content
        np.testing.assert_array_equal(found.arrays["w"], np.full(50, 2, "float32"))
        return
    assert found.about == {"epochs": 1}
    assert "checkpoint.npz is damaged (" in told[0]
    assert "The one before it is used, checkpoint.before.npz. The damaged one is kept" in told[0]
    assert (tmp_path / "checkpoint.damaged.npz").exists()
    kept.save({"w": np.zeros(1)}, {"epochs": 3})  # the whole one is not replaced by the damaged one
    assert checkpoints.read(kept.before).about == {"epochs": 1}


def test_whoever_only_reads_leaves_a_damaged_one_where_it_is(tmp_path):
    kept, told = two(tmp_path)
    kept.newest.write_bytes(b"PK")
    assert kept.load().about == {"epochs": 1}
    cause = "is damaged (it is cut short, or no .npz)."
    assert told == [f"{kept.newest} {cause} The one before it is used, checkpoint.before.npz."]
    assert kept.newest.read_bytes() == b"PK"


def test_a_content_that_is_another_than_was_written_is_damaged(tmp_path):
    kept, _ = two(tmp_path)
    with np.load(kept.newest, allow_pickle=False) as file:
        arrays = dict(file)
    np.savez(kept.newest, **(arrays | {"w": arrays["w"] + 1}))
    with pytest.raises(Damaged, match="its checksum is another"):
        checkpoints.read(kept.newest)


def test_where_none_is_whole_both_are_named_and_nothing_is_moved(tmp_path):
    kept, _ = two(tmp_path)
    for path in (kept.newest, kept.before):
        path.write_bytes(b"PK")
    with pytest.raises(Damaged, match=r"checkpoint.npz is .*before.npz is .*No whole checkpoint"):
        kept.load()
    assert kept.newest.read_bytes() == kept.before.read_bytes() == b"PK"


def test_what_cannot_be_written_leaves_both_as_they_were(tmp_path, monkeypatch):
    kept, _ = two(tmp_path)
    before = {path: path.read_bytes() for path in (kept.newest, kept.before)}

    def full(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints.numpy, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        kept.save({"w": np.zeros(3)}, {})
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("call", range(4))
def test_at_each_call_of_the_system_one_of_them_is_whole(call, tmp_path, monkeypatch):
    kept, _ = two(tmp_path)
    calls = []

    class Killed(BaseException):
        """Raised where a process would be no more."""

    def watched(function):
        def run(*arguments):
            calls.append(function.__name__)
            if len(calls) == call + 1:
                raise Killed
            return function(*arguments)

        return run

    for name in ("replace", "fsync"):
        monkeypatch.setattr(checkpoints.os, name, watched(getattr(os, name)))
    with pytest.raises(Killed):
        kept.save({"w": np.full(50, 3, "float32")}, {"epochs": 3})
    monkeypatch.undo()
    found = kept.load()
    assert found.about["epochs"] == (3 if call == 3 else 2)
    np.testing.assert_array_equal(found.arrays["w"], np.full(50, found.about["epochs"]))


def test_a_checkpoint_is_on_the_disk_before_the_one_before_it_moves(tmp_path, monkeypatch):
    kept, _ = two(tmp_path)
    calls = []
    for name in ("replace", "fsync"):
        real = getattr(os, name)
        monkeypatch.setattr(
            checkpoints.os, name, lambda *a, f=real, n=name: (calls.append(n), f(*a))[1]
        )
    kept.save({}, {})
    assert calls == ["fsync", "replace", "replace", "fsync"]


def test_a_pickle_is_not_read(tmp_path):
    np.savez(tmp_path / "checkpoint.npz", about=np.array([{"a": 1}], object))
    with pytest.raises(Damaged, match="allow_pickle=False"):
        Checkpoints(tmp_path).load()


# The commands.


def test_a_run_leaves_all_that_is_said(trained):
    run = trained / "vae"
    files = {path.relative_to(run).as_posix() for path in run.rglob("*.*")}
    pictures = {f"samples/epoch_0000{i}.png" for i in (0, 1, 2)}
    assert {"settings.json", "log.csv", "checkpoint.npz", "samples.webp"} | pictures <= files
    lines = (run / "log.csv").read_text().splitlines()
    assert lines[0] == "epoch,elbo,reconstruction,kl,seconds"
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2"]
    assert not list(run.rglob(".*"))


def test_a_run_that_is_finished_is_only_completed(copied, capsys):
    before = (copied / "vae" / "checkpoint.npz").read_bytes()
    (copied / "vae" / "samples.webp").unlink()
    (copied / "vae" / "log.csv").write_text("epoch,el")
    assert scratchgen("train", "--resume", "--out", copied / "vae") == 0
    assert (copied / "vae" / "checkpoint.npz").read_bytes() == before
    assert (copied / "vae" / "samples.webp").exists()
    assert len((copied / "vae" / "log.csv").read_text().splitlines()) == 3


@posix
def test_ctrl_c_keeps_what_was_done_and_says_how_to_go_on(tmp_path, capsys):
    def interrupt():
        while not (tmp_path / "run" / "checkpoint.npz").exists():
            time.sleep(0.005)
        time.sleep(0.2)  # some epochs that no checkpoint has yet
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    knobs = [*KNOBS, "--epochs", "100000", "--every", "30"]
    status = scratchgen("train", "vae", "--out", tmp_path / "run", *knobs)
    thread.join()
    assert status == 130
    said = capsys.readouterr()
    assert "Stopping after this step" in said.err
    last = said.out.splitlines()[-1]
    assert (
        last
        == f"Stopped, and kept. To go on: python -m scratchgen train --out {tmp_path}/run --resume"
    )
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    saved = runs.open_run(tmp_path / "run").checkpoints.load()
    lines = (tmp_path / "run" / "log.csv").read_text().splitlines()
    assert saved.about["place"]["epochs"] == len(saved.about["log"]) == len(lines) - 1


def test_a_run_that_is_finished_may_have_more_epochs(copied, tmp_path):
    knobs = [*KNOBS, "--every", "0.001"]
    words = ["train", "vae", "--out", tmp_path / "whole", *knobs, "--epochs", "4"]
    assert scratchgen(*words) == 0
    assert scratchgen("train", "--resume", "--out", copied / "vae", "--epochs", "4") == 0
    a, b = (ended(run)[:3] for run in (tmp_path / "whole", copied / "vae"))
    assert a == b
    assert runs.open_run(copied / "vae").settings["loop"]["epochs"] == 4


def test_where_the_rate_falls_more_epochs_are_other_settings(tmp_path, capsys):
    knobs = [*KNOBS, "--schedule", "cosine"]
    scratchgen("train", "vae", "--out", tmp_path / "run", *knobs)
    said = said_to(capsys, "train", "--resume", "--out", tmp_path / "run", "--epochs", "4")
    assert "--epochs: 2 there, 4 here" in said


@posix
def test_a_run_that_is_being_trained_is_left_alone(copied, capsys):
    run = runs.open_run(copied / "vae")
    with run.alone():
        said = said_to(capsys, "train", "--resume", "--out", copied / "vae")
    assert "Another process trains it now. Wait for it, or stop it" in said
    assert scratchgen("train", "--resume", "--out", copied / "vae") == 0


def test_samples_walks_and_styles_are_drawn(copied, tmp_path, capsys):
    sheet, walk, moving = tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c.webp"
    for kind in ("vae", "gan", "told"):
        assert scratchgen("sample", copied / kind, "-n", "9") == 0
    assert scratchgen("sample", copied / "told", "--label", "3", "--grid", sheet) == 0
    assert scratchgen("sample", copied / "vae", "--walk", walk) == 0
    assert scratchgen("sample", copied / "gan", "--walk", moving) == 0
    assert scratchgen("sample", copied / "told", "--restyle", sheet, "--label", "3") == 0
    assert scratchgen("edit", copied / "vae", sheet, "--towards", "9", "--from", "3") == 0
    drawn = [sheet, walk, moving, copied / "vae" / "edit.png", copied / "told" / "restyle.png"]
    assert all(path.exists() for path in drawn)


def test_the_same_seed_samples_the_same(copied, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        scratchgen("sample", copied / "gan", "--seed", seed, "--grid", tmp_path / f"{name}.png")
    a, b, c = ((tmp_path / f"{name}.png").read_bytes() for name in "abc")
    assert a == b != c


def test_editing_goes_the_way_between_the_means_of_codes(copied, tmp_path, monkeypatch):
    from scratchgen import data, draw
    from scratchgen.commands.sample import opened

    shown = []
    monkeypatch.setattr(draw, "image_grid", lambda x, *_, **__: shown.append(x) or draw.mosaic(x))
    scratchgen("sample", copied / "vae", "-n", "1", "--grid", tmp_path / "one.png")
    words = ["edit", copied / "vae", tmp_path / "one.png", "--towards", "9", "--from", "3"]
    assert scratchgen(*words, "--by", "1", "--out", tmp_path / "out.png") == 0
    model, digits = opened(copied / "vae")[1].nets["vae"], data.digits()
    codes = lambda x: model.encode(np.asarray(x, "float32"))[0].value
    means = [codes(digits.train_images[digits.train_labels == y]).mean(0) for y in (9, 3)]
    x = data.picture(tmp_path / "one.png", (8, 8)).reshape(1, -1)
    expected = model.generate(codes(x) + means[0] - means[1])
    np.testing.assert_allclose(shown[0][-1:], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(shown[0][:1], x)


@pytest.mark.parametrize("kind", ["vae", "gan", "told"])
def test_measuring_says_what_its_figures_mean(kind, copied, capsys):
    assert scratchgen("measure", copied / kind, "-n", "60", "-k", "3") == 0
    said = capsys.readouterr().out
    assert ("nats an image (negative log-likelihood" in said) == (kind != "gan")
    assert "60 samples against 60 test images" in said
    assert "half, if nothing was memorised" in said


@pytest.mark.parametrize("to", ["safetensors", "torch", "keras", "onnx"])
def test_every_format_is_exported(to, copied, capsys):
    pytest.importorskip("safetensors")
    pytest.importorskip("onnx")
    for kind in ("vae", "gan", "told"):
        assert scratchgen("export", copied / kind, "--to", to) == 0
        assert list((copied / kind / f"export-{to}").iterdir())


def test_the_averaged_generator_is_what_is_sampled_and_handed_on(copied):
    from scratchgen.commands.handing import handed_on
    from scratchgen.commands.sample import opened

    model = opened(copied / "gan")[1]
    assert model.maker is model.nets["average"] is handed_on(model)["G"]


def test_the_list_names_what_there_is(copied, capsys):
    assert scratchgen("runs", copied) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["run", "model", "data", "epochs", "last"]
    assert [line.split()[1] for line in lines[1:]] == ["gan", "vae", "vae"]
    assert all("2 of 2" in line for line in lines[1:])


def photographs(folder, n=12, seed=0):
    """A folder of pictures that differ in size, format and colour."""
    from PIL import Image

    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    for i in range(n):
        h, w = rng.integers(20, 60, 2)
        pixels = (rng.random((h, w, 3)) * [255, 80, 30]).astype("uint8")
        image = Image.fromarray(pixels).convert(["RGB", "L", "CMYK", "RGB"][i % 4])
        image.save(folder / f"{i:03d}.{['png', 'jpg', 'jpg', 'webp'][i % 4]}")
    return folder


def test_a_folder_of_pictures_keeps_its_colours(tmp_path, capsys):
    photos = photographs(tmp_path / "photos")
    (photos / "notes.txt").write_text("holidays")
    knobs = ["--size", "8", "--colour", "--epochs", "2", "--hidden", "8", "--batch", "5"]
    assert scratchgen("train", "vae", "--data", photos, *knobs, "--out", tmp_path / "run") == 0
    said = capsys.readouterr()
    assert "Expect blurred likenesses at best" in said.out
    left_out = f"scratchgen: {photos}: left out:\n  notes.txt: in no format that Pillow reads\n"
    assert said.err == left_out
    assert scratchgen("sample", tmp_path / "run") == 0
    from scratchgen import data

    assert data.picture(tmp_path / "run" / "sample.png").shape[-1] == 3
    settings = runs.open_run(tmp_path / "run").settings
    assert (settings["shape"], settings["width"], settings["likelihood"]) == (
        [8, 8, 3],
        192,
        "gaussian",
    )


SMALL = ["--size", "8", "--epochs", "1", "--hidden", "8", "--batch", "5"]


@pytest.fixture
def own(tmp_path, capsys):
    """A run on a folder of pictures of two classes, and that folder."""
    for name, seed in (("cats", 0), ("dogs", 1)):
        photographs(tmp_path / "photos" / name, seed=seed)
    (tmp_path / "photos" / "notes.txt").write_text("holidays")
    words = ["train", "vae", "--data", tmp_path / "photos", *SMALL, "--out", tmp_path / "run"]
    assert scratchgen(*words) == 0
    assert "notes.txt" in capsys.readouterr().err
    return tmp_path / "run", tmp_path / "photos"


def test_what_is_left_out_of_a_folder_is_said_at_the_first_training_alone(own, capsys):
    run, photos = own
    edit = ["edit", run, photos / "cats" / "000.png", "--towards", "dogs"]
    for words in (["measure", run], edit, ["train", "--resume", "--out", run]):
        assert scratchgen(*words) == 0
        assert capsys.readouterr().err == ""


def test_images_that_have_changed_are_not_measured_as_if_they_were_unseen(own, capsys):
    run, photos = own
    shutil.copy(photos / "cats" / "011.webp", photos / "cats" / "AAA.webp")
    said = said_to(capsys, "measure", run)
    assert f"photos: these are not the images that {run} has learned from (20 to train on" in said
    assert "then, 21 now), so some that it learned from would count as unseen. Put them" in said


def test_an_edit_by_images_that_have_changed_says_so(own, capsys):
    run, photos = own
    (photos / "cats" / "000.png").rename(photos.parent / "one.png")
    shutil.move(photos / "cats", photos / "lions")
    words = ["edit", run, photos.parent / "one.png", "--towards", "dogs"]
    for more, warned in (
        ([], True), (["--from", "lions"], True), (["--from", photos / "lions"], True),
        (["--towards", photos / "dogs", "--from", photos / "lions"], False),
    ):  # fmt: skip
        assert scratchgen(*words, *more) == 0
        assert ("these are not the images that" in capsys.readouterr().err) == warned
    assert "expected one of its classes (dogs, lions)" in said_to(capsys, *words, "--from", "cats")


def test_few_test_images_are_said_to_prove_little(own, trained, capsys):
    scratchgen("measure", own[0])
    said = capsys.readouterr().out
    assert "4 test images are too few for these four: even noise may come to 1.00" in said
    assert "use 600 images" in said
    scratchgen("measure", trained / "gan", "-n", "99")
    assert "99 test images are too few for these four" in (said := capsys.readouterr().out)
    assert "ask for -n 100 or more" in said
    scratchgen("measure", trained / "gan", "-n", "100")
    assert "too few" not in capsys.readouterr().out


def test_pictures_that_are_known_by_heart_are_told_from_those_that_are_learned(
    trained, tmp_path, capsys
):
    photos = photographs(tmp_path / "photos")
    knobs = ["--size", "8", "--epochs", "300", "--hidden", "64", "--variance", "0.005"]
    scratchgen("train", "vae", "--data", photos, *knobs, "--out", tmp_path / "run")
    capsys.readouterr()
    by_heart = {tmp_path / "run": True, trained / "vae": False, trained / "told": False}
    for run, known in by_heart.items():
        scratchgen("measure", run, "-k", "10")
        said = capsys.readouterr().out
        assert "training images: " in said
        assert ("it knows these pictures by heart" in said) == known


def test_what_comes_next_is_what_the_run_can_do(tmp_path, capsys):
    for words, more in (
        (["gan"], "measure, export"), (["vae"], "edit, measure, export"),
        (["vae", "--classes"], "sample --restyle IMAGE --label CLASS, measure, export"),
    ):  # fmt: skip
        run = tmp_path / "-".join(words)
        scratchgen("train", *words, "--out", run, *KNOBS)
        last = capsys.readouterr().out.splitlines()[-1]
        assert last == f"Next: python -m scratchgen sample {run}   or {more}"


def test_the_time_that_is_announced_is_said_to_leave_out_the_pictures(tmp_path, capsys):
    scratchgen("train", "vae", "--out", tmp_path / "run", *KNOBS)
    said = capsys.readouterr().out.splitlines()[0]
    assert said.endswith("besides 3 pictures of samples and a moving one, which may take longer.")
    assert len(list((tmp_path / "run" / "samples").glob("*.png"))) == 3


def test_the_help_says_what_becomes_of_an_oblong_image_and_what_an_edit_asks_for(capsys):
    for words, said in (
        (["train", "--help"], "after the middle square is cut out (28)"),
        (["train", "--help"], "a few minutes; 300 at most, a gan's 3000)"),
        (["--help"], "towards others (a vae without --classes)"),
    ):  # fmt: skip
        with pytest.raises(SystemExit):
            scratchgen(*words)
        assert said in " ".join(capsys.readouterr().out.split())


# What is refused.


def said_to(capsys, *words):
    """What is said of a mistake, in one line, and with the status of one."""
    assert scratchgen(*words) == 2
    said = capsys.readouterr().err.strip()
    assert "Traceback" not in said
    return said


NEW = ["--data", "digits", "--out", "new"]
MISTAKES = {
    "no out": (["vae", "--data", "digits"], "--out is missing: the folder that the run is to have"),
    "no model": (NEW, "what is it to be, vae or gan?"),
    "no data": (
        ["vae", "--out", "new"],
        "--data is missing: a folder of images, or one of digits,",
    ),
    "data": (
        ["vae", "--data", "digit", "--out", "new"],
        r"no folder .*digit, .* Did you mean digits\?",
    ),
    "r1": (["vae", *NEW, "--r1", "1"], "--r1 belongs to a gan, and this is a vae. Leave it out"),
    "beta": (["gan", *NEW, "--beta", "2"], "--beta belongs to a vae, and this is a gan"),
    "told": (["gan", *NEW, "--classes"], "--classes belongs to a vae"),
    "size": (
        ["vae", *NEW, "--size", "32"],
        "--size is for a folder of your own images; those of digits are 8x8",
    ),
    "colour": (
        ["vae", *NEW, "--colour"],
        "--colour is for a folder of your own images; those of digits are grey",
    ),
    "variance": (["vae", *NEW, "--variance", "1"], "--variance is of a gaussian likelihood: add"),
    "negative": (
        ["vae", *NEW, "--likelihood", "gaussian", "--variance", "-1"],
        "variance, a number above 0, got -1",
    ),
    "likelihood": (
        ["vae", *NEW, "--likelihood", "poisson"],
        "likelihood is 'bernoulli' or 'gaussian', got 'poisson'",
    ),
    "lr": (["vae", *NEW, "--lr", "0"], "expected --lr, a number above 0, got 0"),
    "nan": (["vae", *NEW, "--lr", "nan"], "expected --lr, a number above 0, got nan"),
    "epochs": (["vae", *NEW, "--epochs", "0"], "expected --epochs, a whole number from 1, got 0"),
    "batch": (
        ["vae", *NEW, "--batch", "9999"],
        "--batch: expected at most 1498, as many as there are",
    ),
    "no batch": (["vae", *NEW, "--batch", "0"], "expected --batch, a whole number from 1, got 0"),
    "z": (["vae", *NEW, "--z", "0"], "--z: expected a whole number from 1, got 0"),
    "seed": (["vae", *NEW, "--seed", "-1"], "--seed: expected a whole number from 0, got -1"),
    "hidden": (["vae", *NEW, "--hidden", "8", "0"], "--hidden: expected widths from 1, got 8 0"),
    "average": (
        ["gan", *NEW, "--average", "1.5"],
        "--average: expected a number from 0 to below 1",
    ),
    "schedule": (
        ["vae", *NEW, "--schedule", "linear"],
        "expected --schedule, one of constant, cosine, got 'linear'",
    ),
    "every": (["vae", *NEW, "--every", "0"], "--every: expected a number of seconds above 0"),
    "backend": (
        ["vae", *NEW, "--backend", "tpu"],
        "backend: expected 'auto', 'numpy' or 'cupy', got 'tpu'",
    ),
    "nothing": (["--resume", "--out", "new"], "new: no run is there: it has no settings.json"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_a_sentence_and_leaves_no_run(mistake, tmp_path, monkeypatch, capsys):
    words, message = MISTAKES[mistake]
    monkeypatch.chdir(tmp_path)
    said = said_to(capsys, "train", *words)
    import re

    assert re.search(message, said), said
    assert not (tmp_path / "new").exists()
    backend.use("numpy")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "vae", "--betta", "2"], r"does not know --betta \(did you mean --beta\?\), 2"),
        (["train", "vea"], "invalid choice: 'vea'"),
        (["trian"], "invalid choice: 'trian'"),
        (["--resume"], "does not know --resume"),
        (["train", "vae", "--lr", "fast"], "argument --lr: invalid float value: 'fast'"),
        (["export", "runs/a", "--to", "pt"], "argument --to: invalid choice: 'pt'"),
        (["edit", "runs/a", "b.png"], "the following arguments are required: --towards"),
    ],
)
def test_an_unknown_word_is_named(words, message, capsys):
    import re

    with pytest.raises(SystemExit) as stopped:
        scratchgen(*words)
    said = capsys.readouterr().err
    assert stopped.value.code == 2
    assert re.search(message, said), said
    assert "--help` says what can be asked for" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sample", "none"], "none: no run is there"),
        (["sample", "vae", "-n", "0"], "-n: expected a number of images from 1"),
        (["sample", "vae", "--label", "3"], "this run knows no classes. Train one with --classes"),
        (["sample", "vae", "--restyle", "a.png"], "this run knows no classes"),
        (
            ["sample", "told", "--restyle", "a.png"],
            "say which class the image shows: --label, one of 0, 1",
        ),
        (["sample", "told", "--label", "ten"], "expected a class of digits: 0, 1, .*; got ten"),
        (["sample", "vae", "--grid", "a.jpg"], "expected a path that ends in .png, got 'a.jpg'"),
        (["edit", "gan", "a.png", "--towards", "3"], "a gan has no encoder"),
        (
            ["edit", "told", "a.png", "--towards", "3"],
            "its codes say nothing of them. `sample --restyle",
        ),
        (["edit", "vae", "a.png", "--towards", "3"], "a.png: there is no such file"),
        (["edit", "vae", "vae", "--towards", "3"], "vae: is a folder, expected an image"),
        (["edit", "vae", "vae/log.csv", "--towards", "3"], "log.csv: cannot be read as an image"),
        (
            ["edit", "vae", "vae/sample.png", "--towards", "ten"],
            r"expected one of its classes \(0, 1.*there is no ten",
        ),
        (
            ["edit", "vae", "vae/sample.png", "--towards", "3", "--by", "nan"],
            "--by: expected a number, got nan",
        ),
        (["measure", "vae", "-k", "0"], "-k: expected a whole number from 1, got 0"),
    ],
)
def test_what_cannot_be_done_with_a_run_is_a_sentence(words, message, copied, monkeypatch, capsys):
    import re

    monkeypatch.chdir(copied)
    scratchgen("sample", "vae", "-n", "4")
    assert re.search(message, said_to(capsys, *words))


def test_a_run_that_exists_is_not_begun_again(copied, capsys):
    said = said_to(capsys, "train", "vae", *KNOBS, "--out", copied / "vae")
    assert f"{copied / 'vae'}: there is a run already. Add --resume to go on with it" in said


def test_a_folder_with_other_things_in_it_becomes_no_run(tmp_path, capsys):
    (tmp_path / "letter.txt").write_text("dear")
    said = said_to(capsys, "train", "vae", *KNOBS, "--out", tmp_path)
    assert "is a folder with other things in it. A run wants a folder of its own" in said
    said = said_to(capsys, "train", "vae", *KNOBS, "--out", tmp_path / "letter.txt")
    assert "is a file" in said
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_other_settings_than_a_run_was_made_with_are_named(copied, capsys):
    words = ["train", "vae", "--resume", "--out", copied / "vae", "--z", "5", "--lr", "0.001"]
    said = said_to(capsys, *words, "--data", "mnist5k")
    assert (
        "made with other settings. --data: digits there, mnist5k here; --z: 3 there, 5 here" in said
    )
    assert "--lr" not in said
    assert "--model: vae there, gan here" in said_to(
        capsys, "train", "gan", "--resume", "--out", copied / "vae"
    )


def test_images_that_have_changed_since_are_refused(tmp_path, capsys):
    photos = photographs(tmp_path / "photos")
    knobs = ["--size", "8", "--epochs", "1", "--hidden", "8", "--batch", "5"]
    scratchgen("train", "vae", "--data", photos, *knobs, "--out", tmp_path / "run")
    (photos / "000.png").unlink()
    said = said_to(capsys, "train", "--resume", "--out", tmp_path / "run")
    assert "these are not the images that" in said
    assert "(10 to train on then, 10 now)" in said


@pytest.mark.parametrize(("make", "message"), [
    (lambda folder: None, "expected at least 6 images of this class"),
    (lambda folder: (folder / "a.txt").write_text("a"), "at least 6 images.*Besides, there is"),
    (lambda folder: (folder / "a.png").write_bytes(b"PNG?"), "a.png: cannot be read as an image"),
])  # fmt: skip
def test_a_folder_without_images_is_refused(make, message, tmp_path, capsys):
    import re

    (tmp_path / "photos").mkdir()
    make(tmp_path / "photos")
    said = said_to(capsys, "train", "vae", "--data", tmp_path / "photos", "--out", tmp_path / "run")
    assert re.search(message, said, re.DOTALL), said
    assert not (tmp_path / "run").exists()


FULL = """
import resource, signal, sys
from scratchgen.__main__ import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.exit(main(sys.argv[2:]))
"""


@posix
def test_a_disk_that_is_full_loses_nothing_and_says_how_to_go_on(tmp_path):
    def train(most, *words):
        command = [sys.executable, "-c", FULL, str(most), "train", "--out", str(tmp_path / "run")]
        return subprocess.run([*command, *words], cwd=ROOT, capture_output=True, text=True)

    knobs = [*KNOBS, "--epochs", "4", "--every", "0.001"]
    first = train(9_000, "vae", *knobs)
    assert first.returncode == 1, first
    assert (
        "cannot be written to (File too large). Nothing was stored yet: make room, then"
        in first.stderr
    )
    run = runs.open_run(tmp_path / "run")
    assert run.checkpoints.load() is None
    assert train(10**8, "--resume", "--every", "0.001").returncode == 0
    kept = run.checkpoints.newest.read_bytes()
    shutil.copy(run.checkpoints.before, run.checkpoints.newest)
    again = train(len(kept) // 2, "--resume", "--every", "0.001")
    assert (
        "The last checkpoint is whole: make room, then go on: python -m scratchgen train"
        in again.stderr
    )
    assert train(10**8, "--resume").returncode == 0
    assert not list((tmp_path / "run").rglob(".*"))


def test_a_damaged_checkpoint_is_named_and_the_one_before_it_used(copied, capsys):
    run = copied / "vae"
    expected = ended(run)
    (run / "checkpoint.npz").write_bytes((run / "checkpoint.npz").read_bytes()[:-100])
    assert scratchgen("train", "--resume", "--out", run) == 0
    said = capsys.readouterr().out
    assert "checkpoint.npz is damaged (" in said
    assert "The one before it is used, checkpoint.before.npz. The damaged one is kept" in said
    assert ended(run) == expected


def test_a_run_without_a_whole_checkpoint_says_so(copied, capsys):
    for name in ("checkpoint.npz", "checkpoint.before.npz"):
        (copied / "vae" / name).write_bytes(b"")
    said = said_to(capsys, "sample", copied / "vae")
    assert "No whole checkpoint is left. Move the folder" in said


def test_settings_that_cannot_be_read_are_named(copied, capsys):
    (copied / "vae" / "settings.json").write_text("{")
    assert "settings.json cannot be read as a run's settings" in said_to(
        capsys, "sample", copied / "vae"
    )
    (copied / "gan" / "settings.json").write_text('{"format": 99}')
    assert "expected format 1, got 99" in said_to(capsys, "sample", copied / "gan")
    assert scratchgen("runs", copied) == 0
    assert "told" in capsys.readouterr().out


def test_a_training_that_diverges_says_so(tmp_path, capsys):
    knobs = [*KNOBS, "--lr", "1e30"]
    with np.errstate(all="ignore"):
        assert scratchgen("train", "vae", "--out", tmp_path / "run", *knobs) == 1
    assert "Training has diverged" in capsys.readouterr().err


# The help.


@pytest.mark.parametrize(
    "command", ["train", "sample", "edit", "measure", "export", "runs", "doctor"]
)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        scratchgen(command, "--help")
    assert stopped.value.code == 0
    assert len(capsys.readouterr().out) > 100


def test_without_words_the_help_is_shown(capsys):
    assert scratchgen() == 0
    assert "examples:" in capsys.readouterr().out


def test_what_is_usual_is_what_the_help_says():
    for model, lr, z in (("vae", 1e-3, 20), ("gan", 1e-3, 64)):
        settings, _ = complete({"model": model, "data": "digits"})
        assert (settings["loop"]["lr"], settings["z"], settings["seed"]) == (lr, z, 0)
        assert settings["hidden"] == [128, 256, 512]
        assert settings["loop"]["batch"] == 128
    assert complete({"model": "gan", "data": "digits"})[0]["average"] == 0.999
    assert complete({"model": "vae", "data": "digits"})[0]["loop"]["beta"] == 1


def test_pictures_are_kept_at_the_beginning_at_the_end_and_not_too_often():
    for epochs in (1, 7, 300, 5000):
        kept = [epoch for epoch in range(epochs + 1) if loop.is_pictured(epoch, epochs)]
        assert (kept[0], kept[-1]) == (0, epochs)
        assert len(kept) <= loop.PICTURES + 5


def test_ranks_save_and_stop_after_the_same_steps():
    def asks(ranks):
        stopped = lambda: ranks.rank == 1 and len(said) >= 20
        said = []
        pulse = loop.Pulse(type("Model", (), {"ranks": ranks}), 1e-9, stopped)
        for _ in range(3000):
            said.append(pulse.asks(False))
            if said[-1][1]:
                break
        return said

    first, second = results(2, asks)
    assert first == second
    assert any(save for save, _ in first)
    assert first[-1] == (True, True)


def test_a_place_is_moved_on_by_whoever_is_given_it():
    rng, place = np.random.default_rng(0), Place()
    model = vae.VAE(16, 2, (4,), rng=rng)
    climb = vae.Settings(epochs=2, batch=16)
    seen = [(place.epochs, place.steps)
            for _ in vae.train(model, IMAGES, climb, rng=rng, done=place)]  # fmt: skip
    assert seen == [(0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0)]
    assert isinstance(place, training.Place)
