"""A type checker on a client of the public names: it passes, and finds what is wrong in a wrong one."""

import subprocess
import sys
from pathlib import Path

import pytest

CLIENT = Path(__file__).with_name("client_of_public_names.py")
WRONG = {
    "model.predict_proba(X), Floats": "model.predict_proba(X), str",
    'model.save("again")': "model.save(3)",
    "kind=zsl.ClassIndex).recall(X)": "kind=zsl.ClassIndex).explain(X)",
}


@pytest.mark.slow
def test_the_client_passes_and_a_wrong_one_fails(tmp_path):
    wrong = CLIENT.read_text(encoding="utf-8")
    for right, mistaken in WRONG.items():
        assert wrong.count(right) == 1
        wrong = wrong.replace(right, mistaken)
    (tmp_path / "wrong_client.py").write_text(wrong, encoding="utf-8")
    told = [sys.executable, "-m", "mypy", str(CLIENT), str(tmp_path / "wrong_client.py")]
    found = subprocess.run(told, capture_output=True, text=True, cwd=CLIENT.parents[2])  # strict, by pyproject.toml
    lines = [line for line in found.stdout.splitlines() if "client" in line and ": error:" in line]
    assert len(lines) == len(WRONG), found.stdout + found.stderr
    assert all("wrong_client.py" in line for line in lines)
