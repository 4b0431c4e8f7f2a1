"""The book in a browser: what is fetched, what is seen, what can be reached by everybody."""

import base64
import io
import os
import re
from pathlib import Path

import pytest

from lessons.book import build, folder
from lessons.book.figure import figure
from lessons.book.page import Page, html_of
from lessons.book.pictures import Picture
from lessons.book.prose import Prose
from lessons.runner.cells import find_lessons
from lessons.runner.curriculum import Course
from tests.driven import DESKTOP, MISSING, PHONE

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parent.parent
ESCAPE, DOWN = "\ue00c", "\ue015"  # as selenium says them
WIDTHS = (320, 360, 768, 1440)
# Half of the pages at a time, so that two workers share them.
PARTS = [pytest.param(slice(n, None, 2), id=f"half {n + 1}") for n in range(2)]
# Of all rules what is violated, each place: only what holds is told in short, which is quicker.
FINDINGS = """
axe.run({ resultTypes: ["violations"] }).then((run) => run.violations.map((one) =>
  [one.id, one.help, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200))]))
"""


@pytest.fixture(autouse=True)
def _nothing_is_kept(request):
    """What one test has guessed and opened is unknown to the next."""
    yield
    if "browser" in request.fixturenames:
        request.getfixturevalue("browser").command(
            "Storage.clearDataForOrigin", origin="file://", storageTypes="all"
        )


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The book that SCRATCHGEN_BOOK names, else one whose lessons have not run."""
    if named := os.environ.get("SCRATCHGEN_BOOK"):
        return Path(named)
    course = Course(find_lessons(ROOT / "lessons"))
    pages = build.Book(course, course.lessons, {}, True, {}).pages()
    place = tmp_path_factory.mktemp("book")
    folder.replace(place, pages, dict.fromkeys(pages, "quick"))
    return place


def pages(book):
    return sorted(book.glob("*.html"), key=lambda page: page.stat().st_size)


def test_nothing_is_fetched_and_no_page_complains(browser, book):
    for page in pages(book):
        browser.open(page)
        assert browser.fetched() == [], page.name
        assert browser.said() == [], page.name


@pytest.mark.parametrize("part", PARTS)
def test_no_page_scrolls_sideways(browser, book, part):
    wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for page in pages(book)[part]:
        browser.open(page)
        browser.run("document.querySelectorAll('details').forEach(x => x.open = true)")
        for width in WIDTHS:
            browser.resize((width, 740))
            assert browser.run(wide) <= 0, (page.name, width)


@pytest.fixture(scope="module")
def axe():
    """The script that looks for what somebody could not read or reach."""
    found = pytest.importorskip("axe_selenium_python", reason=MISSING.format("axe"))
    script = Path(found.__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
    return script.read_text(encoding="utf-8") + "; 0"


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_everybody_can_read_and_reach_everything(browser, book, axe, dark, part):
    for page in pages(book)[part]:
        browser.open(page, dark=dark)
        browser.evaluate("document.querySelectorAll('details').forEach(x => x.open = true)")
        browser.evaluate(axe)
        assert browser.evaluate(FINDINGS) == [], page.name


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_everybody_can_read_and_reach_what_opens_in_place(browser, book, axe, dark, size):
    browser.open(book / "lesson01_derivatives.html", size, dark)
    browser.evaluate(axe)
    browser.find(".guess input")[0].send_keys("four times\n")
    browser.find("#search")[0].send_keys("chain rule")
    wait_for(browser, "#found a")
    assert browser.evaluate(FINDINGS) == []
    browser.find("main > p > a.term")[0].send_keys("\n")
    assert browser.find(".note")[0].is_displayed()
    assert browser.evaluate(FINDINGS) == []


@pytest.mark.parametrize("file", ["index.html", "lesson02_tensors.html", "names.html"])
def test_the_search_of_each_page_finds_words_of_lessons_and_of_the_glossary(browser, book, file):
    browser.open(book / file)
    (box,) = browser.find("#search")
    box.send_keys("chain rule")
    found = [link.get_attribute("href") for link in wait_for(browser, "#found a")]
    assert any("words.html#word-chain-rule" in address for address in found)
    assert any("lesson01" in address for address in found)
    assert re.search(r"\n1 Derivatives\b", browser.find("#found")[0].text)
    box.send_keys(" xyzzy")
    assert "Nothing was found" in browser.find("#hits")[0].text
    assert browser.fetched() == []
    assert browser.said() == []


def test_the_search_is_reached_used_and_left_by_keys(browser, book):
    browser.open(book / "lesson02_tensors.html", anchor="#exercises")
    above = browser.run("return scrollY")
    browser.find("body")[0].send_keys("/")
    assert browser.run("return [document.activeElement.id, scrollY]") == ["search", above]
    box = browser.find("#search")[0]
    box.send_keys("a / b")  # there it is a sign as any other
    assert box.get_attribute("value") == "a / b"
    box.clear()
    box.send_keys("chain rule")
    first, second, *_ = wait_for(browser, "#found a")
    box.send_keys(DOWN)
    first.send_keys(DOWN)
    assert browser.run("return document.activeElement === arguments[0]", second)
    second.send_keys(ESCAPE)
    assert not browser.find("#panel")[0].is_displayed()
    browser.find("body")[0].send_keys("/")
    target = browser.find("#found a")[0].get_attribute("href")
    box.send_keys("\n")
    assert browser.run("return location.href") == target


def test_a_page_without_what_the_search_looks_through_says_so(browser, book, tmp_path):
    alone = tmp_path / "words.html"
    alone.write_bytes((book / "words.html").read_bytes())
    browser.open(alone)
    browser.find("#search")[0].send_keys("loss")
    said = "return document.getElementById('hits').textContent"
    browser.wait(lambda: "needs the file search.js" in browser.run(said))


def wait_for(browser, selector):
    browser.wait(lambda: browser.find(selector))
    return browser.find(selector)


def test_an_outcome_is_folded_until_it_is_opened(browser, book):
    browser.open(book / "lesson01_derivatives.html")
    outcome = browser.find(".outcome")[0]
    code = outcome.find_elements("css selector", "pre.code")[0]
    assert not code.is_displayed()
    outcome.find_element("css selector", "summary").click()
    assert code.is_displayed()


def test_enter_opens_the_outcome_and_the_guess_stands_above_it(browser, book):
    browser.open(book / "lesson01_derivatives.html")
    browser.find(".guess input")[0].send_keys("four times\n")
    assert browser.run("return document.querySelector('.outcome').open")
    assert browser.run("return document.activeElement.localName") == "summary"
    assert browser.find(".guessed")[0].text == "You guessed: four times"
    assert not browser.find(".guessed")[1].is_displayed()


def test_guesses_and_what_was_opened_are_there_when_a_page_is_opened_again(browser, book):
    browser.open(book / "lesson01_derivatives.html")
    browser.find(".guess input")[1].send_keys("0.003")
    browser.find(".outcome > summary")[1].click()
    browser.find(".outcome > summary")[2].click()
    browser.find(".outcome > summary")[2].click()
    browser.open(book / "lesson02_tensors.html")
    assert opened_outcomes(browser) == []
    browser.open(book / "lesson01_derivatives.html")
    assert browser.find(".guess input")[1].get_attribute("value") == "0.003"
    assert browser.find(".guessed")[1].text == "You guessed: 0.003"
    assert opened_outcomes(browser) == [1]


def test_one_button_opens_every_answer_and_shuts_it_again(browser, book):
    browser.open(book / "lesson01_derivatives.html")
    number = len(browser.find(".outcome"))
    (button,) = browser.find("button.every")
    assert button.text == "Open all answers"
    button.click()
    browser.wait(lambda: button.text == "Close all answers")
    assert opened_outcomes(browser) == list(range(number))
    browser.find(".outcome > summary")[0].click()
    browser.wait(lambda: button.text == "Open all answers")
    button.click()
    button.click()
    assert opened_outcomes(browser) == []


def test_a_shut_fold_says_that_the_lesson_goes_on_in_it(browser, book):
    browser.open(book / "lesson01_derivatives.html")
    summary = browser.find(".outcome > summary")[0]
    assert summary.text == "Go on: what happens (the lesson goes on in here)"
    summary.click()
    assert summary.text == "Go on: what happens"


def opened_outcomes(browser):
    return browser.run(
        "return [...document.querySelectorAll('.outcome')].flatMap((x, i) => (x.open ? [i] : []))"
    )


GO_ON = """
return [...document.querySelectorAll(".display, .long")].filter((x) => x.clientWidth).map((x) =>
  [x.scrollWidth - x.clientWidth > 1, x.matches(".goes-on"),
   getComputedStyle(x).maskImage !== "none"]);
