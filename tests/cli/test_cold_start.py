"""What a command imports: help waits for nothing heavy, and predictions on features for no library of texts."""

import subprocess
import sys

import numpy as np

from zsl import ESZSLClassifier, load_digits_zsl

HEAVY = {
    "torch",
    "sklearn",
    "pandas",
    "numpy",
    "transformers",
    "sentence_transformers",
    "matplotlib",
    "huggingface_hub",
}
CODE = """
import sys
from zsl.cli import main
for arguments in {commands!r}:
    sys.argv = ["zsl", *arguments]
    try:
        main()
    except SystemExit as ended:
        assert ended.code in (0, None), ended.code
print("imported:", *sorted({heavy!r} & set(sys.modules)))
"""


def imported(*commands: list[str]) -> set[str]:
    """Which heavy libraries are there after these commands, run in a new process."""
    code = CODE.format(commands=commands, heavy=HEAVY)
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    return set(out.splitlines()[-1].split()[1:])


def test_help_imports_nothing_heavy():
    names = ("fit", "predict", "evaluate", "benchmark", "report", "encode", "add", "remove", "explain", "info", "app")
    drafts = (["attributes", name, "--help"] for name in ("new", "ask", "fill", "check", "finish"))
    assert imported(["--help"], ["--version"], *([name, "--help"] for name in names), *drafts) == set()


def test_predictions_on_features_import_no_library_of_texts(tmp_path):
    split = load_digits_zsl()
    clf = ESZSLClassifier(semantics=split.semantics, cv=None).fit(split.X_train, split.y_train)
    clf.save(tmp_path / "model")
    np.save(tmp_path / "X.npy", split.X_test_unseen[:5])
    found = imported(["predict", str(tmp_path / "model"), str(tmp_path / "X.npy")])
    assert found == {"torch", "sklearn", "pandas", "numpy"}
