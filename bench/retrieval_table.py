#!/usr/bin/env python3
"""Prints the retrieval table of docs/benchmarks.md: networks x (shape, colour, mixed) on three sets of photos, and distances.

fashion: precision@10 of the same type, colour and both; queries are the photos whose names sort at even places, the
gallery is all (weights were chosen on the other half by colour_weight.py). grocery: a phone photo searches the catalogue
pictures; hit rates at 1 and 5. demo: the demo catalogue (build/release/bin/semblance-demo-catalogue --out DIR); another photo
of the same product is first, and precision@10 of type and of type and colour. Data directories are kept in --work.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import retrieval

NETWORKS = ("mobilenet_v2", "vit_tiny_patch16_224", "googlenet_bvlc", "squeezenet1_1", "semblance-m", "semblance-s")
HISTOGRAMS = ("histogram", "histogram-foreground")
HISTOGRAM_METRICS = ("chi-square", "hellinger", "jaccard", "intersection", "cosine", "euclidean", "emd")


def evaluate(options, data, label, arguments, limit=10):
    command = [options.program, "--data", str(data), "--quiet", "--json", "eval", "--label", label]
    return retrieval.run_json([*command, "--limit", str(limit), *arguments])


def fashion_cells(options, data, compared):
    even = ("--queries-where", "half=even", *compared)
    return [evaluate(options, data, label, even)["precision_at_k"] for label in retrieval.LABELS]


def grocery_cells(options, data, compared):
    photo_to_catalogue = ("--queries-where", "role=photo", "--gallery-where", "role=catalogue", *compared)
    answer = evaluate(options, data, "product", photo_to_catalogue, 5)
    return [answer["hit_rate_at_1"], answer["hit_rate_at_k"]]


def demo_cells(options, data, compared):
    return [
        evaluate(options, data, "product", compared)["hit_rate_at_1"],
        evaluate(options, data, "articleType", compared)["precision_at_k"],
        evaluate(options, data, "articleType+baseColour", compared)["precision_at_k"],
    ]


def sync(options, network, name, source):
    """A data directory of a network with the photos of a set; `source` is what sync is told of them."""
    file = Path(options.test_data) / "models" / f"{network}.onnx"
    model = network if network.startswith("semblance-") else str(file)
    data = Path(options.work) / f"{name}-{network}"
    command = [options.program, "--data", str(data), "--quiet", "--json", "sync", "--model", model, "--yes"]
    retrieval.run_json([*command, *map(str, source)])
    return data


def data_sets(options, network):
    """Name, data directory and measurements of each set."""
    test_data = Path(options.test_data) / "data"
    if "fashion" in options.sets:
        yield "fashion", retrieval.sync(options, network)[0], fashion_cells
    if "grocery" in options.sets:
        folder = test_data / "grocery"
        source = (folder / "labels.csv", "--images", folder)
        yield "grocery", sync(options, network, "grocery", source), grocery_cells
    if "demo" in options.sets:
        folder = Path(options.demo)
        source = (folder / "images", "--attributes", folder / "styles.csv", "--key", "id")
        yield "demo", sync(options, network, "demo", source), demo_cells


def settings(options, network):
    """What is compared in each row, and with which options of eval."""
    own_colour = network == "semblance-m"
    colour = ("--descriptor", "colour")
    if not own_colour:
        colour = ("--descriptor", "histogram-foreground", "--metric", "hellinger")
    weight = options.weight_colour if own_colour else options.weight_histogram
    yield "shape", ("--descriptor", "shape")
    yield "colour" if own_colour else "foreground histogram", colour
    yield f"mixed, weight {weight}", ("--colour-weight", weight)


def distances():
    for metric in ("cosine", "euclidean", "jaccard"):
        yield f"shape, {metric}", ("--descriptor", "shape", "--metric", metric)
    for form in HISTOGRAMS:
        for metric in HISTOGRAM_METRICS:
            yield f"{form}, {metric}", ("--descriptor", form, "--metric", metric)


def shorten(options, network, components):
    """A copy of the network's data directory whose shape vectors are `components` long; what sync says of it, too."""
    data = Path(options.work) / f"{network}-pca{components}"
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(Path(options.work) / network, data)
    command = [options.program, "--data", str(data), "sync", options.photos, "--pca", components]
    command += ["--attributes", str(retrieval.write_attributes(options)), "--key", "id"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if "variance" in line]
    if done.returncode != 0 or not said:
        raise retrieval.Failure(f"`{' '.join(command)}` ended with exit code {done.returncode}: {done.stderr.strip()}")
    return data, said[0].strip()


def print_pca(options):
    """What principal components cost: fashion, shape, before and after."""
    print_row("network", "numbers", "type", "colour", "both", "sync says")
    print_row(*["---"] * 6)
    shape = ("--descriptor", "shape")
    for network in options.networks:
        data, _ = retrieval.sync(options, network)
        print_row(network, "whole", *(f"{figure:.4f}" for figure in fashion_cells(options, data, shape)), "")
        for components in options.pca.split(","):
            data, said = shorten(options, network, components)
            print_row(network, components, *(f"{figure:.4f}" for figure in fashion_cells(options, data, shape)), said)


def print_row(*cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def parse_arguments():
    data = os.environ.get("SEMBLANCE_TEST_DATA", str(retrieval.ROOT.parent / "shared"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test-data", default=data, help="default: $SEMBLANCE_TEST_DATA")
    parser.add_argument("--program", default=str(retrieval.ROOT / "build/release/bin/semblance"))
    parser.add_argument("--work", default=str(retrieval.ROOT / "bench/results/retrieval"))
    parser.add_argument("--demo", default=str(retrieval.ROOT / "build/demo/catalogue"), help="the demo catalogue")
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--sets", default="fashion,grocery,demo")
    parser.add_argument("--weight-colour", default="0.5", help="with a network's colour output")
    parser.add_argument("--weight-histogram", default="0.15", help="with the foreground histogram")
    parser.add_argument("--distances", action="store_true", help="instead: every distance, fashion, first network")
    parser.add_argument("--pca", metavar="128,64", help="instead: vectors shortened to so many numbers, fashion")
    options = parser.parse_args()
    options.networks = [name for name in options.networks.split(",") if name]
    options.photos = str(Path(options.test_data) / "data/fashion")
    return options


def main():
    options = parse_arguments()
    if options.distances:
        print_row("compared", "type", "colour", "both")
        print_row(*["---"] * 4)
        data, _ = retrieval.sync(options, options.networks[0])
        for name, compared in distances():
            print_row(name, *(f"{figure:.4f}" for figure in fashion_cells(options, data, compared)))
        return
    if options.pca:
        return print_pca(options)
    print_row("set", "network", "compared", "figures")
    print_row(*["---"] * 4)
    for network in options.networks:
        for name, data, cells in data_sets(options, network):
            for compared, arguments in settings(options, network):
                figures = cells(options, data, arguments)
                print_row(name, network, compared, " / ".join(f"{figure:.4f}" for figure in figures))


if __name__ == "__main__":
    try:
        main()
    except retrieval.Failure as failure:
        sys.exit(f"retrieval_table.py: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
