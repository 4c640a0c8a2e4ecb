"""Edit saved models as somebody would who means it: the digests are those of what then stands there."""

import json

import safetensors.numpy

from zsl.persistence.folder import _content_digest, _digest


def edit(model, change, *, sign=True):
    """Change the JSON of a model folder, and note its new digest unless told not to."""
    header = json.loads((model / "model.json").read_text())
    change(header)
    if sign:
        header.pop("digest", None)
        header["digest"] = _content_digest(header)
    (model / "model.json").write_text(json.dumps(header))


def edit_tensors(model, change, *, sign=True):
    """Change the tensors of a model folder, and note their new digests unless told not to."""
    tensors = safetensors.numpy.load_file(model / "tensors.safetensors")
    change(tensors)
    safetensors.numpy.save_file(tensors, model / "tensors.safetensors")
    if sign:
        edit(model, lambda header: header.update(sha256={key: _digest(tensor) for key, tensor in tensors.items()}))


def flip_bit(model):
    """Turn one bit of the tensors over."""
    content = bytearray((model / "tensors.safetensors").read_bytes())
    content[-5] ^= 1
    (model / "tensors.safetensors").write_bytes(content)
