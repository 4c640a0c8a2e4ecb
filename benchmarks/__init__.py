"""Measurements of `zsl`: `accuracy`, `speed`, and `studies` of single parts; `python -m benchmarks` lists all.

Run them from the repository root. Those on real data find it in the folder given by ``--data DIR`` or the environment
variable ``ZSL_DATA``. `RESULTS.md` has what they printed.
"""
