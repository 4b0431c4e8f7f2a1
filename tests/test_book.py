"""The book: pages that a browser can show without a network, and what never harms an old book."""

import base64
import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from lessons.__main__ import main
from lessons.book import build, explorers, folder, lesson, pictures, searching
from lessons.book.code import block, printed
from lessons.book.explorers import carried
from lessons.book.figure import figure
from lessons.book.font import characters
from lessons.book.mathml import to_mathml
from lessons.book.page import html_of, source
from lessons.book.prose import Prose
from lessons.book.terms import Terms
from lessons.runner import macros
from lessons.runner.cells import Lesson, find_lessons
from lessons.runner.curriculum import COURSE, EXPLORERS, Course
from lessons.runner.formulas import find_formulas
from lessons.runner.glossary import Term
from tests.pages import BUDGET, HTML, Page, complaints, read
from tests.sample_lesson import SAMPLE

ROOT = Path(__file__).parent.parent
LESSONS = ROOT / "lessons"
FIRST_LESSON = (
    "# %% [markdown]\n# # 1. A lesson before it\n#\n# See lesson 7.\n\n# %%\nprint('<1>')\n"
)
EXPLORER_BUDGET = 250_000  # bytes of a page: what an explorer and its scripts take
SOON = 60  # seconds: after that something hangs


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A folder with two small lessons, and the book of them, built once."""
    place = tmp_path_factory.mktemp("shelf")
    (place / "lesson01_before.py").write_text(FIRST_LESSON, encoding="utf-8")
    (place / "lesson07_sample.py").write_text(SAMPLE, encoding="utf-8")
    assert book(place, "--out", str(place / "book")) == 0
    return place


def book(place, *arguments):
    return main(["book", *arguments], place)


@pytest.fixture
def page(shelf):
    return read(shelf / "book" / "lesson07_sample.html")


def texts(elements):
    return [" ".join("".join(x.itertext()).split()) for x in elements]


def state(place):
    """The bytes of all files of a folder."""
    return {path.name: path.read_bytes() for path in sorted(place.iterdir()) if path.is_file()}


# Pages


def test_a_book_has_nothing_to_complain_of(shelf):
    assert complaints(shelf / "book") == []


def test_the_pages_of_the_real_lessons_have_nothing_to_complain_of(tmp_path):
    course = Course(find_lessons(LESSONS))
    made = build.Book(course, course.lessons, {}, False, {}).pages()
    folder.replace(tmp_path / "book", made, dict.fromkeys(made, "full"))
    assert complaints(tmp_path / "book") == []


def test_what_is_wrong_with_a_page_is_found(shelf, tmp_path):
    broken = (shelf / "book" / "words.html").read_text(encoding="utf-8")
    body = (
        '<p id="words">$5</p><img src="https://a.b/c.png" alt=""><a href="#none">x</a>'
        '<a href="gone.html">y</a></main>'
    )
    (tmp_path / "words.html").write_text(broken.replace("</main>", body), encoding="utf-8")
    found = "\n".join(complaints(tmp_path))
    for words in ("id words twice", "without words", "outside", "dead anchor", "nowhere", "dollar"):
        assert words in found


def test_printed_output_stands_below_its_cell_and_is_escaped(shelf):
    first = read(shelf / "book" / "lesson01_before.html")
    assert texts(first.all("samp")) == ["<1>"]
    assert texts(first.all("pre")) == ["print('<1>')", "<1>"]


def test_what_answers_a_question_is_folded_up_to_the_next_heading(page):
    (outcome,) = [x for x in page.all("details") if x.get("class") == "outcome"]
    assert outcome.get("id") == "outcome-the-sum"
    inside = " ".join(outcome.itertext())
    assert "the sum is 3" in inside
    assert "Three, as always." in inside
    assert "A figure" not in inside


CHAIN = """\
# %% [markdown]
# # 7. A lesson
#
# **Predict.** What is one and one?

# %%
print(1 + 1)

# %% [markdown]
# Two. A **sum** is that.
#
# **Predict.** And one more?

# %%
print(2 + 1)

# %% [markdown]
# Three.

