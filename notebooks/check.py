"""Run the notebooks, and hold what comes out against the outputs that are stored in them.

    python notebooks/check.py                     # all of them: fails where an output is no longer what a cell gives
    python notebooks/check.py notebooks/02*       # some of them
    python notebooks/check.py --write             # store what comes out

Text is compared word by word, and decimal numbers within 0.05 + 3 %: other processors round otherwise. Times, addresses
and versions don't count, of pictures only how many there are. Whoever writes looks at the pictures.
"""

import argparse
import base64
import io
import os
import re
import resource
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from PIL import Image

FOLDER = Path(__file__).parent
LARGEST = 400_000
"""Bytes of a stored notebook."""
SECONDS_PER_CELL = 300
ABSOLUTE, RELATIVE = 0.05, 0.03

_MASKED = re.compile(r"0x[0-9a-f]+|\b\d+\.\d+\.\d+\S*|\d+(\.\d+)? ?(s|ms|seconds|min)\b")
_NUMBER = re.compile(r"[-−]?\d+\.\d*(?:e[-+]?\d+)?|[-−]?\d+e[-+]?\d+")


def run(notebook):
    """The notebook with what its cells give now, in the form in which it is stored."""
    fresh = nbformat.from_dict(notebook)
    for cell in fresh.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    quiet = ["--log-level=ERROR"]
    client = NotebookClient(fresh, timeout=SECONDS_PER_CELL, kernel_name="python3", extra_arguments=quiet)
    # Whether ipywidgets is installed makes no difference to what is stored.
    client.execute(cwd=str(FOLDER), env=os.environ | {"PYTHONWARNINGS": "ignore:IProgress not found"})
    return plain(fresh)


def plain(notebook):
    """Without what changes from run to run, with pictures of few colours."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{number:02}", {}
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
            for output in cell.outputs:
                data = output.get("data", {})
                output.pop("transient", None)
                if "metadata" in output:
                    output.metadata = {}
                if "image/png" in data:
                    data["image/png"] = small(data["image/png"])
    return notebook


def joined(outputs):
    """Neighbouring pieces of one stream as one output: where they are cut is chance."""
    found = []
    for output in outputs:
        last = found[-1] if found else {}
        if output.output_type == "stream" and last.get("name") == output.name:
            last.text += output.text
        else:
            found.append(output)
    return found


def small(png):
    """The same picture with a palette, if it has none."""
    image, buffer = Image.open(io.BytesIO(base64.b64decode(png))), io.BytesIO()
    if image.mode == "P":
        return png
    image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(buffer, "png", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()


def differences(stored, fresh):
    """What of the stored outputs isn't what the cells give, a sentence each."""
    found = []
    for number, (old, new) in enumerate(zip(stored.cells, fresh.cells, strict=True)):
        if old.cell_type == "code":
            for what, before, now in zip(("text", "pictures"), told(old.outputs), told(new.outputs), strict=True):
                if not agree(before, now):
                    found.append(f"cell {number}: its {what} changed.\n  stored: {before}\n  now:    {now}")
    return found


def told(outputs):
    """All text of a cell, and how many pictures it has."""
    data = [output.get("data", {}) for output in outputs]
    text = [output.get("text", "") or each.get("text/plain", "") for output, each in zip(outputs, data, strict=True)]
    return " ".join(" ".join(text).split()), f"{sum('image/png' in each for each in data)}"


def agree(before, now):
    """Whether two texts have the same words, and decimal numbers that are close to each other."""
    before, now = (_MASKED.sub("#", text) for text in (before, now))
    if [*map(str.strip, _NUMBER.split(before))] != [*map(str.strip, _NUMBER.split(now))]:
        return False
    pairs = zip(*([float(n.replace("−", "-")) for n in _NUMBER.findall(text)] for text in (before, now)), strict=True)
    return all(abs(old - new) <= ABSOLUTE + RELATIVE * abs(old) for old, new in pairs)


def faults(path, write):
    """What is wrong with one notebook; `write` stores what it gives now."""
    stored = nbformat.read(path, 4)
    try:
        fresh = run(stored)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        return [str(error)]
    if write:
        text = nbformat.writes(fresh, indent=1)
        path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    found = [] if write else differences(stored, fresh)
    if not any(int(told(cell.outputs)[1]) for cell in fresh.cells if cell.cell_type == "code"):
        found.append("it shows no picture.")
    if (size := path.stat().st_size) > LARGEST:
        found.append(f"it has {size} bytes; wanted at most {LARGEST}.")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", type=Path, default=sorted(FOLDER.glob("*.ipynb")))
    parser.add_argument("--write", action="store_true", help="store the outputs instead of comparing them")
    arguments = parser.parse_args()
    failed = 0
    for path in arguments.notebooks:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = faults(path, arguments.write)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        done = "failed" if found else "written" if arguments.write else "as stored"
        print(f"{path.name}: {done}, {used:.0f} s of CPU", flush=True)
        for fault in found:
            print(f"{path.name}: {fault}", file=sys.stderr)
        failed += bool(found)
    if failed:
        sys.exit(
            f"{failed} of {len(arguments.notebooks)} failed. If the new outputs are right: notebooks/check.py --write"
        )


if __name__ == "__main__":
    main()
