"""The exercises of all lessons: stubs that are not begun, solutions that pass, mistakes that fail.

And the command that tests a reader's answers, on answers of every kind a person may write.
"""

import ast
import importlib
import importlib.util
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("hypothesis", reason="answers are tested by Hypothesis")

from lessons.runner import bookmark, check
from lessons.runner.answers import Places, answers_of, begun
from lessons.runner.apart import examine_apart
from lessons.runner.cells import Lesson, find_lessons
from lessons.runner.curriculum import FORMERLY
from lessons.runner.examiner import AnswersError, examine, parameters_of, read_answers

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "lessons"
KINDS = ("Change it.", "Build it.", "Break it.")
FILES = sorted(path.stem for path in (HERE / "checks").glob("lesson*.py"))
VAE = Lesson(HERE / "lesson07_vae.py")


def exercises_of(name):
    return importlib.import_module(f"lessons.checks.{name}").EXERCISES


def mistakes_of(name):
    path = ROOT / "tests" / "mistakes" / f"{name}.py"
    if not path.exists():
        return {}  # then each of its exercises fails below, for want of mistakes
    spec = importlib.util.spec_from_file_location(f"mistakes_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.MISTAKES


def source(folder, name):
    return (HERE / folder / f"{name}.py").read_text(encoding="utf-8")


def functions(text):
    """The public functions of a file: {name: its definition}."""
    found = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    return {node.name: node for node in found if not node.name.startswith("_")}


def with_mistake(name, text):
    """The solution's file, with what the stub's file imports, and one function written anew."""
    nodes = ast.parse(source("exercises", name)).body
    imports = [ast.unparse(x) for x in nodes if isinstance(x, ast.Import | ast.ImportFrom)]
    return "\n".join([*imports, source("solutions", name), text, ""])


def outcome_of(exercise, name, path):
    asked = parameters_of(exercise.name, ast.parse(source("solutions", name)))
    return examine(exercise, read_answers(path), asked)


ALL = [(name, exercise) for name in FILES for exercise in exercises_of(name)]
WRONG = [
    (name, exercise, title)
    for name, exercise in ALL
    for title in mistakes_of(name).get(exercise.name, ())
]
every_file = pytest.mark.parametrize("name", FILES)
every_exercise = pytest.mark.parametrize(
    ("name", "exercise"), ALL, ids=[f"{name}-{exercise.name}" for name, exercise in ALL]
)


# Every exercise of every lesson.


@every_exercise
def test_an_untouched_stub_is_not_begun_and_gives_a_hint(name, exercise):
    found = outcome_of(exercise, name, HERE / "exercises" / f"{name}.py")
    assert found.state == "not begun"
    assert len(found.message) > 10


@every_exercise
def test_the_solution_passes(name, exercise):
    started = time.process_time()
    found = outcome_of(exercise, name, HERE / "solutions" / f"{name}.py")
    assert found.state == "passed", f"{found.property}\n{found.message}\n{found.example}"
    assert time.process_time() - started < 4  # promised: 2 seconds on a quiet machine


@pytest.mark.parametrize(
    ("name", "exercise", "title"), WRONG, ids=[f"{n}-{x.name}-{title}" for n, x, title in WRONG]
)
def test_a_mistake_fails_with_words_that_help(name, exercise, title, tmp_path):
    text, pattern = mistakes_of(name)[exercise.name][title]
    path = tmp_path / f"{name}.py"
    path.write_text(with_mistake(name, text), encoding="utf-8")
    found = outcome_of(exercise, name, path)
    assert found.state == "failed", f"it is {found.state}"
    assert found.property, "it fails before any property is tried"
    assert re.search(pattern, f"{found.property}\n{found.message}\n{found.example}")


@pytest.mark.parametrize("result", ["None", "'half'", "[]", "float('nan')", "True"])
@every_exercise
def test_nonsense_fails_with_a_word(name, exercise, result, tmp_path):
    asked = parameters_of(exercise.name, ast.parse(source("solutions", name))) or []
    head = f"def {exercise.name}({', '.join(asked).replace('=', '=None')}):"
    path = tmp_path / f"{name}.py"
    path.write_text(with_mistake(name, f"{head}\n    return {result}"), encoding="utf-8")
    found = outcome_of(exercise, name, path)
    assert found.state == "failed"
    assert len(found.message) > 10
    assert "cannot be used" not in found.message  # which is what is said for want of better


@every_exercise
def test_every_exercise_has_two_mistakes_two_hints_and_properties_in_words(name, exercise):
    assert len(mistakes_of(name).get(exercise.name, ())) >= 2
    assert len(exercise.hint) > 10
    assert len(exercise.stronger_hint) > 10
    assert exercise.stronger_hint != exercise.hint
    assert exercise.properties
    assert all(holds.__doc__ for holds in exercise.properties)


@every_file
def test_a_lesson_has_three_exercises_of_all_kinds(name):
    stubs = functions(source("exercises", name))
    told = [ast.get_docstring(stubs[exercise.name]) for exercise in exercises_of(name)]
    assert len(told) >= 3
    assert all(words.startswith(KINDS) for words in told)
    assert {kind for kind in KINDS for words in told if words.startswith(kind)} == set(KINDS)


@every_file
def test_stubs_solutions_checks_and_mistakes_are_of_the_same_functions(name):
    stubs, ours = (functions(source(folder, name)) for folder in ("exercises", "solutions"))
    for title, stub in stubs.items():
        assert ast.unparse(stub.args) == ast.unparse(ours[title].args), title
    asked = {exercise.name for exercise in exercises_of(name)}
    assert asked == set(mistakes_of(name))
    unbegun = {title for title, stub in stubs.items() if "NotImplementedError" in ast.dump(stub)}
    assert asked == unbegun, "a stub is asked about by exactly one exercise"


def test_a_lesson_names_the_command_where_it_has_exercises():
    named = {x.name for x in find_lessons(HERE) if f"lessons check {x.number}" in x.text()}
    assert named == set(FILES)


# Answers of every kind: each gets a word.

GOOD = source("solutions", VAE.name)
QUICK = 3.0  # seconds: the answers here take far less, or for ever


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SCRATCHGEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SCRATCHGEN_ANSWERS", str(tmp_path / "home" / "answers"))
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def answers(tmp_path):
    """Writes a reader's file and returns its path."""

    def write(text):
        path = tmp_path / "answers.py"
        path.write_text(text, encoding="utf-8") if isinstance(text, str) else path.write_bytes(text)
        return path

    return write


def kl_is(body, before=""):
    """Good answers to lesson 7, but for another `kl`."""
    return f"{GOOD}\n{before}\ndef kl(mean, log_var):\n    {body}\n"


def kl_outcome(path):
    exercise = next(x for x in exercises_of(VAE.name) if x.name == "kl")
    return outcome_of(exercise, VAE.name, path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\ny = x / 0\n", r"ZeroDivisionError: division by zero\n  line 2: y = x / 0"),
        ("def kl(mean:\n    pass\n", r"SyntaxError: .*\n  line 1: def kl\(mean:"),
        ("def kl(mean):\nreturn 1\n", r"IndentationError: .*\n  line 2: return 1"),
        ("eval('1 +')\n", r"SyntaxError: .* \(<string>, line 1\)\n  line 1: eval\('1 \+'\)"),
        ("import nowhere\n", r"No module named 'nowhere'\n  line 1: import nowhere"),
        ("raise SystemExit\n", r"It calls exit\(\).*\n  line 1: raise SystemExit"),
        ("x = input('how many? ')\n", r"in place of input\(\)\.\n  line 1: x = input"),
        (b"x = '\xff'\n", "utf-8"),
        ("x = 1\0\n", "null bytes"),
    ],
)
def test_a_file_that_cannot_be_run_shows_the_own_line(answers, monkeypatch, text, words):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(AnswersError, match=words):
        read_answers(answers(text))


