"""Writers of MATLAB files of both versions."""

import numpy as np
import pytest
from scipy.io import savemat


def cell(words):
    """A column of MATLAB's cells."""
    column = np.empty((len(words), 1), dtype=object)
    column[:, 0] = words
    return column


def write_5(path, **variables):
    savemat(path, {name: cell(value) if isinstance(value, list) else value for name, value in variables.items()})
    return path


def write_73(path, **variables):
    """Write as MATLAB 7.3 does: axes reversed, strings as UTF-16 code units, cells as references into ``#refs#``."""
    h5py = pytest.importorskip("h5py")

    def characters(group, name, text):
        codes = np.frombuffer(text.encode("utf-16-le"), dtype=np.uint16).reshape(-1, 1)
        node = group.create_dataset(name, data=codes if text else np.zeros(2, np.uint64))
        node.attrs["MATLAB_class"] = np.bytes_("char")
        if not text:
            node.attrs["MATLAB_empty"] = np.uint8(1)
        return node.ref

    with h5py.File(path, "w", userblock_size=512) as file:
        references = file.create_group("#refs#")
        for name, value in variables.items():
            if isinstance(value, list):
                nodes = [characters(references, f"{name}{number}", text) for number, text in enumerate(value)]
                node = file.create_dataset(name, data=np.array([nodes], dtype=h5py.ref_dtype))
                node.attrs["MATLAB_class"] = np.bytes_("cell")
            elif isinstance(value, str):
                characters(file, name, value)
            else:
                node = file.create_dataset(name, data=np.asarray(value).T)
                node.attrs["MATLAB_class"] = np.bytes_("single")
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: today".ljust(116) + b"\0" * 12)
    return path
