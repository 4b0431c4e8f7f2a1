"""The rows beside the papers: each runs, goes on after a stop, and is printed as it is."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from scratchgen.runs import checkpoints
from tests.benchmarks.published import __main__ as command
from tests.benchmarks.published import runs, table

README = (Path(__file__).parent / "benchmarks" / "README.md").read_text(encoding="utf-8")
FILES = sorted(runs.RESULTS.glob("*.json"))


def quick(row, folder, seed=0):
    run = runs.Run(row, seed, quick=True, folder=folder)
    return json.loads(run.finish(command.row(row)(run)).read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", command.ROWS)
def test_every_row_runs_in_seconds_without_mnist_and_leaves_finite_figures(row, tmp_path):
    result = quick(row, tmp_path)
    numbers = [n for n in result["figures"].values() if isinstance(n, (int, float))]
    assert numbers
    assert all(math.isfinite(n) or name == "kl" for name, n in result["figures"].items()
               if isinstance(n, (int, float)))  # fmt: skip
    assert {"settings", "seed", "cpu_minutes", "date"} <= set(result)


@pytest.mark.parametrize("row", ["vae", "iwae5", "gan", "parzen_lie"])
def test_a_run_that_was_stopped_half_way_ends_as_if_it_had_not_been(row, tmp_path, monkeypatch):
    whole = quick(row, tmp_path / "whole")
    save, saved = runs.Run.save, []

    def save_and_stop(run, arrays):
        save(run, arrays)
        saved.append(1)
        if len(saved) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(runs.Run, "save", save_and_stop)
    with pytest.raises(KeyboardInterrupt):
        quick(row, tmp_path / "halved")
    halved = quick(row, tmp_path / "halved")
    for name in set(whole["figures"]) - {"training_minutes"}:
        assert halved["figures"][name] == whole["figures"][name], name


def test_a_checkpoint_of_an_earlier_version_is_refused_and_kept(tmp_path, monkeypatch):
    run = runs.Run("vae", 0, folder=tmp_path)
    monkeypatch.setattr(runs, "FORMAT", 1)
    run.save({})
    monkeypatch.undo()
    with pytest.raises(SystemExit, match=r"was made by another version, of format 1.*Move it away"):
        run.saved()
    assert run.checkpoints.exist


def test_a_checkpoint_of_other_settings_is_refused_and_kept(tmp_path):
    run = runs.Run("vae", 0, folder=tmp_path)
    run.settings(epochs=3)
    run.save({})
    other = runs.Run("vae", 0, folder=tmp_path)
    other.settings(epochs=4)
    with pytest.raises(SystemExit, match="made with other settings") as stopped:
        other.saved()
    assert "Move it away to begin again" in str(stopped.value)
    assert run.checkpoints.exist


def test_a_stop_while_writing_leaves_the_last_checkpoint_whole(tmp_path, monkeypatch):
    run = runs.Run("vae", 0, folder=tmp_path)
    run.save({"x": runs.np.arange(3)})

    def half_written(file, **arrays):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints.numpy, "savez", half_written)
    with pytest.raises(KeyboardInterrupt):
        run.save({"x": runs.np.arange(4)})
    assert runs.Run("vae", 0, folder=tmp_path).saved()["x"].tolist() == [0, 1, 2]


def test_a_damaged_checkpoint_gives_way_to_the_one_before_it(tmp_path, capsys):
    run = runs.Run("vae", 0, folder=tmp_path)
    for n in (3, 4):
        run.save({"x": runs.np.arange(n)})
    run.checkpoints.newest.write_bytes(b"half")
    assert runs.Run("vae", 0, folder=tmp_path).saved()["x"].tolist() == [0, 1, 2]
    assert "checkpoint.npz is damaged" in capsys.readouterr().out
    run.checkpoints.before.write_bytes(b"half")
    with pytest.raises(SystemExit, match="No whole checkpoint is left"):
        runs.Run("vae", 0, folder=tmp_path).saved()


def test_the_table_says_what_to_run_where_nothing_was(tmp_path):
    assert "not run yet: `python -m tests.benchmarks.published ring`" in table.table(tmp_path)


def test_the_readme_carries_the_table_as_the_command_prints_it():
    for line in table.everything().splitlines():
        assert line in README, f"README lacks this line of the table:\n{line}"


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_result_names_its_settings_seed_minutes_and_date(path):
    result = json.loads(path.read_text(encoding="utf-8"))
    assert path.stem == f"{result['row']}-{result['seed']}"
    assert result["settings"]
    assert result["cpu_minutes"] > 0
    assert len(result["date"]) == 10


def test_the_command_lists_its_rows_and_refuses_others():
    def run(*arguments):
        line = [sys.executable, "-m", "tests.benchmarks.published", *arguments]
        return subprocess.run(line, capture_output=True, text=True)

    listed = run().stdout
    assert all(row in listed for row in command.ROWS)
    assert "invalid choice: 'rings'" in run("rings").stderr