# %% [markdown]
# Of course.
#
# ## Another subject
#
# No more of it.
"""


def test_the_next_question_stands_in_the_fold_of_the_one_before(tmp_path):
    seen = page_made_of(CHAIN, tmp_path)
    (first,) = seen.findall(f"{HTML}details")
    (second,) = first.findall(f"{HTML}details")
    assert "And one more?" in " ".join(first.itertext())
    assert "Of course." in " ".join(second.itertext())
    assert texts(seen.findall(f"{HTML}h2")) == ["Another subject"]
    assert "No more of it." in texts(seen.findall(f"{HTML}p"))


def page_made_of(text, folder):
    """What stands in the main part of a lesson's page; its cells have not run."""
    (folder / "lesson07_made.py").write_text(text, encoding="utf-8")
    made = lesson.page_of(Lesson(folder / "lesson07_made.py"), {})
    (folder / made.file).write_text(html_of(made), encoding="utf-8")
    (main,) = read(folder / made.file).all("main")
    return main


def test_a_page_does_not_begin_with_imports_and_knobs(tmp_path):
    cells = ["[markdown]\n# # 7. A lesson", "\nimport math", "Knobs\nlr = 1", "\nlr + 1"]
    seen = page_made_of("".join(f"# %% {cell}\n\n" for cell in cells), tmp_path)
    assert texts(seen.iter(f"{HTML}summary")) == ["Code: what is imported", "Code: Knobs"]
    assert texts(seen.findall(f"{HTML}div/{HTML}pre")) == ["lr + 1"]


def test_code_that_draws_is_folded_and_its_figure_is_seen(page):
    folded = [x for x in page.all("details") if x.get("class") == "folded"][-1]
    assert "keep(Figure" in "".join(folded.itertext())
    assert not folded.findall(f".//{HTML}img")
    (image,) = page.all("img")
    assert image.get("alt")
    assert image.get("src").startswith("data:image/")


def test_an_experiment_has_its_command_and_its_answer_folded(page):
    (tries,) = [x for x in page.all("ol") if x.get("class") == "tries"]
    first = tries[0]
    assert "python -m lessons 7 --try 1" in "".join(first.itertext())
    assert "three quarters" in "".join(first.find(f".//{HTML}details").itertext())


def test_nothing_for_maintainers_is_printed(page):
    assert not re.search("For maintainers|Recorded", page.words())


def test_a_page_leads_to_its_neighbours_and_says_how_long_it_takes(page):
    assert any(x.get("href") == "lesson01_before.html" for x in page.all("a"))
    assert "2 min to read" in page.words()


def test_a_page_of_a_real_lesson_has_its_exercises_with_hints_and_our_answer():
    (one,) = [x for x in find_lessons(LESSONS) if x.short == "derivatives"]
    html = lesson.page_of(one, {}).body
    for words in ("A hint", "A stronger hint", "Our answer", "python -m lessons check 1 divide"):
        assert words in html
    assert html.count('<section class="exercise">') == len(one.exercises())


def test_the_search_finds_every_section_by_an_anchor_that_is_there(shelf):
    text = (shelf / "book" / searching.FILE).read_text(encoding="utf-8")
    spots = json.loads(text.removeprefix("const SPOTS = ").removesuffix(";\n"))
    titles = [title for address, title, _ in spots if address.startswith("lesson")]
    assert titles[:3] == ["1 A lesson before it", "7 A sample of xᵢ", "7 A sample of xᵢ: The sum"]
    for address, title, _ in spots:
        file, _, anchor = address.partition("#")
        there = read(shelf / "book" / file) if anchor else None
        assert title
        assert there is None or anchor in there.ids


def test_the_first_page_begins_with_a_picture_and_says_how_to_run_the_code(shelf):
    first = read(shelf / "book" / "index.html")
    assert first.all("main")[0].find(f".//{HTML}img").get("alt").startswith("Three rows")
    assert "pip install -e ." in texts(first.all("kbd"))
    assert "read, guess and play" in first.words()


def test_the_first_page_has_the_ways_then_play_then_the_lessons():
    made = build.Book(Course(find_lessons(LESSONS)), find_lessons(LESSONS), {}, True, {})
    first = Page("index.html", made.pages()["index.html"])
    assert texts(first.all("h2")) == ["Three ways through", "Play", "The lessons"]
    lists = {x.get("class"): x for x in first.all("ul")}
    ways = texts(lists["ways"])
    assert re.match(
        r"Generators first .* 9 lessons, [5-8](\.5)? hours 0 1 2 4 5 6 7 11 12", ways[0]
    )
    for item in lists["play"]:
        assert list(item.iter(f"{HTML}img")) or list(item.iter("{http://www.w3.org/2000/svg}svg"))


