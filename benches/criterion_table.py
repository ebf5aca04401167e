#!/usr/bin/env python3
"""criterion_table.py [--out target/bench/lanes.md] - the newest criterion figures as a Markdown table.

Reads target/criterion/**/new; the scenario is the benchmark's name, and a budget
in it is held against the figure: over budget ends with 1.
"""

import argparse
import glob
import json
import os
import re
import sys


def rows(target):
    for path in sorted(glob.glob(os.path.join(target, "criterion", "**", "new", "benchmark.json"), recursive=True)):
        with open(path) as f:
            name = json.load(f)
        with open(os.path.join(os.path.dirname(path), "estimates.json")) as f:
            median = json.load(f)["median"]
        low, high = (median["confidence_interval"][key] / 1000 for key in ("lower_bound", "upper_bound"))
        budget = re.search(r"budget ([\d.]+) µs", name["function_id"] or "")
        yield (name["group_id"] if name["function_id"] else "parts of a lane", name["function_id"] or name["group_id"],
               median["point_estimate"] / 1000, low, high, float(budget[1]) if budget else None)


def main():
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=os.path.join(target, "bench", "lanes.md"))
    out = parser.parse_args().out
    found = list(rows(target))
    if not found:
        sys.exit("There are no figures yet. Run: cargo bench")
    lines = ["Criterion, median and 95 % interval of the median; a block is 256 frames (5.33 ms at 48 kHz).", ""]
    for group in dict.fromkeys(row[0] for row in found):
        lines += [f"| {group} | median µs | interval µs | % of real time |", "| --- | --- | --- | --- |"]
        lines += [f"| {name} | {median:.2f} | {low:.2f}-{high:.2f} | {median / 53.33:.3f} |"
                  for of, name, median, low, high, _ in found if of == group]
        lines.append("")
    os.makedirs(os.path.dirname(out) or ".", exist_ok=True)
    with open(out, "w") as f:
        f.write("\n".join(lines))
    print("\n".join(lines))
    missed = [name for _, name, median, _, _, budget in found
              if budget and median > budget]
    if missed:
        sys.exit(f"Over budget: {', '.join(missed)}")


if __name__ == "__main__":
    main()
