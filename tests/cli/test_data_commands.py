"""Pictures, texts and tables on the command line: fitted, encoded, predicted and evaluated as features are."""

import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from command import run

from zsl import ZeroShotPipeline, load
from zsl.datasets import open_shards, read_features

Image = pytest.importorskip("PIL.Image")
TRAITS = {
    "ant": (0.1, 0.0), "bee": (0.9, 0.0), "cat": (0.1, 1.0), "dog": (0.9, 1.0), "eel": (0.5, 0.5),
    "fox": (0.5, 0.0), "gnu": (0.5, 1.0), "hen": (0.1, 0.5),
}  # fmt: skip
METHOD = ["--method", "ESZSLClassifier"]


class Colours:
    """In place of a network: the mean of each channel."""

    side = most_ratio = None
    shown = 0

    def run(self, images):
        Colours.shown += len(images)
        return np.stack([np.asarray(image, dtype=np.float32).mean(axis=(0, 1)) / 255 for image in images])


@pytest.fixture
def bio(tmp_path, monkeypatch):
    """Pictures of six species in folders, loose ones of two others, and a table of traits; their colours are traits."""
    monkeypatch.setattr("zsl.encoders.images.image.find_model", lambda *_: Colours())
    monkeypatch.setattr(Colours, "shown", 0)
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name, traits in TRAITS.items():
        place = tmp_path / ("new" if name in ("eel", "hen") else f"pictures/{name}")
        place.mkdir(parents=True, exist_ok=True)
        for number in range(6):
            colour = np.clip([*traits, 0.5] + 0.05 * rng.normal(size=3), 0, 1)
            Image.new("RGB", (4, 4), tuple((255 * colour).astype(int))).save(place / f"{name}_{number}.png")
    pd.DataFrame(TRAITS, index=["red", "green"]).T.rename_axis("species").to_csv(tmp_path / "traits.csv")
    return tmp_path


def fit(*more, data="pictures", table="traits.csv"):
    return ["fit", data, "--semantics", table, "-o", "model", *METHOD, *more]


def ran(arguments, capsys):
    code, out, err = run(arguments, capsys)
    assert code == 0, err
    return out, err


def refused(arguments, capsys, *complaints):
    code, out, err = run(arguments, capsys)
    assert (code, out) == (2, "")
    assert err.startswith("zsl: error: ")
    assert err.count("\n") == 1
    assert not re.search(r"\b[a-z_]+=", err), err  # an argument of Python
    for complaint in complaints:
        assert complaint in err


def test_pictures_in_and_species_out(bio, capsys):
    out, _ = ran(fit(), capsys)
    assert "Fitted ESZSLClassifier on 36 samples of 6 seen classes: ant, bee, " in out
    assert "semantics only: 2 classes: eel, hen." in out
    assert "with efficientnet-lite0 as its encoder" in out
    model = load("model")
    assert isinstance(model, ZeroShotPipeline)
    out, err = ran(["predict", "model", "new", "--top", "2"], capsys)
    rows = pd.read_csv(io.StringIO(out))
    assert list(rows) == ["index", "file", "label", "p", "label_2", "p_2"]
    assert rows["file"].tolist() == [f"{name}_{number}.png" for name in ("eel", "hen") for number in range(6)]
    files = [bio / "new" / name for name in rows["file"]]
    assert rows["label"].tolist() == model.predict(files).tolist()
    np.testing.assert_allclose(rows["p"], model.predict_proba(files).max(axis=1), atol=1e-6)
    assert (rows["p"] >= rows["p_2"]).all()
    assert (rows["label"] != rows["label_2"]).all()
    assert "12 samples among 8 classes by ESZSLClassifier" in err
    assert "new: 12 images as 3 features by efficientnet-lite0." in err