def test_a_lesson_that_is_not_written_stands_on_the_map_without_a_link():
    made = build.Book(Course([], COURSE), [], {}, True, {}).pages()["index.html"]
    assert "not yet written" in made
    assert not re.search(r'href="lesson\d\d', made)


# Prose


def test_a_formula_and_the_comma_behind_it_stay_on_one_line():
    assert '<span class="nowrap"><math>' in Prose().html("Of $x$, and more.")
    assert "nowrap" not in Prose().html("Of $x$ and more.")


def test_a_displayed_formula_within_a_paragraph_stays_within_it():
    html = Prose().html("So\n$$x = 1$$\nand on.")
    assert html.count("<p>") == 1
    assert '<math display="block">' in html


def test_an_unknown_macro_is_an_error_with_the_file_and_the_line():
    with pytest.raises(ValueError, match=r"^a\.py, line 12: formula .*got \\softmax"):
        Prose("a.py").html("One.\n\n$\\softmax$", line=10)


def test_headings_that_say_the_same_have_anchors_of_their_own():
    prose = Prose()
    prose.html("## Check\n\n## Check\n\n## Of $x$")
    assert [x.anchor for x in prose.headings] == ["check", "check-2", "of"]


def test_a_term_leads_to_the_glossary_where_it_is_explained_or_first_mentioned():
    known = [Term("chain rule", 1, "."), Term("prior", 7, "."), Term("mode", 11, ".")]
    prose = Prose(terms=Terms(known, lesson=7))
    html = prose.html("The **prior** and chain\nrules, the chain rule, a mode. `prior`")
    assert re.findall(r'#word-([a-z-]*)"', html) == ["prior", "chain-rule"]


def test_a_term_of_a_fold_leads_to_the_glossary_outside_of_it_too():
    terms = Terms([Term("prior", 7, "."), Term("loss", 1, ".")], lesson=7, folded=True)
    prose = Prose(terms=terms)
    assert prose.html("The **prior**, a prior, a loss, a loss.").count("<a ") == 2
    terms.folded = False
    assert prose.html("The prior, a prior, a loss, a loss.").count("<a ") == 2


def test_each_mention_of_a_lesson_leads_to_its_page():
    prose = Prose(lessons={1: "one.html", 7: "seven.html"})
    text = "Lessons 1, 2\nand 7; Lesson\n7's end; `lesson 7`, [lesson 7](x), lesson 77."
    html = prose.html(f"## Of lesson 1\n\n{text}")
    assert re.findall(r'<a href="(\w*\.html)">([^<]*)</a>', html) == [
        ("one.html", "Lessons 1"),
        ("seven.html", "7"),
        ("seven.html", "Lesson\n7"),
    ]
    assert "<a" not in prose.inline("lesson 7")
    assert "<a" in prose.inline("lesson 7", linked=True)


def test_a_page_links_to_other_lessons_and_not_to_itself(shelf):
    first = read(shelf / "book" / "lesson01_before.html")
    assert [x.get("href") for x in first.all("p")[-1].iter(f"{HTML}a")] == ["lesson07_sample.html"]


def test_a_page_knows_the_meanings_of_the_words_that_it_links_to(page):
    (data,) = [x for x in page.all("script") if x.get("id") == "meanings"]
    assert list(json.loads("".join(data.itertext()))) == ["word-gradient"]


def test_quotes_and_the_minus_of_numbers_are_set_as_print_has_them():
    html = Prose().html('"One," said $D$\'s net: -2.00, (-3 to -.5), 1e-3, 4-5, a-1. `"-1"`')
    assert "“One,” said <math><mi>D</mi></math>’s net: −2.00, (−3 to −.5), 1e-3, 4-5, a-1" in html
    assert "<code>&quot;-1&quot;</code>" in html


def test_a_term_with_an_apostrophe_is_found():
    prose = Prose(terms=Terms([Term("Bayes' rule", 7, "."), Term("Amdahl's law", 8, ".")], 7))
    html = prose.html("**Bayes' rule**, and Amdahl's\nlaw.")
    assert re.findall(r'#word-([a-z-]*)"', html) == ["bayes-rule", "amdahl-s-law"]


@pytest.mark.parametrize(("lines", "kind"), [(3, "code short"), (40, "code")])
def test_a_short_block_of_code_is_not_divided_on_paper(lines, kind):
    assert block("x\n" * lines, "Code").startswith(f'<pre class="{kind}"')