@pytest.mark.parametrize(
    ("text", "state", "words"),
    [
        ("", "missing", ""),
        ("def kI(mean, log_var):\n    return 0\n", "missing", ""),
        ("kl = 0.5\n", "failed", r"Expected a function, got 0\.5"),
        ("def kl(x):\n    return 0\n", "failed", r"Expected kl\(mean, log_var\), got kl\(x\)"),
        (kl_is("return None"), "failed", "is None. Does the function end with a return"),
        (kl_is("return 'half'"), "failed", "expected numbers, got 'half'"),
        (kl_is("return mean[5]"), "failed", r"(?s)IndexError: .*\n  line \d+: return mean\[5\]"),
        (kl_is("exit()"), "failed", r"It calls exit\(\).*\n  line \d+: exit\(\)"),
        (kl_is("return kl(mean, log_var)"), "failed", "RecursionError"),
        (kl_is("return missing(mean)"), "failed", "NameError: name 'missing'"),
        (kl_is("raise NotImplementedError"), "not begun", ""),
        (kl_is("return half(mean)", "def half(x):\n    raise NotImplementedError('?')\n"),
         "not begun", "It calls half, which is not begun"),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_tested_gets_a_word(answers, text, state, words):
    found = kl_outcome(answers(text))
    assert found.state == state
    assert re.search(words, found.message)


def test_an_answer_that_changes_from_call_to_call_is_told_so(answers):
    body = "calls.append(1)\n    good = 0.5 * (exp(log_var) + mean * mean - 1 - log_var)"
    body += "\n    return good.sum(axis=1) + (len(calls) == 30)"
    found = kl_outcome(answers(kl_is(body, before="calls = []")))
    assert "another result when it is called again" in found.message


def test_other_names_and_more_parameters_are_welcome(answers):
    text = "def kl(m, lv, half=0.5):\n    return half * (exp(lv) + m * m - 1 - lv).sum(axis=1)\n"
    assert kl_outcome(answers(f"{GOOD}\n{text}")).state == "passed"


# The command.


def run_check(path, **options):
    """The exit status of the command on these answers."""
    return check.main(VAE, path, **({"only": "kl", "seconds": QUICK} | options))


def test_all_answers_pass_and_are_remembered(capfd):
    assert check.main(VAE, HERE / "solutions" / f"{VAE.name}.py") == 0
    out, err = capfd.readouterr()
    assert re.search(r"kl +passed", out)
    count = len(exercises_of(VAE.name))
    assert f"All {count} exercises of this lesson are solved." in out
    assert "Ours, to compare with: python -m lessons check 7 NAME --solution" in out
    assert not err
    names = {exercise.name for exercise in exercises_of(VAE.name)}
    assert set(bookmark.load().place(VAE.name).exercises) == names


def test_the_stubs_do_not_pass_and_the_first_one_is_next(capfd):
    assert check.main(VAE) == 1
    out = capfd.readouterr().out
    assert len(re.findall("not begun$", out, re.MULTILINE)) == len(exercises_of(VAE.name)) + 1
    assert "More help: python -m lessons check 7 posterior --hint\n" in out


def test_the_report_names_property_example_and_hint(answers, capfd):
    path = answers(kl_is("return 0.5 * (exp(log_var) + mean - 1 - log_var).sum(axis=1)"))
    assert run_check(path) == 1
    out = capfd.readouterr().out
    assert "kl should be right where one can do it by hand." in out
    assert "expected 12.5, got 3.5" in out
    assert "Hint: Half of" in out
    assert "Stronger hint" not in out
    assert run_check(path, hint=True) == 1
    assert "Stronger hint: 0.5 *" in capfd.readouterr().out


def test_one_failure_is_explained_and_the_others_are_named(answers, capfd):
    path = answers("def kl(mean, log_var):\n    return mean\ndef scaled_elbo(*five):\n    pass\n")
    assert run_check(path, only=None) == 1
    out = capfd.readouterr().out
    assert out.count("Hint: ") == 1
    see = rf"scaled_elbo should .*\n  To see where: .* 7 scaled_elbo --file {path}\n"
    assert re.search(see, out)


def write_own(text):
    """The reader's own file, where `check` looks for it."""
    path = Path(os.environ["SCRATCHGEN_ANSWERS"], f"{VAE.name}.py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_what_passed_before_is_not_forgotten_when_another_is_checked(capfd):
    bookmark.remember_exercises(VAE.name, ["kl", "scaled_elbo"])
    write_own(kl_is("return mean"))
    run_check(None)
    assert bookmark.load().place(VAE.name).exercises == ["scaled_elbo"]
    assert "kl  failed  (it passed before)" in capfd.readouterr().out


def test_a_file_from_elsewhere_lowers_nothing_and_may_raise(answers, capfd):
    bookmark.remember_exercises(VAE.name, ["kl"])
    run_check(answers(kl_is("return mean")))
    assert bookmark.load().place(VAE.name).exercises == ["kl"]
    assert "it passed before" not in capfd.readouterr().out
    run_check(answers(GOOD), only="scaled_elbo")
    assert bookmark.load().place(VAE.name).exercises == ["kl", "scaled_elbo"]


def test_one_exercise_that_passes_is_not_all_of_them(answers, capfd):
    assert run_check(answers(GOOD)) == 0
    out = capfd.readouterr().out
    assert "1 of 7 exercises of this lesson are solved. Next: posterior" in out
    assert "All" not in out
    assert "Ours, to compare with: python -m lessons check 7 kl --solution" in out
    assert "solutions" not in out


def test_a_solution_is_shown_on_request_and_alone(capfd):
    assert check.show_solution(VAE, "kl") == 0
    out = capfd.readouterr().out
    assert "def kl(mean, log_var):" in out
    assert out.count("def ") == 1


@pytest.mark.parametrize("name", [None, "lk"])
def test_which_solution_has_to_be_said(capfd, name):
    assert check.show_solution(VAE, name) == 2
    assert "This lesson has posterior, best_normal, kl" in capfd.readouterr().err


def test_what_should_be_and_for_which_input_it_is_not_is_said(answers, capfd):
    body = "s = (log_var**2) ** 0.5\n    return 0.5 * (exp(s) + mean * mean - 1 - s).sum(axis=1)"
    assert run_check(answers(kl_is(body))) == 1
    out = capfd.readouterr().out
    said = (r"^kl should be the mean over z", r"^  For the input\n    \w+=", "^  it gives this:$")
    for words in said:
        assert re.search(words, out, re.MULTILINE), out


@every_exercise
def test_properties_say_what_an_answer_should_do(name, exercise):
    for holds in exercise.properties:
        said = " ".join(holds.__doc__.split())
        assert said.startswith("it should ")
        assert not said.endswith("."), said


def test_the_readers_file_is_left_as_it_was(answers, tmp_path):
    path = answers(kl_is("return mean"))
    before = path.read_bytes(), path.stat().st_mtime_ns
    run_check(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert {x.name for x in tmp_path.iterdir()} <= {"answers.py", "home"}


def test_what_the_file_prints_is_shown_as_its_own(answers, capfd):
    before = "import os\nprint('reading')\nos.write(1, b'from below\\n')\n"
    assert run_check(answers(kl_is("return mean", before))) == 1
    assert "Your file printed:\n  | reading\n  | from below\n" in capfd.readouterr().out


def test_a_file_that_prints_and_exits_gets_a_word(answers, capfd):
    assert run_check(answers("print('bye')\nraise SystemExit(0)\n")) == 1
    out = capfd.readouterr().out
    assert "  | bye\n" in out
    assert "It cannot be used yet:\n  It calls exit(), which would end the test as well.\n" in out


def test_an_empty_file_is_told_what_is_missing_and_how_to_begin_again(answers, capfd):
    assert run_check(answers(""), only=None) == 1
    out = capfd.readouterr().out
    assert "missing: posterior, best_normal, kl, grey_likelihood" in out
    assert "To have it again: copy it from lessons/exercises/lesson07_vae.py" in out


def test_a_file_that_prints_without_end_and_ends_python_gets_a_word(answers, capfd):
    text = "import os\nfor n in range(100_000):\n    print(n)\nos._exit(3)\n"
    assert run_check(answers(text)) == 1
    out = capfd.readouterr().out
    assert "It ended Python (exit status 3)" in out
    assert len(out.splitlines()) < 250


def test_a_loop_without_end_is_stopped_and_the_next_exercise_is_tested(answers):
    text = kl_is("while True:\n        pass")
    found = examine_apart(VAE.name, answers(text), None, QUICK).outcomes
    after = {outcome.name: outcome for outcome in found}
    assert list(after) == [exercise.name for exercise in exercises_of(VAE.name)]
    assert after["scaled_elbo"].state == "passed"
    kl = after["kl"]
    line = text.splitlines().index("    while True:") + 1
    place = rf"  line ({line}: while True:|{line + 1}: pass)"
    assert re.search(rf"no end within 3 seconds.*\n{place}", kl.message)
    assert kl.hint


def test_a_file_that_never_ends_is_stopped_while_it_is_read(answers, capfd):
    assert run_check(answers("n = 0\nwhile True:\n    n += 1\n"), seconds=1.0) == 1
    out = capfd.readouterr().out
    assert re.search(r"It came to no end within 1 seconds. It was here:\n +line [23]: ", out)


def test_asserts_are_tested_also_where_python_drops_them(answers, monkeypatch):
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    assert run_check(answers(kl_is("return mean"))) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"path": "nowhere.py"}, "There is no file nowhere.py. Without --file your own are tested"),
        ({"only": "lk"}, "No exercise is called 'lk'. This lesson has posterior, best_normal,"),
        ({"lesson": Lesson(HERE / "lesson99_none.py")}, "Lesson 99 has no exercises"),
    ],
)
def test_what_cannot_be_tested_is_refused_with_words(capfd, arguments, words):
    assert check.main(**({"lesson": VAE} | arguments)) == 2
    out, err = capfd.readouterr()
    assert words in err
    assert not out


