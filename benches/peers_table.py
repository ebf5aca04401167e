#!/usr/bin/env python3
"""peers_table.py RESULTS PEER... - the Markdown table of a side-by-side run.

Reads RESULTS/PEER.json (figures) and, for peers that did not run, the last line
of RESULTS/PEER.txt. Missing figures stay missing: a dash, and the reason below.
"""

import json
import os
import sys

HEAD = ("program", "settings", "latency ms", "spread p50 / p99 / max µs", "static part removed p99 µs",
        "clicks per min, worst speaker", "THD+N dB, worst speaker", "xruns own / in all", "CPU % of a core")


def row(r):
    """One program's figures as cells."""
    spread, removed = r.get("spread_us"), r.get("spread_wo_static_us")
    speakers = r["speakers"].values()
    clicks = [s["clicks"]["over60"] / (s["clicks"]["seconds"] / 60) for s in speakers if s["clicks"]["seconds"]]
    noise = [s["thdn_db"][0] for s in speakers if s["thdn_db"][0] is not None]
    settings = " ".join(f"{k} {v}" for k, v in r["options"].items()) or "best found"
    return [r["peer"], settings,
            f"{r['latency_ms']['median']:.1f}" if "latency_ms" in r else "-",
            f"{spread['median']:.1f} / {spread['p99']:.1f} / {spread['max']:.1f}" if spread else "-",
            f"{removed['p99']:.1f}" if removed else "-",
            f"{max(clicks):.1f}" if clicks else "-",
            f"{max(noise):.1f}" if noise else "-",
            f"{sum(s['xruns_own'] + s['gaps_own'] for s in speakers)} / {sum(s['xruns'] + s['gaps'] for s in speakers)}",
            f"{r['cpu_percent']:.1f}"]


def fault_rows(r):
    """One line for each fault of a run."""
    for f in r["faults"]:
        others = f["others_spread_us"]
        back = f["back_in_sync_s"]
        yield [r["peer"], f"{f['kind']} {f['len']:g} s",
               *(f"{back[k]} s" if back[k] is not None else "not within the run" for k in ("<0.05ms", "<1ms")),
               f"{others['p99']:.1f} / {others['max']:.1f}" if others["n"] else "-",
               str(f["others_clicks"]), str(f["others_xruns"] + f["others_gaps"])]


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main():
    directory, peers = sys.argv[1], sys.argv[2:]
    results, absent = [], []
    for peer in peers:
        try:
            with open(os.path.join(directory, peer + ".json")) as f:
                results.append(json.load(f))
        except (OSError, ValueError):
            with open(os.path.join(directory, peer + ".txt")) as f:
                absent.append((peer, ([""] + f.read().strip().splitlines())[-1]))
    if results:
        r = results[0]
        worst = max(x["freezes"]["worst_ms"] for x in results)
        many = max(x["freezes"]["over10ms"] for x in results)
        print(f"Simulated speakers `tests/lab/{r['devices']}`, slow time {r['slow']}, all programs at the same time, "
              f"seconds {r['window'][0]:g} to {r['window'][1]:g} after the epoch (the source starts at 5), "
              f"{'SCHED_FIFO 20' if r['realtime'] else 'normal priority'}. Spread is the largest minus the smallest time at "
              f"which the speakers play the same mark, two marks a second. The machine froze {many} times for 10 ms or "
              f"more of lab time, {worst:.1f} ms at worst.\n")
        print(table(HEAD, [row(r) for r in results]))
        faults = [line for r in results for line in fault_rows(r)]
        if faults:
            print("\n" + table(("program", "fault", "back within 50 µs after", "within 1 ms after",
                                "others' spread p99 / max µs", "others' clicks", "others' xruns"), faults))
    for peer, reason in absent:
        print(f"\n{peer} was not measured: {reason}")


if __name__ == "__main__":
    main()