def test_html_in_prose_is_shown_and_never_run():
    assert "&lt;script&gt;" in Prose().html("A <script> here.")
    assert "&lt;b&gt;" in printed("<b>")


# Formulas

MACROS = [*macros.GREEK, *macros.RELATIONS, *macros.SIGNS, *macros.PREFIXES]
MACROS += [f"\\{word}" for word in macros.WORDS]


@pytest.mark.parametrize("macro", MACROS)
def test_each_macro_of_the_table_becomes_mathml(macro):
    xml = to_mathml(f"a {macro} b")
    assert xml.startswith("<math>")
    assert "\\" not in xml


@pytest.mark.parametrize("macro", [x for x in macros.ARGUMENTS if x not in (r"\left", r"\right")])
def test_each_command_of_the_table_becomes_mathml(macro):
    arguments = "{x}" * macros.ARGUMENTS[macro]
    assert re.search("[x𝐱]", to_mathml(macro + arguments))


@pytest.mark.parametrize(
    ("latex", "xml"),
    [
        ("a - b", "<mi>a</mi><mo>−</mo><mi>b</mi>"),
        ("(-b", '<mo stretchy="false">(</mo><mo form="prefix">−</mo><mi>b</mi>'),
        ("x_i^2", "<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>"),
        ("0.05", "<mn>0.05</mn>"),
        ("22,000", "<mn>22,000</mn>"),
        ("f'", '<msup><mi>f</mi><mo lspace="0em" rspace="0em">′</mo></msup>'),
        (r"\hat x", '<mover accent="true"><mi>x</mi><mo stretchy="false">^</mo></mover>'),
        (r"\text{ or }", "<mtext>\xa0or\xa0</mtext>"),
        (r"\log x", '<mi>log</mi><mspace width="0.167em"/><mi>x</mi>'),
        (r"a < b", "<mi>a</mi><mo>&lt;</mo><mi>b</mi>"),
    ],
)
def test_a_formula_becomes(latex, xml):
    assert to_mathml(latex) == f"<math>{xml}</math>"


TEMML = """
const asked = JSON.parse(require("fs").readFileSync(0));
const made = ([latex, display]) => require("temml").renderToString(
  latex, { displayMode: display, throwOnError: true, xml: true });
console.log(JSON.stringify(asked.map(made)));
"""
# One sign or letter, for which Unicode has two; and dots between signs, which Temml raises.
ONE_SIGN = str.maketrans("⋅ϵϕ⋯ˆ|∥∗", "·εφ…^∣‖*")


def signs(xml):
    """What a formula shows, without spaces and what is not seen."""
    shown = "".join(ElementTree.fromstring(xml).itertext()).translate(ONE_SIGN)
    return "".join(x for x in shown if unicodedata.category(x) not in ("Zs", "Cc", "Cf"))


def test_formulas_show_the_signs_that_another_converter_shows():
    """npm install temml, and NODE_PATH=.../node_modules."""
    run = functools.partial(subprocess.run, capture_output=True, text=True)
    node = shutil.which("node")
    if not node or run([node, "-e", 'require.resolve("temml")']).returncode:
        pytest.skip("needs node, and temml where NODE_PATH leads")
    asked = sorted({
        (match["inline"] or match["display"], match["inline"] is None)
        for one in find_lessons(LESSONS)
        for cell in one.cells()
        for match in (find_formulas(cell.source) if cell.kind == "prose" else ())
    })  # fmt: skip
    done = run([node, "-e", TEMML], input=json.dumps(asked), check=True)
    theirs = [signs(xml) for xml in json.loads(done.stdout)]
    ours = [signs(to_mathml(latex, display=display)) for latex, display in asked]
    assert len(asked) > 500
    assert ours == theirs


def test_rows_are_lined_up():
    xml = to_mathml(r"a &= b \\ &= c", display=True)
    assert xml.count("<mtr>") == 2
    assert xml.count("<mtd>") == 4


def test_the_font_has_every_sign_that_a_formula_of_the_lessons_shows():
    known = set(characters())
    for one in find_lessons(LESSONS):
        for cell in one.cells():
            for match in find_formulas(cell.source) if cell.kind == "prose" else ():
                shown = re.sub(
                    r"<mtext>.*?</mtext>|<[^>]*>|&\w+;", "", to_mathml(match[0].strip("$"))
                )
                assert set(shown) <= known, f"{one.name}: make the font again, see font.py"


