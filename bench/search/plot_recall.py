#!/usr/bin/env python3
"""Draws the recall curves of `bench_search graph` as SVG.

    bench/search/plot_recall.py GRAPH.json > docs/images/recall.svg
"""
import json
import math
import sys

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 420, 70, 20, 40, 50
LOWEST, HIGHEST = 0.90, 0.9999


def nines(recall):
    """Recall by its distance from 1: .9, .99 and .999 are equally far apart."""
    return -math.log10(1 - min(max(recall, LOWEST), HIGHEST))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        report = json.load(file)
    curves = [("Semblance, int8 codes", "#0b6e4f", report["curve"]),
              ("hnswlib 0.8.0, float32", "#b5541c", report["hnswlib_curve"])]
    speeds = [point["queries_a_second"] for _, _, curve in curves for point in curve]
    low, high = math.log10(min(speeds)), math.log10(max(speeds))

    def x(recall):
        share = (nines(recall) - nines(LOWEST)) / (nines(HIGHEST) - nines(LOWEST))
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(speed):
        return HEIGHT - BOTTOM - (math.log10(speed) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
          'font-size="13">')
    print(f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>')
    print(f'<text x="{LEFT}" y="22" font-size="15">{report["rows"]:,} x {report["dimension"]}, k = 10, single '
          'queries, one thread</text>')
    for recall in (0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9999):
        print(f'<path d="M{x(recall):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>'
              f'<text x="{x(recall):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{recall:g}</text>')
    for decade in range(int(low), int(high) + 2):
        for step in (1, 2, 5):
            speed = step * 10**decade
            if min(speeds) <= speed <= max(speeds):
                print(f'<path d="M{LEFT} {y(speed):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
                      f'<text x="{LEFT - 6}" y="{y(speed) + 4:.1f}" text-anchor="end">{speed:,}</text>')
    print(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">recall@10</text>')
    print(f'<text transform="translate(14 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" '
          'text-anchor="middle">queries a second</text>')
    for number, (name, colour, curve) in enumerate(curves):
        points = " ".join(f'{x(p["recall_at_10"]):.1f},{y(p["queries_a_second"]):.1f}' for p in curve)
        print(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for point in points.split():
            cx, cy = point.split(",")
            print(f'<circle cx="{cx}" cy="{cy}" r="3" fill="{colour}"/>')
        print(f'<text x="{WIDTH - RIGHT - 6}" y="{TOP + 18 + 18 * number}" text-anchor="end" '
              f'fill="{colour}">{name}</text>')
    print("</svg>")


if __name__ == "__main__":
    main()
