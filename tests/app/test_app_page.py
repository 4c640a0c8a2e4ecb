"""The page as somebody uses it, in a headless Chromium: by mouse, by finger, by keyboard, on a small screen."""

import io

import numpy as np
import pytest
from chromium_page import Browser, find_chromium
from PIL import Image

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="needs a Chromium, such as `apt-get install chromium`")

CROSS = [[(0.2, 0.2), (0.5, 0.5), (0.8, 0.8)], [(0.8, 0.2), (0.5, 0.5), (0.2, 0.8)]]
BAR = [[(0.5, 0.1), (0.5, 0.5), (0.5, 0.9)]]
PAD = "document.querySelectorAll('#draw canvas')[{}]"
BARS = "[...document.querySelectorAll('#{}-bars .bar')].map(e => e.innerText.split('\\n'))"


@pytest.fixture(scope="module")
def wide(page, tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("wide"))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def phone(page, tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("phone"), width=320, height=640, dark=True, touch=True)
    yield browser
    browser.close()


def opened(browser, page, part):
    browser.open(f"http://{page.host}/?{part}#{part}")  # another address each time, so that the page is a new one
    browser.wait(f"!document.getElementById('{part}').hidden")
    return browser


def test_describe_find_and_why(wide, page):
    opened(wide, page, "describe")
    wide.wait("document.querySelectorAll('#describe-hits .tile').length > 10")
    assert "are recognised as “the digit 7”" in wide.run("document.getElementById('describe-answer').innerText")
    wide.run("document.querySelector('.tile.hit').focus()")
    wide.key("Enter")
    wide.wait("document.querySelectorAll('.reason').length >= 5")
    assert wide.run("document.querySelector('.tile.hit').getAttribute('aria-pressed')") == "true"
    assert wide.wait("[...document.querySelectorAll('.tile img')].every(e => e.complete && e.naturalWidth === 64)")
    before = wide.run("document.getElementById('describe-answer').innerText")
    wide.run("document.querySelectorAll('.slider input')[0].focus()")
    for _ in range(3):
        wide.key("ArrowLeft")
    wide.run(
        "document.getElementById('describe-name').value = 'mine';"
        "document.getElementById('describe-name').dispatchEvent(new Event('input', {bubbles: true}))"
    )
    wide.wait(f"document.getElementById('describe-answer').innerText !== {before!r}")
    assert "“mine”" in wide.run("document.getElementById('describe-answer').innerText")
    wide.run("document.getElementById('describe-sentence').value = 'bar top, no crossing'")
    wide.run("document.getElementById('describe-say').click()")
    wide.wait("document.getElementById('describe-said').innerText.includes('bar top 1')")
    assert wide.run("document.querySelectorAll('.slider.said').length") >= 1
    assert wide.complaints == []


def test_draw_by_mouse_and_undo(wide, page):
    opened(wide, page, "draw")
    wide.wait("document.querySelectorAll('#draw canvas').length === 4")
    wide.draw(PAD.format(0), CROSS)
    wide.draw(PAD.format(1), BAR)
    wide.draw(PAD.format(3), CROSS)
    wide.wait("document.getElementById('draw-answer').innerText.includes('Most like A')")
    assert wide.run("document.querySelectorAll('#draw-bars .bar').length") == 2
    assert "2 strokes" in wide.run(PAD.format(3) + ".getAttribute('aria-label')")
    wide.run(PAD.format(3) + ".focus()")
    wide.key("Backspace")
    wide.wait(PAD.format(3) + ".getAttribute('aria-label').includes('1 stroke')")
    wide.key("Delete")
    wide.wait("document.querySelectorAll('#draw-bars .bar').length === 0")
    assert "empty" in wide.run(PAD.format(3) + ".getAttribute('aria-label')")
    assert wide.complaints == []


