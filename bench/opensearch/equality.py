#!/usr/bin/env python3
"""Whether a collection in a cluster answers as its copy on this machine does.

  bench/opensearch/equality.py URL LOCAL REMOTE --ids FILE [--queries 200] [--out FILE.json]

URL is a running `semblance serve`, whose collections LOCAL and REMOTE (a `semblance copy` of it) are compared:
items of FILE (an id a line), chosen with a fixed seed, are searched for, with and without filters that leave about 50, 10 and 1 % of the
items, exactly and by the cluster's graph, with and without colour. The truth is always LOCAL with "exact": true.
"""

import argparse
import json
import random
import statistics
import sys
import urllib.request

LIMIT = 10


class Server:
    def __init__(self, address):
        self.address = address

    def get(self, path):
        return json.load(urllib.request.urlopen(self.address + path, timeout=60))

    def search(self, collection, **fields):
        request = urllib.request.Request(
            f"{self.address}/v1/collections/{collection}/search", json.dumps(fields).encode(),
            {"content-type": "application/json"})
        return json.load(urllib.request.urlopen(request, timeout=60))


def filters_of(server, collection, items):
    """Of the attributes' values, unions of which are nearest to the wanted shares; the share each really has."""
    found = {"none": ("", 1.0)}
    facets = server.get(f"/v1/collections/{collection}/facets?limit=1000")["facets"]
    for share in (.5, .1, .01):
        best = None
        for facet in facets:
            for count in (1, 2, 3, 5):
                for first in range(0, min(len(facet["values"]), 60)):
                    values = facet["values"][first:first + count]
                    part = sum(value["count"] for value in values) / items
                    if best is None or abs(part - share) < abs(best[1] - share):
                        names = ",".join('"' + value["value"].replace('"', '""') + '"' for value in values)
                        best = (f'"{facet["attribute"]}" IN ({names})', part)
        found[f"{share:.0%}"] = best
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("local")
    parser.add_argument("remote")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--ids", required=True, help="file with one id a line, to choose the queries from")
    parser.add_argument("--out")
    arguments = parser.parse_args()
    server = Server(arguments.url)
    items = server.get(f"/v1/collections/{arguments.local}")["items"]
    with open(arguments.ids, encoding="utf-8") as file:
        ids = sorted(line.strip() for line in file if line.strip())
    random.Random(7).shuffle(ids)
    ids = ids[:arguments.queries]
    result = {"items": items, "queries": len(ids), "cases": []}
    for name, (expression, share) in filters_of(server, arguments.local, items).items():
        for weight in (0, .3):
            fields = {"limit": LIMIT, "colour_weight": weight}
            if expression:
                fields["filter"] = expression
            same = largest = 0
            recalls = []
            for one in ids:
                truth = server.search(arguments.local, id=one, exact=True, **fields)["hits"]
                exact = server.search(arguments.remote, id=one, exact=True, **fields)["hits"]
                graph = server.search(arguments.remote, id=one, **fields)["hits"]
                same += [hit["id"] for hit in truth] == [hit["id"] for hit in exact]
                largest = max([largest, *(abs(a["score"] - b["score"]) for a, b in zip(truth, exact))])
                wanted = {hit["id"] for hit in truth}
                recalls.append(len(wanted & {hit["id"] for hit in graph}) / max(len(wanted), 1))
            case = {"filter": name, "share": round(share, 4), "colour_weight": weight, "exact_same": same,
                    "largest_score_difference": largest, "recall_at_10": round(statistics.mean(recalls), 4),
                    "worst_recall": min(recalls)}
            result["cases"].append(case)
            print(json.dumps(case), file=sys.stderr)
    text = json.dumps(result, indent=1)
    print(text)
    if arguments.out:
        with open(arguments.out, "w", encoding="utf-8") as file:
            file.write(text + "\n")


if __name__ == "__main__":
    main()
