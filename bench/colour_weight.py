#!/usr/bin/env python3
"""Chooses the colour weight on one half of the fashion photos and reports what it gives on the other.

The halves are of the queries, by whether a photo's name sorts at an odd or an even place (the first is odd); the gallery
is all photos. On the odd half every colour part (the network's colour output; a histogram of the whole photo or of its
foreground, by every metric) gets the weight with the best precision@10 of "same type and same colour". That sweep is
done here, with NumPy, on the descriptors that `semblance export` writes; scores are those of `semblance`. What is reported
of the even half comes from `semblance eval`. Data directories are those of retrieval.py.

The earth mover's distance is too slow for NumPy: with --emd, `semblance eval` sweeps it, on --weights.
"""

import argparse
import csv
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import retrieval

BOTH = "articleType+baseColour"
K = 10


@dataclass(frozen=True)
class ColourPart:
    descriptor: str
    metric: str

    def mixed(self, weight):
        return ("--colour-weight", f"{weight}", "--colour-descriptor", self.descriptor, "--colour-metric", self.metric)

    def alone(self):
        return ("--descriptor", self.descriptor, "--metric", self.metric)


def by_rows(a, b, distance):
    """distance(one row of a, all of b), row by row."""
    return np.stack([distance(row[None, :], b) for row in a])


def jaccard(a, b):
    minima = np.minimum(a, b).sum(1)
    return 1 - minima / (a.sum(1) + b.sum(1) - minima)


def chi_square(a, b):
    return 0.5 * ((a - b) ** 2 / (a + b + 1e-10)).sum(1)