def test_the_second_run_encodes_nothing(bio, capsys):
    _, first = ran(fit(), capsys)
    assert "(the default; --encoder NAME takes another)." in first
    shown = Colours.shown
    _, again = ran(fit(), capsys)
    assert "; 36 of them from pictures/.zsl_cache." in again
    assert Colours.shown - shown <= 1  # the picture by which a saved encoder is recognised
    ran(fit("--no-cache"), capsys)
    assert Colours.shown - shown >= 36
    assert ran(["predict", "model", "pictures", "--quiet"], capsys)[1] == ""


def test_evaluate_benchmark_and_report_read_pictures(bio, capsys):
    unseen = ["--semantics", "traits.csv", "--unseen", "fox,gnu,eel"]
    out, _ = ran(["evaluate", "pictures", *unseen, *METHOD], capsys)
    assert "ESZSLClassifier on pictures: 4 seen and 2 unseen classes, 1 seed(s)" in out
    (result,) = json.loads(ran(["evaluate", "pictures", *unseen, *METHOD, "--json"], capsys)[0])
    assert result["method"] == "ESZSLClassifier"
    out, _ = ran(["benchmark", "pictures", *unseen, "--methods", "ESZSLClassifier", "--seeds", "1", "--quiet"], capsys)
    assert "pictures" in out
    for name in ("fox", "gnu"):
        (bio / "pictures" / name).rename(bio / name)
    ran(fit(), capsys)
    for name in ("fox", "gnu"):
        (bio / name).rename(bio / "pictures" / name)
    out, _ = ran(["report", "model", "pictures", "--unseen", "fox,gnu", "-o", "page.html"], capsys)
    assert out == "Wrote page.html on ESZSLClassifier.\n"


def test_folders_of_parts_divide(bio, capsys):
    for part, names in {"train": "ant bee cat", "test_seen": "dog", "test_unseen": "fox gnu"}.items():
        for name in names.split():
            (bio / "divided" / part).mkdir(parents=True, exist_ok=True)
            (bio / "pictures" / name).rename(bio / "divided" / part / name)
    (bio / "divided" / "train" / "dog").mkdir()
    source = bio / "divided" / "test_seen" / "dog"
    (source / "dog_0.png").rename(bio / "divided" / "train" / "dog" / "dog_0.png")
    out, _ = ran(["evaluate", "divided", "--semantics", "traits.csv", *METHOD], capsys)
    assert "4 seen and 2 unseen classes" in out
    refused(["evaluate", "divided", "--semantics", "traits.csv", "--unseen", "fox"], capsys, "divided by its folders")
    refused(fit(data="divided"), capsys, "folders of parts; wanted divided/train to fit on")


def test_encode_makes_what_other_commands_take(bio, capsys):
    for output in ("f.npz", "shards"):
        out, _ = ran(["encode", "pictures", "-o", output], capsys)
        assert out == f"Wrote 36 images as 3 features to {output}.\n"
        X, y = read_features(output)
        assert (X.shape, len(set(y.tolist()))) == ((36, 3), 6)
        ran(["evaluate", output, "--semantics", "traits.csv", "--unseen", "fox,gnu", *METHOD], capsys)
    assert open_shards("shards", verify=True).shape == (36, 3)
    out, _ = ran(["encode", "pictures", "-o", "f.npy"], capsys)
    assert out.endswith("to f.npy, and the labels to f_labels.npy.\n")
    ran(fit("f_labels.npy", data="f.npy"), capsys)
    refused(["encode", "pictures", "-o", "f.npy"], capsys, "--output f.npy exists")
    refused(["encode", "f.npz", "-o", "g.npy"], capsys, "f.npz holds features already")
    refused(["encode", "pictures", "-o", "f.txt", "--quiet"], capsys, "ends in '.txt'; wanted .npy, .npz or a folder")