def test_without_hypothesis_the_cure_is_one_line(capfd, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert check.main(VAE) == 2
    assert re.search(r"Hypothesis.*python -m pip install", capfd.readouterr().err)


def test_no_line_is_wider_than_80_columns_and_nothing_is_coloured(answers, capfd, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    head = "def kl(mean, log_var):\n"
    path = answers(f"{head}    return (mean * mean + log_var).sum(axis=1)\n")
    check.main(VAE, path, hint=True)
    out = capfd.readouterr().out
    assert "\x1b" not in out
    own = [line for line in out.splitlines() if str(path) not in line]  # paths stay whole
    assert max(map(len, own)) <= 80


COMMAND = "import sys; from lessons.runner import check; from lessons.runner.cells import Lesson; "
COMMAND += "from pathlib import Path; asked = sys.argv[2:]; "
COMMAND += "sys.exit(check.main(Lesson(Path(sys.argv[1])), *asked))"


def start(*arguments, cwd=ROOT, path=ROOT):
    """The command in a process of its own, in a process group of its own."""
    environment = os.environ | {"PYTHONPATH": str(path), "PYTHONUNBUFFERED": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    command = [sys.executable, "-c", COMMAND, *map(str, arguments)]
    return subprocess.Popen(command, cwd=cwd, env=environment, start_new_session=True, **pipes)


@pytest.mark.skipif(os.name == "nt", reason="a signal to a process group")
def test_ctrl_c_stops_with_a_word_also_answers_that_hold_on(answers, tmp_path):
    text = "from pathlib import Path\nPath('begun').touch()\n"
    text += "while True:\n    try:\n        while True:\n            pass\n"
    text += "    except BaseException:\n        pass\n"
    process = start(VAE.path, answers(text), cwd=tmp_path)
    deadline = time.monotonic() + 30
    while not (tmp_path / "begun").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Stopped. Your file is as it was." in out
    assert "Traceback" not in out


def test_where_the_lessons_are_installed_the_readers_copy_is_made_once(tmp_path, monkeypatch):
    monkeypatch.delenv("SCRATCHGEN_ANSWERS")
    site, work = tmp_path / "site", tmp_path / "work"
    for package in ("lessons", "scratchgen"):
        shutil.copytree(ROOT / package, site / package)
    work.mkdir()
    out, _ = start(VAE.path, cwd=work, path=site).communicate()
    own = work / "answers" / f"{VAE.name}.py"
    assert f"{own.relative_to(work)} is new" in out
    assert own.read_text(encoding="utf-8") == source("exercises", VAE.name)
    own.write_text("# mine\n", encoding="utf-8")
    out, _ = start(VAE.path, cwd=work, path=site).communicate()
    assert own.read_text(encoding="utf-8") == "# mine\n"
    assert "missing: posterior, best_normal, kl, grey_likelihood" in out


# Where answers live, and what they take over.


@pytest.fixture
def here(tmp_path):
    """Folders of a reader: their answers, what they wrote into the stubs, the stubs."""
    places = Places(tmp_path / "answers", tmp_path / "exercises", tmp_path / "exercises")
    shutil.copytree(HERE / "exercises", places.stubs)
    return places


def test_answers_are_a_copy_of_the_stub_made_once(here):
    path, told = answers_of(VAE, here)
    assert path.read_text(encoding="utf-8") == source("exercises", VAE.name)
    assert told.endswith("is new: fill in its functions, then ask again.")
    path.write_text("# mine\n")
    assert answers_of(VAE, here) == (path, "")
    assert path.read_text() == "# mine\n"


@every_file
def test_no_untouched_stub_counts_as_an_answer_of_before(name, here):
    lesson = Lesson(HERE / f"{name}.py")
    assert begun(lesson.exercises(), ast.parse(source("exercises", name))) == []
    assert "with" not in answers_of(lesson, here)[1]


def test_git_ignores_answers():
    command = ["git", "check-ignore", "lessons/answers/lesson07_vae.py"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if found.returncode == 128:
        pytest.skip("this is no checkout of git")
    assert found.stdout


def test_answers_that_were_written_into_the_stubs_are_taken_over_whole(here):
    mine = f"{source('exercises', VAE.name)}\n\ndef kl(mean, log_var):\n    return half(mean)\n"
    (here.stubs / f"{VAE.name}.py").write_text(mine, encoding="utf-8")
    path, told = answers_of(VAE, here)
    assert path.read_text(encoding="utf-8") == mine
    assert "with what you wrote in " in told
    assert "(kl)" in told
    assert "git restore" in told
    assert (here.stubs / f"{VAE.name}.py").read_text(encoding="utf-8") == mine


def test_answers_of_a_lesson_that_had_another_name_are_taken_over_by_exercise(here, monkeypatch):
    monkeypatch.setitem(FORMERLY, VAE.name, ("lesson05_old",))
    old = "import math\nimport cmath\n\nTWO = 2\n\ndef half(x):\n    return x / TWO\n\n"
    old += "def kl(mean, log_var):\n    # mine\n    return half(mean)\n\n"
    old += "def scaled_elbo(x, w, s, mean, var):\n    raise NotImplementedError('Add.')\n"
    here.answers.mkdir()
    (here.answers / "lesson05_old.py").write_text(old, encoding="utf-8")
    path, told = answers_of(VAE, here)
    text = path.read_text(encoding="utf-8")
    assert "(kl)" in told
    assert text.count("def kl(") == 1
    assert "    # mine\n    return half(mean)" in text
    assert text.index("TWO = 2") < text.index("def half(x):") < text.index("def kl(")
    assert "cmath" not in text
    assert "def best_normal" in text
    assert len(begun(VAE.exercises(), ast.parse(text))) == 1
    assert (here.answers / "lesson05_old.py").read_text(encoding="utf-8") == old


def test_answers_that_cannot_be_read_are_left_alone(here):
    (here.stubs / f"{VAE.name}.py").write_text("def kl(:\n", encoding="utf-8")
    path, told = answers_of(VAE, here)
    assert "with" not in told
    assert path.exists()
