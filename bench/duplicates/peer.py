#!/usr/bin/env python3
"""Semblance beside imagededup's perceptual hashes: fashion and its recompressed copies in one folder.

  bench/duplicates/setup.sh
  bench/duplicates/.venv/bin/python bench/duplicates/peer.py $SEMBLANCE_TEST_DATA/data FOLDER

FOLDER is made, for the photos and Semblance's data. Two files are one photo where the photos that they are made of are equal
files; the limits of Semblance were chosen on these photos (docs/duplicates.md), those of imagededup are its own, and then the
best of LIMITS for these photos.
"""

import argparse
import contextlib
import hashlib
import io
import logging
import pathlib
import shutil
import sys
import time
import types

from common import duplicates, load, pairs_of, score, sync

LIMITS = (0, 1, 2, 3, 4, 6, 8, 10)


def imagededup_hashes():
    """Its hashes without its networks and plots, which would need torch and matplotlib."""
    for module, name in (("methods.cnn", "CNN"), ("utils.plotter", "plot_duplicates"), ("utils.models", "CustomModel")):
        stub = types.ModuleType(f"imagededup.{module}")
        setattr(stub, name, None)
        sys.modules[stub.__name__] = stub
    logging.disable(logging.INFO)
    from imagededup.methods import DHash, PHash, WHash

    return {"PHash": PHash, "DHash": DHash, "WHash": WHash}


def gather(data, folder):
    """Copies the photos; which photo each file is."""
    folder.mkdir(parents=True)
    photo_of = {}
    for kind, source in (("original", data / "fashion"), ("copy", data / "fashion-recompressed")):
        for path in sorted(source.iterdir()):
            name = f"{kind}-{path.name}"
            shutil.copyfile(path, folder / name)
            photo_of[name] = hashlib.sha256((data / "fashion" / path.name).read_bytes()).hexdigest()
    return photo_of


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    photos = options.folder / "photos"
    photo_of = gather(options.data, photos)
    true = pairs_of(photo_of)
    print(f"{len(photo_of)} files, {len(true)} pairs of one photo, {options.threads} threads")
    print(f"{'':24} {'seconds':>8} {'pairs':>7} {'precision':>9} {'recall':>7}")

    def line(name, seconds, found):
        precision, recall = score(found, true)
        print(f"{name:24} {seconds:8.2f} {len(found):7} {precision:9.4f} {recall:7.4f}   {load()}", flush=True)

    sync(options.folder / "data", photos, "semblance-s")
    found, seconds, _ = duplicates(options.folder / "data", options.threads)
    line("semblance, first run", seconds, found)
    found, seconds, _ = duplicates(options.folder / "data", options.threads)
    line("semblance, again", seconds, found)
    for name, kind in imagededup_hashes().items():
        hasher = kind(verbose=False)
        start = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            encodings = hasher.encode_images(photos, num_enc_workers=options.threads)
        encoding = time.perf_counter() - start
        by_limit = {}
        for limit in LIMITS:
            start = time.perf_counter()
            lists = hasher.find_duplicates(
                encoding_map=encodings, max_distance_threshold=limit, num_dist_workers=options.threads
            )
            seconds = encoding + time.perf_counter() - start
            by_limit[limit] = seconds, {frozenset((a, b)) for a, others in lists.items() for b in others if a != b}
        line(f"{name}, limit 10 (its own)", *by_limit[10])

        def middle(limit):
            precision, recall = score(by_limit[limit][1], true)
            return 2 * precision * recall / (precision + recall) if precision + recall else 0

        best = max(by_limit, key=middle)
        line(f"{name}, limit {best} (best F1)", *by_limit[best])


main()