def test_models_say_when_samples_are_of_another_encoder(bio, capsys):
    rng = np.random.default_rng(0)
    np.savez("f.npz", X=rng.normal(size=(36, 5)), label=np.repeat(["ant", "bee", "cat", "dog", "fox", "gnu"], 6))
    ran(fit(data="f.npz"), capsys)
    refused(["predict", "model", "new", "--quiet"], capsys, "was fitted on 5 features", "encodes new as 3", "--encoder")
    ran(["encode", "pictures", "-o", "e.npz", "--quiet"], capsys)
    ran(fit(data="e.npz"), capsys)
    ran(["predict", "model", "new", "--quiet"], capsys)
    ran(fit(), capsys)
    ran(["predict", "model", "e.npz", "--quiet"], capsys)
    refused(["predict", "model", "f.npz", "--quiet"], capsys, "f.npz has 5 features")
    refused(
        ["fit", "e.npz", "-o", "m", "--encoder", "clip"], capsys, "--encoder 'clip' was given, and e.npz holds feat"
    )


def test_three_things_done_wrong_are_one_sentence_each(bio, capsys):
    refused(fit(data="picture"), capsys, "picture is not a file or folder", "Did you mean 'pictures'?")
    refused(fit(table="trait.csv"), capsys, "trait.csv is not a file; wanted a class table. Did you mean 'traits.csv'?")
    table = pd.read_csv("traits.csv")
    table.to_csv("sheet.csv", sep=";", decimal=",", index=False)
    refused(
        fit(table="sheet.csv"), capsys, "sheet.csv has '0,1' in line 2, a number with a decimal comma", "--decimal ,"
    )
    ran(fit("--decimal", ",", table="sheet.csv"), capsys)
    assert "decimal=" not in run(fit(table="sheet.csv"), capsys)[2]
    (bio / "pictures" / "ant").rename(bio / "pictures" / "antt")
    refused(fit(), capsys, "--semantics traits.csv has no row for 1 of the classes in pictures: ['antt']", "'ant'?")
    assert Colours.shown <= 37  # nothing was encoded for what is refused


def test_errors_name_options_and_files(bio, capsys):
    refused(fit("--sep", "::"), capsys, "--sep")
    refused(["evaluate", "pictures", "--semantics", "traits.csv", "--unseen", "foxx"], capsys, "Did you mean 'fox'?")
    refused(["predict", "model"], capsys, "Wanted MODEL and DATA, or --names and DATA")
    ran(fit(), capsys)
    refused(["predict", "model", "new", "--top", "2", "--proba"], capsys, "--top 2 doesn't go with --proba")
    refused(["predict", "model", "new", "--reject", "2", "--quiet"], capsys, "--reject 2")
    pd.read_csv("traits.csv").assign(red="much").to_csv("words.csv", index=False)
    refused(fit(table="words.csv"), capsys, "words.csv: attribute 'red' isn't numeric")
    (bio / "new" / "hen_0.png").write_bytes(b"")
    refused(["predict", "model", "new", "--quiet"], capsys, "hen_0.png", "--skip-unreadable leaves it out")


@pytest.mark.filterwarnings("always:.*can't be opened")
def test_unreadable_pictures_are_left_out_on_request(bio, capsys):
    ran(fit(), capsys)
    (bio / "new" / "hen_0.png").write_bytes(b"")
    out, err = ran(["predict", "model", "new", "--skip-unreadable", "--quiet"], capsys)
    assert err.startswith("zsl: warning: 1 images can't be opened and are left out: new/hen_0.png (")
    assert len(out.splitlines()) == 12


