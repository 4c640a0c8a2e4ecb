"""Edit saved models as somebody would who means it: the digest is that of what then stands there."""

import json
import os

import safetensors.numpy

from zsl.persistence.folder import digest
from zsl.persistence.header import laid_out
from zsl.persistence.tensors import listed, stored, written


def tensors_of(model):
    """The file of tensors of a model folder."""
    (found,) = model.glob("tensors-*.safetensors")
    return found


def edit(model, change, *, sign=True):
    """Change the JSON of a model folder, and sign it anew unless told not to."""
    header = json.loads((model / "model.json").read_text())
    change(header)
    _write(model, header, safetensors.numpy.load_file(tensors_of(model)) if sign else None)


def edit_tensors(model, change, *, sign=True):
    """Change the tensors of a model folder; unless told not to, list them in the JSON and sign it anew."""
    header = json.loads((model / "model.json").read_text())
    tensors = safetensors.numpy.load_file(tensors_of(model))
    change(tensors)
    tensors = {name: stored(name, tensor) for name, tensor in tensors.items()}
    if sign:
        header["tensors"] = listed(tensors)
        _write(model, header, tensors)
    else:
        tensors_of(model).write_bytes(b"".join(written(tensors)))


def flip_bit(model):
    """Turn one bit of the tensors over."""
    content = bytearray(tensors_of(model).read_bytes())
    content[-5] ^= 1
    tensors_of(model).write_bytes(content)


def _write(model, header, tensors):
    if tensors is not None:
        header["digest"] = digest(header, tensors)
        os.replace(tensors_of(model), model / f"tensors-{header['digest'][:16]}.safetensors")
        tensors_of(model).write_bytes(b"".join(written(tensors)))
    (model / "model.json").write_bytes(laid_out(header))
