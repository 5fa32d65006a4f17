"""Medians, ratios and Markdown tables of what sync_speed.py measured."""

import statistics

# What the project wants: Semblance's items/s divided by the contender's, at least.
TARGETS = {
    **{"ort-alone": 0.75, "careful-opencv": 1.3, "careful-pillow": 1.3},
    **{"origins-batched": 2.0, "origins-batched-all-cores": 2.0},
}
MEMORY_TARGET_MIB = 400e6 / 2**20
NUMBERS = (
    *("items_per_second", "items_per_second_whole", "cpu_ms_per_item", "wall_seconds", "cpu_seconds"),
    *("load_seconds", "peak_memory_mib", "other_cores_busy", "items"),
)
STAGES = ("read", "decode", "preprocess", "embed", "histogram", "write")
# ONNX Runtime alone gets ready tensors, so the time of its whole process says nothing about photos.
RATIO_MEASURES = {"over_the_photos": "items_per_second", "whole_process": "items_per_second_whole"}


def median_of(runs, key):
    values = [run[key] for run in runs if isinstance(run.get(key), (int, float))]
    return statistics.median(values) if values else None


def medians(rounds):
    """Contender -> median of each number over the rounds, and of each stage's seconds."""
    result = {}
    for name in rounds[0]:
        runs = [runs[name] for runs in rounds]
        result[name] = {key: value for key in NUMBERS if (value := median_of(runs, key)) is not None}
        stages = [run["stages"] for run in runs if isinstance(run.get("stages"), dict)]
        if stages:
            result[name]["stages"] = {key: median_of(stages, key) for key in stages[0]}
    return result


def ratios(rounds):
    """Semblance's speed divided by each other contender's: the ratio in every round, and the median of these."""
    result = {}
    if "semblance" not in rounds[0]:
        return result
    for name in rounds[0]:
        if name == "semblance":
            continue
        result[name] = {}
        for measure, key in RATIO_MEASURES.items():
            if name == "ort-alone" and measure == "whole_process":
                continue
            each = [runs["semblance"][key] / runs[name][key] for runs in rounds]
            result[name][measure] = {"median": round(statistics.median(each), 3), "rounds": [round(x, 3) for x in each]}
    return result


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def number(value, digits):
    return "-" if value is None else f"{value:.{digits}f}"


def verdict(value, target):
    if target is None:
        return "-"
    return f"{target:g}: {'met' if value >= target else 'NOT met'}"


def speed_table(result):
    header = ["contender", "items/s over the photos", "items/s, whole process", "each round, items/s"]
    header += ["CPU ms an item", "load, s", "peak memory, MiB", "other work, cores"]
    rows = []
    for name, median in result["medians"].items():
        each = " ".join(number(runs[name]["items_per_second"], 1) for runs in result["rounds"])
        whole = None if name == "ort-alone" else median["items_per_second_whole"]
        row = [name, number(median["items_per_second"], 1), number(whole, 1), each]
        row += [number(median.get("cpu_ms_per_item"), 2), number(median.get("load_seconds"), 2)]
        row += [number(median.get("peak_memory_mib"), 0), number(median.get("other_cores_busy"), 2)]
        rows.append(row)
    return table(header, rows)


def ratio_table(result):
    rows = []
    for name, measures in result["ratios"].items():
        over, whole = measures["over_the_photos"], measures.get("whole_process")
        each = " ".join(number(value, 2) for value in over["rounds"])
        row = [name, number(over["median"], 2), each, number(whole["median"], 2) if whole else "-"]
        rows.append(row + [verdict(over["median"], TARGETS.get(name))])
    return table(["semblance against", "ratio", "each round", "ratio, whole process", "at least"], rows)


def stage_table(result):
    stages = list(STAGES)
    for median in result["medians"].values():
        stages += [stage for stage in median.get("stages", {}) if stage not in stages]
    rows = []
    for name, median in result["medians"].items():
        if "stages" in median:
            per_item = [median["stages"].get(stage) for stage in stages]
            cells = [number(None if x is None else x * 1e3 / median["items"], 3) for x in per_item]
            rows.append([name, *cells])
    return table(["ms an item, all threads added", *stages], rows) if rows else ""


def markdown(result):
    """The tables for docs/benchmarks.md."""
    machine = result["machine"]
    parts = [
        f"{result['photos']} photos, {len(result['rounds'])} rounds, {result['threads']} threads; "
        f"{machine['cpu']}, {machine['cores']} cores, load {machine['load_before']} before the run.",
        speed_table(result),
    ]
    if result["ratios"]:
        parts.append(ratio_table(result))
    if "semblance" in result["medians"]:
        peak = result["medians"]["semblance"]["peak_memory_mib"]
        met = "below" if peak < MEMORY_TARGET_MIB else "NOT below"
        parts.append(f"Peak memory of semblance: {peak * 2**20 / 1e6:.0f} MB, {met} 400 MB.")
    parts.append(stage_table(result))
    busy = max(run["other_cores_busy"] for runs in result["rounds"] for run in runs.values())
    if busy > 0.2:
        parts.append(f"Other work used up to {busy:.1f} cores during a run: these figures are only preliminary.")
    return "\n\n".join(part for part in parts if part)