def encode_by_letters(texts, *_, **__):
    return np.array(
        [[text.casefold().count(letter) + 0.1 for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts]
    )


@pytest.fixture
def texts(tmp_path, monkeypatch):
    """Texts with intents in a spreadsheet's CSV, and names of the intents."""
    for place in ("zsl.encoders.text_encoder", "zsl.semantics._texts", "zsl.encoders.fingerprint"):
        monkeypatch.setattr(f"{place}.encode_texts", encode_by_letters)
    monkeypatch.chdir(tmp_path)
    rows = [("my card is lost", "lost_card"), ("lost a card", "lost_card"), ("top up please", "top_up"),
            ("topping up", "top_up"), ("exchange rate", "exchange"), ("=exchange", "exchange")]  # fmt: skip
    pd.DataFrame(rows, columns=["text", "category"]).to_csv("texts.csv", sep=";", index=False)
    (tmp_path / "names.txt").write_text("lost_card\ntop_up\nexchange\n")
    return rows


@pytest.mark.parametrize("names", ["lost_card, top_up, exchange", "names.txt"])
def test_names_alone_are_enough(texts, capsys, names):
    wanted = [intent for _, intent in texts]
    out, _ = ran(["predict", "texts.csv", "--names", names, "--quiet"], capsys)
    rows = pd.read_csv(io.StringIO(out))
    assert list(rows) == ["index", "text", "label", "p"]
    assert rows["text"].tolist() == [text if text != "=exchange" else "'=exchange" for text, _ in texts]
    assert rows["label"].tolist() == wanted
    out, _ = ran(["fit", "--method", "PromptClassifier", "--semantics", "names.txt", "-o", "model"], capsys)
    assert "PromptClassifier without samples" in out
    out, err = ran(["predict", "model", "texts.csv", "--top", "2"], capsys)
    assert pd.read_csv(io.StringIO(out))["label"].tolist() == wanted
    assert "6 samples among 3 classes by PromptClassifier" in err


def test_texts_are_fitted_and_evaluated(texts, capsys):
    table = ["--semantics", "names.txt"]
    out, _ = ran(["fit", "texts.csv", *table, "-o", "model", *METHOD], capsys)
    assert "6 samples of 3 seen classes" in out
    out, _ = ran(["predict", "model", "texts.csv", "--quiet"], capsys)
    assert list(pd.read_csv(io.StringIO(out))["label"]) == [intent for _, intent in texts]
    evaluated = ["evaluate", "texts.csv", *table, "--unseen", "exchange", "--method", "PromptClassifier", "--quiet"]
    assert "PromptClassifier on texts.csv: 2 seen and 1 unseen classes" in ran(evaluated, capsys)[0]


def test_names_that_do_not_go_with_the_rest(texts, capsys, tmp_path):
    refused(["predict", "m", "texts.csv", "--names", "a, b"], capsys, "Wanted MODEL and DATA, or --names and DATA")
    np.save("f.npy", np.eye(3))
    refused(["predict", "f.npy", "--names", "a, b"], capsys, "--names goes with images or texts, and f.npy holds feat")
    (tmp_path / "none.txt").write_text("\n")
    refused(["predict", "texts.csv", "--names", "none.txt"], capsys, "none.txt is empty")
    refused(["fit", "-o", "m", "--semantics", "names.txt"], capsys, "Wanted DATA; only --method PromptClassifier")


def test_a_model_of_another_encoder_is_not_trusted(texts, capsys):
    ran(["fit", "--method", "PromptClassifier", "--semantics", "names.txt", "-o", "m", "--encoder", "mine"], capsys)
    refused(["predict", "m", "texts.csv"], capsys, "fitted through the encoder 'mine'", "--encoder", "--trusted")
    first, _ = ran(["predict", "m", "texts.csv", "--trusted", "--quiet"], capsys)
    assert ran(["predict", "m", "texts.csv", "--encoder", "mine", "--quiet"], capsys)[0] == first


def test_quiet_says_nothing(bio, capsys):
    assert ran([*fit(), "--quiet"], capsys) == ("", "")
    assert ran(["encode", "pictures", "-o", "f.npz", "--quiet"], capsys) == ("", "")
    assert ran(["predict", "model", "new", "-o", "p.csv", "--quiet"], capsys) == ("", "")
    assert ran(["add", "model", "--support", "pictures", "-o", "more", "--quiet"], capsys) == ("", "")
