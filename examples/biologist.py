"""Pictures in class folders and a CSV of traits: recognise species that nobody has photographed yet.

    python examples/biologist.py [FOLDER]

draws little beetles into FOLDER (a temporary one if not given) in place of yours: ``pictures/<species>/*.png``, and
``new/*.png`` of species without pictures. ``traits.csv`` describes all of them. Then: fit, predict, why, save.
"""

import sys
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

import zsl

COLOURS = {"red": (190, 40, 30), "green": (40, 130, 60), "blue": (40, 70, 170), "yellow": (225, 180, 30)}
PATTERNS = ("plain", "spotted", "striped", "banded")
UNSEEN = ("red_striped", "green_plain", "blue_banded", "yellow_spotted")
N_PICTURES = 4


def beetle(colour: str, pattern: str, random: Random) -> Image.Image:
    """A beetle as seen from above, somewhere on the picture."""
    image = Image.new("RGB", (128, 128), (random.randrange(225, 250),) * 3)
    draw, x, y, r = ImageDraw.Draw(image), random.uniform(56, 72), random.uniform(60, 72), random.uniform(34, 42)
    for side in (-1, 1):
        for height in (-0.5, 0.0, 0.5):
            draw.line((x, y + r * height, x + side * r * 1.1, y + r * (height + 0.1)), fill=(40, 30, 30), width=4)
    draw.ellipse((x - r * 0.4, y - r * 1.35, x + r * 0.4, y - r * 0.6), fill=(40, 30, 30))
    draw.ellipse((x - r * 0.75, y - r, x + r * 0.75, y + r), fill=COLOURS[colour])
    if pattern == "spotted":
        for dx, dy in ((-0.35, -0.4), (0.35, -0.4), (-0.4, 0.15), (0.4, 0.15), (0.0, 0.6)):
            draw.circle((x + r * dx, y + r * dy), r * 0.15, fill=(20, 20, 20))
    if pattern == "striped":
        for dy in (-0.5, 0.0, 0.5):
            draw.line((x - r * 0.6, y + r * dy, x + r * 0.6, y + r * dy), fill=(20, 20, 20), width=int(r * 0.2))
    if pattern == "banded":
        draw.rectangle((x - r * 0.72, y - r * 0.2, x + r * 0.72, y + r * 0.35), fill=(245, 240, 225))
    return image


def write_pictures(folder: Path) -> None:
    """Pictures of seen species in their folders, those of unseen species loose, and the table of traits."""
    random, traits = Random(0), {}
    for colour in COLOURS:
        for pattern in PATTERNS:
            name = f"{colour}_{pattern}"
            traits[name] = {trait: float(trait in (colour, pattern)) for trait in (*COLOURS, *PATTERNS[1:])}
            place = folder / "new" if name in UNSEEN else folder / "pictures" / name
            place.mkdir(parents=True, exist_ok=True)
            for number in range(N_PICTURES):
                beetle(colour, pattern, random).save(place / f"{name}_{number}.png")
    pd.DataFrame(traits).T.rename_axis("species").to_csv(folder / "traits.csv")


def work(folder: Path) -> float:
    """Do the job and print it; the share of new pictures recognised among all species."""
    write_pictures(folder)
    table = zsl.Semantics.from_csv(folder / "traits.csv")
    print(table.audit(seen=[name for name in table.classes if name not in UNSEEN]))

    start = perf_counter()
    paths = sorted((folder / "pictures").glob("*/*.png"))
    species = [path.parent.name for path in paths]
    clf = zsl.RelationClassifier(semantics=table, random_state=0, verbose=False)
    model = zsl.ZeroShotPipeline([("pictures", zsl.ImageEncoder(verbose=False)), ("species", clf)])
    model.fit(paths, species)
    print(f"fitted on {len(paths)} pictures of {len(set(species))} species in {perf_counter() - start:.1f} s")

    start = perf_counter()
    new = sorted((folder / "new").glob("*.png"))
    predicted = model.predict(new)
    share = float(np.mean([path.name.startswith(label) for path, label in zip(new, predicted, strict=True)]))
    print(f"{len(new)} pictures of species without pictures in {perf_counter() - start:.1f} s: {share:.0%} right")

    print(f"\nWhy {predicted[0]}, {new[0].name}:\n{model.explain(new[0]).head(4)}\n")

    zsl.save(model, folder / "model")
    again = zsl.load(folder / "model", trusted=True)  # this file is ours, and may name the encoder of pictures
    assert (again.predict(new[:3]) == predicted[:3]).all()
    print(f"saved in {folder / 'model'} with its encoder, and loaded: the same predictions")
    return share


if __name__ == "__main__":
    with TemporaryDirectory() as temporary:
        assert work(Path(sys.argv[1] if len(sys.argv) > 1 else temporary)) > 0.6, "fewer than expected"