# What a build does to a folder


def test_a_file_in_the_way_is_refused(shelf, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert book(shelf, "--out", str(tmp_path / "file")) == 2
    assert "is a file" in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "mine"


def test_somebody_elses_folder_is_refused(shelf, tmp_path, capsys):
    (tmp_path / "index.html").write_text("mine")
    assert book(shelf, "--out", str(tmp_path)) == 2
    assert "not of a book" in capsys.readouterr().err
    assert state(tmp_path) == {"index.html": b"mine"}


def test_a_record_that_is_not_ours_is_refused(tmp_path):
    (tmp_path / folder.RECORD).write_text('{"made by": "somebody"}')
    with pytest.raises(ValueError, match="not a record of a book of ours"):
        folder.pages_in(tmp_path)


def test_a_quick_build_never_goes_over_a_full_book(shelf, capsys):
    before = state(shelf / "book")
    assert book(shelf, "--quick", "--out", str(shelf / "book")) == 2
    assert "built in full" in capsys.readouterr().err
    assert state(shelf / "book") == before


def test_a_lesson_that_is_not_there_is_refused(shelf, tmp_path, capsys):
    assert book(shelf, "9", "--out", str(tmp_path / "book")) == 2
    assert not (tmp_path / "book").exists()


def test_quick_pages_say_so(shelf, tmp_path):
    assert book(shelf, "1", "--quick", "--out", str(tmp_path / "book")) == 0
    for path in (tmp_path / "book").glob("*.html"):
        assert "quick, half trained" in path.read_text(encoding="utf-8"), path.name


def test_pages_that_were_not_asked_for_stay_and_are_linked(shelf, tmp_path):
    target = tmp_path / "book"
    assert book(shelf, "7", "--out", str(target)) == 0
    before = (target / "lesson07_sample.html").read_bytes()
    assert book(shelf, "1", "--out", str(target)) == 0
    assert (target / "lesson07_sample.html").read_bytes() == before
    assert 'href="lesson07_sample.html"' in (target / "index.html").read_text(encoding="utf-8")


def test_the_same_lessons_make_the_same_bytes_and_are_not_run_again(shelf, tmp_path, capsys):
    assert book(shelf, "--out", str(tmp_path / "book")) == 0
    assert "running" not in capsys.readouterr().out
    assert state(tmp_path / "book") == state(shelf / "book")


def test_a_cell_that_fails_shows_its_traceback_and_replaces_nothing(shelf, tmp_path, capfd):
    failing = SAMPLE.replace('print("the sum is", total)', "1 / 0")
    (tmp_path / "lesson07_sample.py").write_text(failing, encoding="utf-8")
    target = tmp_path / "book"
    assert book(shelf, "--out", str(target)) == 0
    before = state(target)
    assert book(tmp_path, "--out", str(target)) == 1
    said = capfd.readouterr().err
    assert "ZeroDivisionError" in said
    assert "    1 / 0" in said
    assert "No page was replaced" in said
    assert state(target) == before


def test_a_formula_that_cannot_be_read_is_said_before_anything_runs(tmp_path, capsys):
    broken = SAMPLE.replace(r"x \sim p", r"x \softmax p")
    (tmp_path / "lesson07_sample.py").write_text(broken, encoding="utf-8")
    assert book(tmp_path, "--out", str(tmp_path / "book")) == 1
    said = capsys.readouterr()
    assert re.search(r"lesson07_sample\.py, line 4: formula .*softmax", said.err)
    assert "running" not in said.out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_build_that_is_ended_leaves_the_old_book_whole(shelf, tmp_path, how):
    target = tmp_path / "book"
    assert book(shelf, "--out", str(target)) == 0
    before = state(target)
    waiting = FIRST_LESSON + f"open({str(tmp_path / 'begun')!r}, 'w')\nimport time; time.sleep(9)\n"
    (tmp_path / "lesson01_before.py").write_text(waiting, encoding="utf-8")
    code = "import pathlib, sys; from lessons.__main__ import main; "
    code += "sys.exit(main(['book', '--out', sys.argv[2]], pathlib.Path(sys.argv[1])))"
    command = [sys.executable, "-c", code, str(tmp_path), str(target)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=ROOT, stdout=quiet, stderr=quiet) as process:
        wait_for(tmp_path / "begun")
        os.kill(process.pid, how)
        status = process.wait(SOON)
    assert status == (130 if how == signal.SIGINT else -9)
    assert state(target) == before
    assert book(shelf, "--out", str(target)) == 0


def wait_for(path):
    for _ in range(SOON * 20):
        if path.exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} never came")


