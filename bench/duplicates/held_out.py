#!/usr/bin/env python3
"""Whether the limits of "same photo" hold for photos on which they were not chosen: versions of the grocery photos.

  bench/duplicates/setup.sh
  bench/duplicates/.venv/bin/python bench/duplicates/held_out.py $SEMBLANCE_TEST_DATA/data/grocery FOLDER

FOLDER is made. Products are numbered by name; limits were chosen while looking at those of even numbers, so that only the others
are asked about (--half even: those). Each photo stands there as it is and in three versions by a fixed seed: resized, saved with losses (JPEG or
WebP), cropped by up to 3 % on each side, squashed, or all of that. Pairs are counted by what kinds they are made of.
"""

import argparse
import collections
import json
import pathlib
import random
import shutil

from common import duplicates, load, pairs_of, score, sync
from PIL import Image

SEED = 20
KINDS = ("resized", "saved", "cropped", "squashed", "all")


def resized(image, chance, least=0.35, most=0.95):
    factor = chance.uniform(least, most)
    size = tuple(max(1, round(side * factor)) for side in image.size)
    return image.resize(size, chance.choice((Image.BILINEAR, Image.BICUBIC, Image.LANCZOS)))


def cropped(image, chance):
    width, height = image.size
    left, top, right, bottom = (chance.uniform(0, 0.03) for _ in range(4))
    return image.crop((round(left * width), round(top * height), round(width * (1 - right)), round(height * (1 - bottom))))


def squashed(image, chance):
    width, height = image.size
    factor = chance.uniform(0.7, 0.95)
    size = (round(width * factor), height) if chance.random() < 0.5 else (width, round(height * factor))
    return image.resize(size, Image.BICUBIC)


def save(image, path, chance, least, most):
    """As JPEG or WebP; the path with its ending."""
    quality = chance.randint(least, most)
    if chance.random() < 0.5:
        path = path.with_suffix(".webp")
        image.save(path, "WEBP", quality=quality)
    else:
        path = path.with_suffix(".jpg")
        image.save(path, "JPEG", quality=quality)
    return path


def make_version(image, kind, path, chance):
    if kind in ("cropped", "all"):
        image = cropped(image, chance)
    if kind in ("squashed", "all"):
        image = squashed(image, chance)
    if kind in ("resized", "all"):
        image = resized(image, chance)
    return save(image, path, chance, *((30, 90) if kind in ("saved", "all") else (80, 95)))


def photos_of_half(source, remainder):
    """Of every second product."""
    product = lambda path: path.stem if path.parent.name == "catalogue" else path.parent.name
    paths = sorted(source.rglob("*.jpg"))
    wanted = set(sorted({product(path) for path in paths})[remainder::2])
    return [path for path in paths if product(path) in wanted]


def make_photos(paths, folder):
    """Which photo each file is, and of what kind."""
    chance = random.Random(SEED)
    photo_of, kind_of = {}, {}
    for number, path in enumerate(paths):
        original = folder / f"{number:04}-original.jpg"
        shutil.copyfile(path, original)
        files = [(original, "original")]
        image = Image.open(path).convert("RGB")
        for kind in chance.sample(KINDS, 3):
            files.append((make_version(image, kind, folder / f"{number:04}-{kind}", chance), kind))
        for file, kind in files:
            photo_of[file.name] = number
            kind_of[file.name] = kind
    return photo_of, kind_of


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("grocery", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--model", default="semblance-s")
    parser.add_argument("--half", choices=("even", "odd"), default="odd")
    options = parser.parse_args()
    photos = options.folder / "photos"
    photos.mkdir(parents=True)
    photo_of, kind_of = make_photos(photos_of_half(options.grocery, 0 if options.half == "even" else 1), photos)
    true = pairs_of(photo_of)
    sync(options.folder / "data", photos, options.model)
    found, seconds, report = duplicates(options.folder / "data", 2)
    precision, recall = score(found, true)
    print(f"{len(photo_of)} files, {len(true)} pairs of one photo; {seconds:.1f} s, {report['compared']} pairs compared, {load()}")
    print(f"precision {precision:.4f} ({len(found - true)} of {len(found)} wrong), recall {recall:.4f}")
    kinds = collections.Counter(frozenset(kind_of[id] for id in pair) for pair in true)
    right = collections.Counter(frozenset(kind_of[id] for id in pair) for pair in true & found)
    for kind in sorted(kinds, key=lambda kind: ("original" not in kind, sorted(kind))):
        print(f"  {' - '.join(sorted(kind)):24} {right[kind]:5} of {kinds[kind]:5}: {right[kind] / kinds[kind]:.4f}")
    (options.folder / "wrong.json").write_text(json.dumps([sorted(pair) for pair in found - true], indent=1))
    (options.folder / "missed.json").write_text(json.dumps([sorted(pair) for pair in true - found], indent=1))


main()
