"""Tables of many runs: measured by a command, kept as CSV, read by a lesson."""

import types

import pytest

from lessons import tables
from lessons.tables import __main__ as command


@pytest.fixture
def sample(monkeypatch, tmp_path):
    """A table of two rows, in a folder of its own."""
    table = types.SimpleNamespace(
        ROWS=[{"arm": "a", "seed": 0}, {"arm": "b", "seed": 1}],
        measure=lambda row: {"error": 0.125 * (1 + row["seed"])},
    )
    monkeypatch.setattr(tables, "FOLDER", tmp_path)
    monkeypatch.setattr(tables, "module", lambda name: table)
    return tmp_path / "sample.csv"


def test_a_table_is_measured_written_and_read_again(sample, capsys):
    assert command.main(["sample"]) == 0
    assert tables.rows("sample") == [
        {"arm": "a", "seed": 0.0, "error": 0.125},
        {"arm": "b", "seed": 1.0, "error": 0.25},
    ]
    assert sample.read_text().startswith("# python -m lessons.tables sample: 20")
    assert capsys.readouterr().out == sample.read_text()


def test_some_rows_are_printed_and_nothing_is_written(sample, capsys):
    command.main(["sample", "--first", "1"])
    assert capsys.readouterr().out.endswith("arm,seed,error\na,0,0.125\n")
    assert not sample.exists()


def test_a_run_that_fails_leaves_the_table_of_before(sample, monkeypatch):
    sample.write_text("arm,error\na,1\n")
    monkeypatch.setattr(tables.module("sample"), "measure", lambda row: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        command.main(["sample"])
    assert tables.rows("sample") == [{"arm": "a", "error": 1.0}]


def test_a_table_that_there_is_not_is_refused_with_the_names_of_all(capsys):
    assert command.main(["no_such"]) == 2
    assert "no table is called no_such" in capsys.readouterr().err


def test_a_column_is_of_the_rows_that_were_asked_for():
    found = [{"arm": "a", "x": 1.0}, {"arm": "b", "x": 2.0}, {"arm": "a", "x": 3.0}]
    assert tables.column(found, "x", arm="a") == [1.0, 3.0]
    with pytest.raises(ValueError, match=r"no row of the table has \{'arm': 'c'\}"):
        tables.column(found, "x", arm="c")


@pytest.mark.parametrize("name", tables.names())
def test_every_table_was_measured_in_all_its_rows(name):
    kept = tables.rows(name)
    assert len(kept) == len(tables.module(name).ROWS)