def test_what_an_ended_build_left_is_cleared_away(shelf, tmp_path):
    left = tmp_path / f"{folder.UNFINISHED}x"
    left.mkdir(parents=True)
    assert book(shelf, "--out", str(tmp_path)) == 0
    assert not left.exists()


# Figures


def test_a_figure_keeps_its_title_and_caption_as_words_and_loses_them_as_pixels():
    from scratchgen import draw

    drawn = draw.curves({"loss": [3.0, 2.0, 1.0]}, xlabel="step", title="It falls",
                         caption="The loss of three steps.")  # fmt: skip
    picture = pictures.picture_of(drawn, Path("loss.png"))
    assert picture.alt == "It falls. The loss of three steps."
    whole = drawn.get_size_inches()[1] * pictures.DPI
    assert picture.height < whole - 20
    assert drawn.texts[0].get_visible()
    assert len(picture.source) < BUDGET / 10


def made(width, still="", source="data:image/webp;base64,AAAA"):
    picture = pictures.Picture("name", "A title", "Of *it*.", source, width, 100, still)
    return figure(picture, Prose())


def test_figures_have_two_widths():
    kinds = {made(width).partition(">")[0] for width in (300, 868, 949, 950, 1310)}
    assert kinds == {'<figure class="half"', "<figure"}


def test_a_film_is_at_most_twice_its_size_and_has_its_still_beside_it():
    html = made(450, still="data:image/png;base64,BBBB")
    assert 'style="--twice: 900px"' in html
    assert re.findall(r'class="(moving|still)" width="450"', html) == ["moving", "still"]


@pytest.mark.parametrize(("kind", "sharp"), [(b"VP8L", True), (b"VP8 ", False)])
def test_a_film_of_images_keeps_its_pixels(kind, sharp):
    film = base64.b64encode(b"RIFF....WEBPVP8X....ANMF...." + kind).decode()
    html = made(450, "data:,", f"data:image/webp;base64,{film}")
    assert ('"moving pixels"' in html) == sharp


# Explorers


def test_the_terminal_says_that_the_book_has_an_explorer(capsys):
    from lessons.runner import show

    for one in EXPLORERS:
        show.make_console().print(show.explorer(one.name))
    assert capsys.readouterr().out.count("The book has an explorer here") == len(EXPLORERS)


def test_an_explorer_that_is_none_is_an_error_that_lists_them(tmp_path):
    text = SAMPLE.replace(
        "# %% [markdown]\n# ## The sum", '# %% [markdown] tags=["explorer:no"]\n#'
    )
    (tmp_path / "lesson07_sample.py").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="no explorer 'no'. There are plane, "):
        lesson.page_of(Lesson(tmp_path / "lesson07_sample.py"), {})


def test_scripts_are_short_and_fetch_nothing():
    for path in sorted((LESSONS / "book").rglob("*.js")):
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 250, path.name
        assert not re.search(r"https?://|fetch\(|XMLHttpRequest|import\(|\beval\(", text), path.name


def test_the_files_of_the_book_are_each_one_subject():
    for path in sorted((LESSONS / "book").rglob("*.py")):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, path.name


def test_an_explorer_and_what_it_carries_stay_within_their_budget():
    for one in explorers.there():
        parts = [explorers.html(one), *map(source, explorers.scripts([one]))]
        assert sum(len(x.encode()) for x in parts) <= EXPLORER_BUDGET, one.name


@pytest.mark.parametrize("bad", [np.nan, np.inf, 70_000])
def test_weights_that_are_no_numbers_are_not_put_into_a_page(tmp_path, bad):
    path = tmp_path / "weights.npz"
    np.savez(path, W=np.array([0.5, bad]))
    with pytest.raises(ValueError, match="W: expected numbers up to 65504"):
        carried.script(path)


def test_a_page_carries_arrays_as_half_floats(tmp_path):
    path = tmp_path / "weights.npz"
    np.savez(path, W=np.array([[0.5, -2.0]]))
    text = carried.script(path).partition(">")[2].partition("<")[0]
    shape, packed = json.loads(text)["W"]
    assert shape == [1, 2]
    assert np.frombuffer(base64.b64decode(packed), "<f2").tolist() == [0.5, -2.0]