def units(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def scores(metric, a, b):
    """How Semblance scores the rows of a against those of b in a mixture."""
    if metric == "cosine":
        return (1 + units(a) @ units(b).T) / 2
    if metric == "hellinger":
        return np.sqrt(a) @ np.sqrt(b).T
    if metric == "euclidean":
        squares = (a**2).sum(1)[:, None] + (b**2).sum(1)[None, :] - 2 * a @ b.T
        return 1 / (1 + np.sqrt(np.maximum(squares, 0)))
    if metric == "intersection":
        return 1 / (1 + by_rows(a, b, lambda x, y: 1 - np.minimum(x, y).sum(1)))
    if metric == "jaccard":
        return 1 / (1 + by_rows(a, b, jaccard))
    if metric == "chi-square":
        return 1 / (1 + by_rows(units(a), units(b), chi_square))
    raise ValueError(metric)


class Photos:
    """The odd half as queries, and everything that they are compared with."""

    def __init__(self, options, network, data):
        self.options, self.data = options, data
        self.ids, self.shape = self.export("shape")
        self.colour = self.export("colour")[1] if network == "semblance-m" else None
        self.histograms = {form: self.export(form)[1] for form in options.histograms}
        with open(Path(options.work) / "fashion-attributes.csv", newline="", encoding="utf-8") as file:
            rows = {row["id"]: row for row in csv.DictReader(file)}
        rows = [rows[Path(id).stem] for id in self.ids]
        labels = [(row["articleType"], row["baseColour"]) if row["articleType"] and row["baseColour"] else None for row in rows]
        numbers = {label: number for number, label in enumerate(dict.fromkeys(labels))}
        self.labels = np.array([numbers[label] for label in labels])
        self.queries = np.array([i for i, row in enumerate(rows) if row["half"] == "odd" and labels[i]])
        self.shape_scores = scores("cosine", self.shape[self.queries], self.shape)

    def export(self, descriptor):
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "descriptors.npy"
            command = [self.options.program, "--data", str(self.data), "--json", "export", "--descriptors", str(target)]
            retrieval.run_json([*command, "--descriptor", descriptor])
            ids = target.with_suffix(".ids.txt").read_text(encoding="utf-8").splitlines()
            return ids, np.load(target).astype(np.float32)

    def colour_scores(self, part):
        vectors = self.colour if part.descriptor == "colour" else self.histograms[part.descriptor]
        return scores(part.metric, vectors[self.queries], vectors)

    def precision(self, mixed):
        mixed[np.arange(len(self.queries)), self.queries] = -1
        hits = np.argpartition(-mixed, K, axis=1)[:, :K]
        return float((self.labels[hits] == self.labels[self.queries][:, None]).mean())


def sweep(photos, part):
    colour = photos.colour_scores(part)
    return [(w, photos.precision((1 - w) * photos.shape_scores + w * colour)) for w in photos.options.weights]


def precision(options, data, half, label, arguments):
    command = [options.program, "--data", str(data), "--quiet", "--json", "eval", "--label", label, "--limit", str(K)]
    answer = retrieval.run_json([*command, "--queries-where", f"half={half}", *arguments])
    return answer["precision_at_k"]


def sweep_with_eval(options, data, part):
    return [(w, precision(options, data, "odd", BOTH, part.mixed(w))) for w in options.weights]


def print_row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def choose(options, network, data):
    """Parts with their best weights, the best part first."""
    photos = Photos(options, network, data)
    parts = [ColourPart("colour", "cosine")] if photos.colour is not None else []
    parts += [ColourPart(form, metric) for form in options.histograms for metric in options.metrics]
    curves = {part: sweep(photos, part) for part in parts}
    if options.emd:
        curves |= {part: sweep_with_eval(options, data, part) for part in map(lambda f: ColourPart(f, "emd"), options.histograms)}
    shape = photos.precision(photos.shape_scores.copy())
    for part, curve in curves.items():
        weight, best = max(curve, key=lambda pair: pair[1])
        text = " ".join(f"{w:g}:{figure:.4f}" for w, figure in curve)
        print(f"{network} odd half, {part.descriptor} {part.metric}: {text}", file=sys.stderr)
        print_row(network, f"{part.descriptor}, {part.metric}", f"{shape:.4f}", f"{weight:g}", f"{best:.4f}")
    return sorted(((part, *max(curve, key=lambda pair: pair[1])) for part, curve in curves.items()), key=lambda x: -x[2])


def report(options, network, data, chosen):
    """The even half: shape, and the best histogram and the colour output (alone and mixed) by their weights."""
    shape = [precision(options, data, "even", label, ("--descriptor", "shape")) for label in retrieval.LABELS]
    print_row(network, "shape", "", *(f"{figure:.4f}" for figure in shape), "")
    shown = set()
    for part, weight, _ in chosen:
        kind = part.descriptor == "colour"
        if kind in shown:
            continue
        shown.add(kind)
        name = f"{part.descriptor}, {part.metric}"
        alone = [precision(options, data, "even", label, part.alone()) for label in retrieval.LABELS]
        mixed = [precision(options, data, "even", label, part.mixed(weight)) for label in retrieval.LABELS]
        print_row(network, name, "1", *(f"{figure:.4f}" for figure in alone), "")
        gain = mixed[2] / max(alone[2], shape[2]) - 1
        print_row(network, f"shape with {name}", f"{weight:g}", *(f"{figure:.4f}" for figure in mixed), f"{gain:+.1%}")


def parse_arguments():
    data = os.environ.get("SEMBLANCE_TEST_DATA", str(retrieval.ROOT.parent / "shared"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test-data", default=data, help="default: $SEMBLANCE_TEST_DATA")
    parser.add_argument("--program", default=str(retrieval.ROOT / "build/release/bin/semblance"))
    parser.add_argument("--work", default=str(retrieval.ROOT / "bench/results/retrieval"))
    parser.add_argument("--networks", default=",".join(retrieval.NETWORKS))
    parser.add_argument("--histograms", default="histogram-foreground,histogram")
    parser.add_argument("--metrics", default="hellinger,jaccard,intersection,chi-square,cosine,euclidean", help="for histograms")
    parser.add_argument("--weights", default=",".join(f"{step / 20:g}" for step in range(1, 20)))
    parser.add_argument("--emd", action="store_true", help="the earth mover's distance, too: hours")
    options = parser.parse_args()
    for name in ("networks", "histograms", "metrics"):
        setattr(options, name, [item for item in getattr(options, name).split(",") if item])
    options.weights = [float(weight) for weight in options.weights.split(",")]
    options.photos = str(Path(options.test_data) / "data/fashion")
    return options


def main():
    options = parse_arguments()
    chosen = {}
    header = ["network", "colour part", "shape alone", "best weight", "both, odd half"]
    print_row(*header)
    print_row(*["---"] * len(header))
    for network in options.networks:
        data, _ = retrieval.sync(options, network)
        chosen[network] = data, choose(options, network, data)
    header = ["network", "compared", "weight", "type, even half", "colour", "both", "gain on both"]
    print()
    print_row(*header)
    print_row(*["---"] * len(header))
    for network, (data, parts) in chosen.items():
        report(options, network, data, parts)


if __name__ == "__main__":
    try:
        main()
    except retrieval.Failure as failure:
        sys.exit(f"colour_weight.py: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
