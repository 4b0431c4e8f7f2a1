"""The three pictures of the book that README shows, taken of a book that was built.

    python -m lessons book
    python -m tests.screenshots book

writes figures/book_desktop.png, book_phone.png and book_explorer.png. It needs what tests/driven.py
needs: Debian's chromium and chromium-driver, and selenium.
"""

import io
import sys
from pathlib import Path

from PIL import Image

from tests.driven import Browser

FIGURES = Path(__file__).parent.parent / "figures"
STEPS = 1500  # of the game on a plane, before its picture is taken
COLOURS = 256
# Its page and anchor, the size of the window, and how much of the page is above it.
SHOTS = {
    "desktop": ("lesson01_derivatives.html#from-the-end-to-the-beginning", (1280, 860)),
    "phone": ("lesson01_derivatives.html#following-the-nudge", (360, 740)),
    "explorer": ("lesson11_gan_in_two_dimensions.html#explorer-plane", (800, 980)),
}


def main(book: Path) -> None:
    """Take the pictures; an error where the book lacks one of the pages."""
    for page, _ in SHOTS.values():
        (book / page.partition("#")[0]).resolve(strict=True)
    browser = Browser()
    browser.command("Emulation.setScrollbarsHidden", hidden=True)
    for name, (page, size) in SHOTS.items():
        file, _, anchor = page.partition("#")
        browser.open(book / file, size, anchor=f"#{anchor}" if anchor else "")
        if name == "explorer":
            buttons = "[...document.querySelectorAll('#explorer-plane button')]"
            step = f"{buttons}.find((x) => x.textContent === 'Step both')"
            browser.evaluate(f"for (let i = 0; i < {STEPS}; i++) {step}.click()")
        beside = FIGURES / f"book_{name}.png"
        browser.screenshot(beside)
        shot = Image.open(io.BytesIO(beside.read_bytes())).convert("RGB")
        shot.quantize(COLOURS, dither=Image.Dither.NONE).save(beside, optimize=True)
        print(f"{beside.name}: {beside.stat().st_size:,} bytes")
    browser.driver.quit()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