"""


def test_a_formula_wider_than_a_phone_fades_where_it_goes_on(browser, book):
    browser.open(book / "lesson07_vae.html", PHONE)
    found = browser.run(GO_ON)
    assert [True] * 3 in found
    assert [False] * 3 in found
    assert all(wide == marked == fades for wide, marked, fades in found)
    formula = browser.find(".goes-on")[0]
    browser.run("arguments[0].scrollLeft = 1e4", formula)
    browser.wait(lambda: "goes-on" not in formula.get_attribute("class"))
    browser.run("arguments[0].scrollLeft = 0", formula)
    browser.wait(lambda: "goes-on" in formula.get_attribute("class"))
    browser.resize((1440, 900))
    browser.wait(lambda: not browser.find(".goes-on"))


def test_what_print_opens_is_not_kept_open(browser, book):
    browser.open(book / "lesson01_derivatives.html")
    browser.run("dispatchEvent(new Event('beforeprint'))")
    assert len(opened_outcomes(browser)) > 5
    browser.open(book / "lesson01_derivatives.html")
    assert opened_outcomes(browser) == []


def test_where_nothing_can_be_kept_a_page_works(browser, book):
    refuse = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('off'); } })"
    made = browser.command("Page.addScriptToEvaluateOnNewDocument", source=refuse)
    try:
        browser.open(book / "lesson01_derivatives.html")
        browser.find(".guess input")[0].send_keys("four times\n")
        assert opened_outcomes(browser) == [0]
        assert browser.said() == []
    finally:
        browser.command("Page.removeScriptToEvaluateOnNewDocument", **made)


def test_a_click_on_a_word_shows_its_meaning_in_place(browser, book):
    browser.open(book / "lesson02_tensors.html")
    word = browser.find("main > p > a.term")[0]
    term, target = word.text, word.get_attribute("href")
    browser.run("arguments[0].scrollIntoView({ block: 'center' })", word)
    word.click()
    (note,) = browser.find(".note")
    assert note.is_displayed()
    assert note.text.startswith(f"{term}: ")
    assert "lesson02" in browser.run("return location.href")
    (more,) = [x for x in note.find_elements("css selector", "a") if x.text == "In the glossary"]
    assert more.get_attribute("href") == target
    more.click()
    assert browser.run("return location.href") == target


@pytest.mark.parametrize("size", [PHONE, (320, 740), DESKTOP], ids=["phone", "narrow", "desktop"])
def test_a_note_is_reached_and_left_by_keys_and_lies_within_the_window(browser, book, size):
    browser.open(book / "lesson01_derivatives.html", size)
    for word in browser.find("main > p a.term"):
        browser.run("arguments[0].scrollIntoView({ block: 'center' })", word)
        word.send_keys("\n")
        seen = browser.run(
            "const { left, right, top, bottom } = document.activeElement.getBoundingClientRect();"
            "return [document.activeElement.className, left >= 0, right <= innerWidth, top >= 0,"
            " bottom <= innerHeight];"
        )
        assert seen == ["note", True, True, True, True], word.text
        browser.find(".note")[0].send_keys(ESCAPE)
        assert not browser.find(".note")[0].is_displayed()
        assert browser.run("return document.activeElement === arguments[0]", word), word.text


SHOWN = "return [...document.querySelectorAll(arguments[0])].filter((x) => x.checkVisibility())"


def test_on_paper_stands_what_can_be_read_and_nothing_to_press(browser, book):
    browser.open(book / "lesson07_vae.html")
    browser.run("dispatchEvent(new Event('beforeprint'))")
    browser.command("Emulation.setEmulatedMedia", media="print")
    try:
        for selector in ("button", "#search", ".guess", ".folded", ".explorer input", "summary"):
            seen = browser.run(f"{SHOWN}.map((x) => x.textContent)", selector)
            left = [words for words in seen if "answer" not in words and "hint" not in words]
            assert [words for words in left if words != "What we make of it"] == [], selector
        assert len(browser.run(SHOWN, ".outcome pre")) > 10
    finally:
        browser.command("Emulation.setEmulatedMedia", media="")


@pytest.fixture
def film(tmp_path):
    """A page with a film of 450 dots and its still, which are of one colour each."""
    from PIL import Image

    def uri(colour):
        file = io.BytesIO()
        Image.new("RGB", (450, 400), colour).save(file, "PNG")
        return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"

    html = figure(Picture("film", "A film", "", uri("red"), 450, 400, uri("blue")), Prose())
    path = tmp_path / "film.html"
    path.write_text(html_of(Page("film.html", "Film", f"<h1>x</h1>{html}")), encoding="utf-8")
    return path


@pytest.mark.parametrize(("size", "width"), [(DESKTOP, 672), (PHONE, 360)])
def test_a_film_is_as_wide_as_the_text_and_can_be_stopped(browser, film, size, width):
    browser.open(film, size)  # with reduced motion, so that it stands still
    wide = "return document.querySelector(arguments[0]).getBoundingClientRect().width"
    assert [browser.run(wide, x) for x in (".moving", ".still")] == [0, width]
    (button,) = browser.find(".film button")
    assert button.text == "Play the film"
    button.click()
    assert [browser.run(wide, x) for x in (".moving", ".still")] == [width, 0]
    assert button.text == "Stop the film"


def test_a_film_prints_its_still_undistorted(browser, film):
    browser.open(film)
    browser.find(".film button")[0].click()
    browser.command("Emulation.setEmulatedMedia", media="print")
    try:
        size = (
            "const { width, height } = document.querySelector(arguments[0])"
            ".getBoundingClientRect(); return [width, height]"
        )
        assert browser.run(size, ".moving") == [0, 0]
        width, height = browser.run(size, ".still")
        assert width / height == pytest.approx(450 / 400, rel=0.01)
    finally:
        browser.command("Emulation.setEmulatedMedia", media="")


def test_code_of_eighty_columns_stands_within_the_measure(browser, book):
    browser.open(book / "lesson01_derivatives.html", (1440, 900))
    room = browser.run(
        """
        const pre = document.querySelector("pre.code");
        pre.firstChild.textContent = "x".repeat(80);
        const within = pre.getBoundingClientRect().right <=
          document.querySelector("main > p").getBoundingClientRect().right + 1;
        return [within, pre.scrollWidth - pre.clientWidth];
        """
    )
    assert room == [True, 0]


def test_only_what_scrolls_is_a_stop_of_the_tab_key(browser, book):
    cells = "[...document.querySelectorAll('main > .cell pre')]"
    stops = f"return {cells}.map((x) => x.tabIndex)"
    right = f"return {cells}.every((x) => (x.tabIndex === 0) === (x.scrollWidth > x.clientWidth))"
    browser.open(book / "lesson01_derivatives.html", (1440, 900))
    browser.wait(lambda: browser.run(right))
    browser.resize(PHONE)
    browser.wait(lambda: 0 in browser.run(stops) and browser.run(right))
    scrolls = "return [...document.querySelectorAll('main > .cell pre')].map((x) =>"
    wide = browser.run(
        f"{scrolls} x.scrollWidth > x.clientWidth || x.scrollHeight > x.clientHeight)"
    )
    assert [stop == 0 for stop in browser.run(stops)] == wide


def test_an_anchor_opens_what_it_lies_in(browser, book):
    browser.open(book / "words.html", anchor="#word-chain-rule")
    assert browser.run("return document.querySelector(':target').textContent").startswith("chain")


def test_a_page_is_there_within_a_second(browser, book):
    for page in pages(book):
        browser.open(page)
        took = browser.run("return performance.timing.loadEventEnd - performance.timing.fetchStart")
        assert took < 1000, page.name


def test_the_contents_fold_on_a_phone(browser, book):
    browser.open(book / "lesson01_derivatives.html", PHONE)
    assert not browser.run("return document.querySelector('.contents details').open")


def test_without_scripts_a_lesson_can_be_read(browser, book):
    browser.command("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(book / "lesson01_derivatives.html")
        assert browser.find("main p")[3].is_displayed()
    finally:
        browser.command("Emulation.setScriptExecutionDisabled", value=False)
