#!/usr/bin/env python3
"""Chooses the colour weight on one half of the fashion photos and reports what it gives on the other.

The halves are of the queries, by whether a photo's name sorts at an odd or an even place; the gallery is all photos. On
the odd half, for every network, every colour part (the network's colour output, or a histogram of the whole photo or of
its foreground, by every metric) gets the weight with the best precision@10 of "same type and same colour"; then the
even half is asked with the best weight of each, and with shape and colour alone. Data directories are those of retrieval.py.
"""

import argparse
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import retrieval

BOTH = "articleType+baseColour"
WEIGHTS = tuple(step / 20 for step in range(1, 20))
HISTOGRAMS = ("histogram-foreground", "histogram")
METRICS = ("hellinger", "jaccard", "intersection", "chi-square", "cosine", "emd")


@dataclass(frozen=True)
class ColourPart:
    descriptor: str
    metric: str

    def mixed(self, weight):
        return ("--colour-weight", f"{weight}", "--colour-descriptor", self.descriptor, "--colour-metric", self.metric)

    def alone(self):
        return ("--descriptor", self.descriptor, "--metric", self.metric)


def has_colour_output(network):
    return network == "semblance-m"


def precision(options, data, half, label, arguments):
    command = [options.program, "--data", str(data), "--quiet", "--json", "eval", "--label", label]
    command += ["--queries-where", f"half={half}", *arguments]
    answer = retrieval.run_json(command)
    print(f"  {half} {label} {' '.join(arguments)}: {answer['precision_at_k']:.4f}", file=sys.stderr, flush=True)
    return answer["precision_at_k"]


def best_weight(options, data, part):
    """The best weight on the odd half and its precision: the curve has one top, so two falls in a row end the walk."""
    best, falls = (0.0, 0.0), 0
    for weight in options.weights:
        figure = precision(options, data, "odd", BOTH, part.mixed(weight))
        falls = falls + 1 if figure <= best[1] else 0
        best = max(best, (weight, figure), key=lambda pair: pair[1])
        if falls == 2:
            break
    return best


def colour_parts(options, network):
    parts = [ColourPart("colour", "cosine")] if has_colour_output(network) else []
    return parts + [ColourPart(form, metric) for form in options.histograms for metric in options.metrics]


def print_row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def report(options, network, data, chosen, answers):
    """Rows of the even half for one network."""
    figures = {}

    def ask(name, arguments):
        figures[name] = [precision(options, data, "even", label, arguments) for label in retrieval.LABELS]
        answers.append({"network": network, "what": name, "even": figures[name]})
        return figures[name]

    shape = ask("shape", ("--descriptor", "shape"))
    print_row(network, "shape", "", "", *(f"{figure:.4f}" for figure in shape), "")
    for part, weight, odd in chosen:
        alone = ask(f"{part.descriptor} {part.metric}", part.alone())
        mixed = ask(f"{part.descriptor} {part.metric} {weight}", part.mixed(weight))
        gain = mixed[2] / max(alone[2], shape[2]) - 1
        name = f"{part.descriptor}, {part.metric}"
        print_row(network, f"{name} alone", "", "", *(f"{figure:.4f}" for figure in alone), "")
        row = [f"{figure:.4f}" for figure in mixed]
        print_row(network, f"shape with {name}", f"{weight:.2f}", f"{odd:.4f}", *row, f"{gain:+.1%}")


def parse_arguments():
    data = os.environ.get("SEMBLANCE_TEST_DATA", str(retrieval.ROOT.parent / "shared"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test-data", default=data, help="default: $SEMBLANCE_TEST_DATA")
    parser.add_argument("--program", default=str(retrieval.ROOT / "build/release/bin/semblance"))
    parser.add_argument("--work", default=str(retrieval.ROOT / "bench/results/retrieval"))
    parser.add_argument("--networks", default=",".join(retrieval.NETWORKS))
    parser.add_argument("--histograms", default=",".join(HISTOGRAMS))
    parser.add_argument("--metrics", default=",".join(METRICS), help="for histograms")
    parser.add_argument("--weights", default=",".join(f"{weight:g}" for weight in WEIGHTS), help="in rising order")
    parser.add_argument("--json", help="file for the figures of the even half")
    options = parser.parse_args()
    for name in ("networks", "histograms", "metrics"):
        setattr(options, name, [item for item in getattr(options, name).split(",") if item])
    options.weights = [float(weight) for weight in options.weights.split(",")]
    options.photos = str(Path(options.test_data) / "data/fashion")
    return options


def main():
    options = parse_arguments()
    header = ["network", "compared", "weight (odd half)", "both (odd half)", "type", "colour", "both", "gain on both"]
    print_row(*header)
    print_row(*["---"] * len(header))
    answers = []
    for network in options.networks:
        data, _ = retrieval.sync(options, network)
        chosen = [(part, *best_weight(options, data, part)) for part in colour_parts(options, network)]
        answers += [{"network": network, "part": vars(part), "weight": w, "odd": odd} for part, w, odd in chosen]
        report(options, network, data, chosen, answers)
    if options.json:
        Path(options.json).parent.mkdir(parents=True, exist_ok=True)
        Path(options.json).write_text(json.dumps(answers, indent=1) + "\n")


if __name__ == "__main__":
    try:
        main()
    except retrieval.Failure as failure:
        sys.exit(f"colour_weight.py: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
