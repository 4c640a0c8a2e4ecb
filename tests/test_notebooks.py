"""Notebooks are stored with outputs and pictures, and the check of them notices what changed (`notebooks/check.py`)."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
nbformat = pytest.importorskip("nbformat")
spec = importlib.util.spec_from_file_location("check_notebooks", ROOT / "notebooks" / "check.py")
check = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check)
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_stored_as_they_were_run_in_one_go(path):
    notebook = nbformat.read(path, 4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert {output.get("name", output.output_type) for output in outputs} <= {
        "stdout",
        "display_data",
        "execute_result",
    }
    assert sum(int(check.told(cell.outputs)[1]) for cell in cells) >= 2
    assert path.stat().st_size <= check.LARGEST
    assert check.plain(nbformat.read(path, 4)) == notebook


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        ("T1 0.720", "T1   0.735", True),
        ("T1 0.720", "T1 0.820", False),
        ("T1 0.720", "T1 -0.720", False),
        ("gain −0.50", "gain -0.49", True),
        ("12.1 points", "12.4 points", True),
        ("10 classes", "11 classes", False),
        ("[7 8 9]", "[7 9 9]", False),
        ("0.5 0.5", "0.5", False),
        ("fitted in 0.3 s, version 1.9.0", "fitted in 12 s, version 1.10.1", True),
        ("<Axes at 0x7f01>", "<Axes at 0x55aa>", True),
        ("zebra 0.9", "horse 0.9", False),
    ],
)
def test_numbers_may_differ_a_little_and_words_may_not(before, now, same):
    assert check.agree(before, now) is same


def cell_with(*outputs):
    made = [nbformat.v4.new_output(kind, **fields) for kind, fields in outputs]
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=made)])


TEXT = ("stream", {"name": "stdout", "text": "T1 0.9\n"})
PICTURE = ("display_data", {"data": {"image/png": "", "text/plain": "<Figure>"}})


def test_a_difference_names_the_cell_and_shows_both():
    assert check.differences(cell_with(TEXT, PICTURE), cell_with(TEXT, PICTURE)) == []
    assert "cell 0: its pictures changed" in check.differences(cell_with(TEXT, PICTURE), cell_with(TEXT))[-1]
    [told] = check.differences(cell_with(), cell_with(TEXT))
    assert "cell 0: its text changed" in told
    assert "T1 0.9" in told


def test_where_a_stream_was_cut_does_not_matter():
    halves = [("stream", {"name": "stdout", "text": half}) for half in ("T1 ", "0.9\n")]
    assert check.plain(cell_with(*halves)).cells[0].outputs == cell_with(TEXT).cells[0].outputs


def test_a_notebook_that_fails_or_gives_something_else_is_reported(tmp_path):
    path = tmp_path / "one.ipynb"
    nbformat.write(cell_with(TEXT), path)
    assert check.faults(path, write=False)[0].startswith("cell 0: its text changed")
    broken = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    nbformat.write(broken, path)
    assert "ZeroDivisionError" in check.faults(path, write=False)[0]
