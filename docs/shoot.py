"""The screenshots of ``zsl app``, ``docs/images/app_*.png``; they need a Chromium and a sentence model.

python docs/shoot.py
"""

import sys
import tempfile
import threading
from pathlib import Path

from PIL import Image

from zsl.app._serving import address_of, make_server, one_thread

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "app"))

from chromium_page import Browser  # noqa: E402

FOLDER = ROOT / "docs" / "images"
DRAWN = {
    0: [[(0.25, 0.2), (0.75, 0.2), (0.3, 0.8), (0.78, 0.8)]],
    1: [[(0.5, 0.15), (0.5, 0.85)], [(0.2, 0.45), (0.8, 0.4)]],
    2: [[(0.7, 0.2), (0.4, 0.25), (0.3, 0.5), (0.4, 0.75), (0.72, 0.8)]],
    3: [[(0.27, 0.26), (0.71, 0.24), (0.29, 0.77), (0.74, 0.74)]],
}


def describe(browser: Browser) -> None:
    """The digit 7 by its strokes, and why one image is found."""
    browser.wait("!document.getElementById('describe-say').disabled", 120)
    browser.run("document.getElementById('describe-start').value = 'the digit 7'")
    browser.run("document.getElementById('describe-start').dispatchEvent(new Event('change'))")
    browser.wait(
        "document.getElementById('describe-answer').innerText.includes('digit 7') && !!document.querySelector('.hit')"
    )
    browser.run("document.querySelector('.tile.hit').click()")
    browser.wait("document.querySelectorAll('.reason').length > 4")


def draw(browser: Browser) -> None:
    """Three classes and one more symbol, by hand."""
    browser.wait("document.querySelectorAll('#draw canvas').length === 4")
    for place, strokes in DRAWN.items():
        browser.draw(f"document.querySelectorAll('#draw canvas')[{place}]", strokes)
    browser.wait("document.getElementById('draw-answer').innerText.includes('Most like A')")
    browser.run("document.activeElement.blur(); scrollTo(0, 0)")


def text(browser: Browser) -> None:
    """Three intents, and a text."""
    browser.wait("document.querySelectorAll('#text-bars .bar').length === 3", 120)


def attributes(browser: Browser) -> None:
    """Half a table, and the next question."""
    asked = "document.getElementById('attributes-question').innerText"
    browser.wait(f"{asked}.includes('zebra')")
    for said in ("yes", "no", "no", "no", "no", "no", "no", "yes"):
        before = browser.run(asked)
        browser.run(f"document.getElementById('attributes-{said}').click()")
        browser.wait(f"{asked} !== {before!r}")


def shoot(address: str, name: str, part: str, **screen: object) -> None:
    """Write one screenshot of the whole page, in a palette of its colours."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile, **screen)
        try:
            browser.open(f"{address}#{part}")
            {"describe": describe, "draw": draw, "text": text, "attributes": attributes}[part](browser)
            browser.run("Promise.all([...document.images].map(image => image.decode()))")
            path = FOLDER / f"app_{name}.png"
            browser.screenshot(path)
        finally:
            browser.close()
    Image.open(path).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size // 1000} kB")


def main() -> None:
    """Write all of them."""
    with one_thread():
        server = make_server()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            for part in ("describe", "draw", "text", "attributes"):
                shoot(address_of(server), part, part, width=1180, height=700)
            shoot(address_of(server), "draw_phone", "draw", width=320, height=640, dark=True, touch=True)
        finally:
            server.shutdown()
            server.server_close()


if __name__ == "__main__":
    main()