def test_a_picture_of_dark_ink_is_inverted_with_a_note(wide, page, tmp_path):
    opened(wide, page, "draw")
    wide.wait("document.querySelectorAll('#draw canvas').length === 4")
    wide.draw(PAD.format(0), CROSS)
    wide.draw(PAD.format(1), BAR)
    sheet = np.full((200, 200), 240, dtype=np.uint8)
    sheet[30:170, 95:105] = 20
    data = io.BytesIO()
    Image.fromarray(sheet).save(data, "PNG")

    def choose(name, content, kind):
        wide.run(
            "(async () => { const input = document.querySelector('#draw-query input[type=file]');"
            f"const file = new File([new Uint8Array({list(content)})], {name!r}, {{type: {kind!r}}});"
            "const data = new DataTransfer(); data.items.add(file); input.files = data.files;"
            "input.dispatchEvent(new Event('change')); })()"
        )

    choose("bar.png", data.getvalue(), "image/png")
    wide.wait("!document.getElementById('draw-note').hidden")
    assert "inverted" in wide.run("document.getElementById('draw-note').innerText")
    wide.wait("document.getElementById('draw-answer').innerText.includes('Most like B')")
    choose("page.svg", b"<svg/>", "image/svg+xml")
    wide.wait("document.querySelector('#draw-query .problem').innerText.includes('none of the formats')")
    wide.complaints.clear()  # the browser logs the status of the refusal


def test_text_is_sorted(wide, page):
    opened(wide, page, "text")
    wide.wait("document.querySelectorAll('#text-bars .bar').length === 3")
    wide.run(
        "document.getElementById('text-query').value = 'exchange rate';"
        "document.getElementById('text-query').dispatchEvent(new Event('input', {bubbles: true}))"
    )
    wide.wait("document.getElementById('text-answer').innerText.includes('Most like exchange rate')")
    assert wide.complaints == []


def test_texts_of_users_are_never_markup(wide, page):
    opened(wide, page, "text")
    wide.wait("document.querySelectorAll('#text-bars .bar').length === 3")
    evil = "<img src=x onerror=window.hacked=1>"
    wide.run(
        f"document.querySelector('#text-classes input').value = {evil!r};"
        "document.querySelector('#text-classes input').dispatchEvent(new Event('input', {bubbles: true}))"
    )
    wide.wait(f"document.getElementById('text-bars').innerText.includes({evil!r})")
    assert wide.run("window.hacked === undefined && document.querySelectorAll('#text img').length === 0")


def test_keys_alone_reach_everything(wide, page):
    opened(wide, page, "describe")
    wide.wait("document.querySelectorAll('#describe-hits .tile').length > 10")
    wide.run("document.getElementById('tab-describe').focus()")
    wide.key("ArrowRight")
    assert wide.run("document.activeElement.id") == "tab-draw"
    assert wide.run("!document.getElementById('draw').hidden && document.getElementById('describe').hidden")
    seen = []
    for _ in range(6):
        wide.key("Tab")
        seen.append(wide.run("document.activeElement.tagName + getComputedStyle(document.activeElement).outlineStyle"))
    assert seen == ["BUTTONsolid", "INPUTsolid", "BUTTONsolid", "CANVASsolid", "BUTTONsolid", "BUTTONsolid"]
    unnamed = wide.run(
        "[...document.querySelectorAll('input, select, textarea, button, canvas')].filter(e => !(e.labels?.length "
        "|| e.getAttribute('aria-label') || e.innerText.trim())).map(e => e.outerHTML)"
    )
    assert unnamed == []


@pytest.mark.parametrize("part", ["describe", "draw", "text"])
def test_a_small_screen_shows_all_of_it(phone, page, part):
    opened(phone, page, part)
    phone.wait(
        {
            "describe": "document.querySelector('.tile')",
            "draw": PAD.format(0),
            "text": "document.querySelector('.bar')",
        }[part]
        + " !== null"
    )
    assert phone.run("document.documentElement.scrollWidth") <= 320
    over = phone.run(
        f"[...document.querySelectorAll('#{part} *')].filter(e => e.getBoundingClientRect().right > 321)"
        ".map(e => e.outerHTML)"
    )
    assert over == []
    assert phone.run("getComputedStyle(document.body).backgroundColor") == "rgb(19, 19, 24)"


def test_draw_by_finger(phone, page):
    opened(phone, page, "draw")
    phone.wait("document.querySelectorAll('#draw canvas').length === 4")
    phone.draw(PAD.format(0), CROSS, touch=True)
    phone.draw(PAD.format(1), BAR, touch=True)
    phone.draw(PAD.format(3), BAR, touch=True)
    phone.wait("document.getElementById('draw-answer').innerText.includes('Most like B')")
    assert phone.complaints == []
