#!/usr/bin/env python3
"""analyse.py DIR [--from S --to S] [--faults "lab2:stall@90:0.5"] - the figures of one run.

Offset of a speaker at a mark = time heard - time the source emitted it; spread =
largest minus smallest over the speakers at one mark. Times are seconds after the
run's epoch. Nothing is hidden: figures with and without the static part, with
and without the seconds that a freeze of the machine explains, stand side by side.
"""

import argparse
import itertools
import json
import re

import bootstrap  # noqa: F401
import numpy as np
import tape
from figures import clicks, hold, percentiles, spread, thd_n
from marks import RATE, SLOT

# Spread limits for "in sync", seconds.
LIMITS = (0.00005, 0.0001, 0.0003, 0.001, 0.005)
# An underrun this near to a machine freeze is the machine's.
BLAME = (0.2, 0.3)
# What an underrun costs a program before it is judged again.
AFTERMATH = 10.0


class Run:
    """A recorded run, with every mark located."""

    def __init__(self, directory, names=None, longest=3.0):
        self.epoch = tape.epoch(directory)
        self.freezes = tape.Freezes(directory)
        self.source = tape.Source(directory)
        self.speakers = [tape.Speaker(directory, n) for n in names or tape.speaker_names(directory)]
        self.names = [s.name for s in self.speakers]
        self.end = max([s.last() for s in self.speakers] + [self.epoch])
        self.slots = range(0, max(0, int((self.end - self.source.time(0)) * RATE / SLOT) + 1))
        self.emitted = {k: self.source.time(k * SLOT + SLOT / 2) for k in self.slots}
        heard = {s.name: s.heard(self.source.time, self.slots, longest) for s in self.speakers}
        self.latency = {n: {k: t - self.emitted[k] for k, t in h.items()} for n, h in heard.items()}

    def at(self, slot):
        """When the slot's mark was emitted, seconds after the epoch."""
        return self.emitted[slot] - self.epoch

    def between(self, begin, end):
        """Slots emitted within the window."""
        return [k for k in self.slots if begin <= self.at(k) <= end]

    def matrix(self, slots, names):
        """(slots that all `names` played, their latencies as rows)"""
        common = [k for k in slots if all(k in self.latency[n] for n in names)]
        rows = np.array([[self.latency[n][k] for n in names] for k in common]).reshape(len(common), len(names))
        return common, rows

    def spreads(self, names):
        """Spread at every slot, None where a speaker is missing."""
        out = []
        for k in self.slots:
            v = [self.latency[n].get(k) for n in names]
            out.append(None if None in v else max(v) - min(v))
        return out


def analyse(directory, begin, end, faults=(), names=None, longest=3.0, quality=True):
    """All figures of a run as plain data."""
    run = Run(directory, names, longest)
    end = end or run.end - run.epoch - 1
    out = dict(source_xruns=run.source.xruns, window=[begin, round(end, 1)])
    out.update(_sync(run, begin, end))
    out.update(_convergence(run))
    out["faults"] = [_fault(run, f, [g[2] for g in faults if g[2] > f[2]]) for f in faults]
    out["speakers"] = {s.name: _speaker(run, s, begin, end, quality) for s in run.speakers}
    return out


def _sync(run, begin, end):
    slots = run.between(begin, end)
    common, rows = run.matrix(slots, run.names)
    many, worst = run.freezes.within(run.epoch + begin, run.epoch + end)
    out = dict(slots=len(common), slots_expected=len(slots), freezes=dict(over10ms=many, worst_ms=worst, clean_slots=0))
    if not len(rows):
        return out
    pairs = {f"{run.names[i]}-{run.names[j]}": rows[:, i] - rows[:, j]
             for i, j in itertools.combinations(range(len(run.names)), 2)}
    out["pair"] = {name: dict(percentiles(e), static=round(float(np.median(e)) * 1e6, 2), sd=round(float(e.std()) * 1e6, 2))
                   for name, e in pairs.items()}
    out["spread_us"] = percentiles(spread(rows))
    out["spread_wo_static_us"] = percentiles(spread(rows - np.median(rows, axis=0)))
    out["latency_ms"] = {name: round(float(f(rows)) * 1e3, 2) for name, f in
                         (("median", np.median), ("min", np.min), ("max", np.max))}
    clean = _clean(run, common, float(np.median(rows)))
    out["freezes"]["clean_slots"] = int(clean.sum())
    if clean.sum() > 5:
        kept = rows[clean]
        out["clean_spread_us"] = percentiles(spread(kept))
        out["clean_spread_wo_static_us"] = percentiles(spread(kept - np.median(kept, axis=0)))
    return out


def _clean(run, slots, latency):
    """False for slots up to AFTERMATH after an underrun that a freeze of the machine explains."""
    bad = [t for s in run.speakers for t in s.xruns + [t for t, n in s.gaps if n > 1] if run.freezes.near(t, *BLAME)]
    bad = np.array(sorted(bad))

    def quiet(t):
        return not (len(bad) and np.any((t >= bad - 0.5) & (t <= bad + AFTERMATH)))

    return np.array([quiet(run.emitted[k] + latency) for k in slots], bool)


def _convergence(run):
    times, values = [run.at(k) for k in run.slots], run.spreads(run.names)
    first = next((t for t, v in zip(times, values) if v is not None), None)
    out = {}
    for limit in LIMITS:
        since = None if first is None else hold(times, values, 0, limit)
        out[f"<{limit * 1e3:g}ms"] = None if since is None else round(since - first, 1)
    return dict(first_common_s=None if first is None else round(first, 1), convergence_s=out)


def _fault(run, fault, later):
    """How long the struck speaker took to be back, and what the others heard of it until the next fault."""
    name, kind, at, length = fault
    others = [s for s in run.speakers if s.name != name]
    begin, end = at - 1, min([at + length + 30] + [t - 1 for t in later])
    window = [k for k in run.between(begin, end) if run.at(k) < run.end - run.epoch - 2]
    times, values = [run.at(k) for k in run.slots], run.spreads(run.names)
    back = {f"<{limit * 1e3:g}ms": hold(times, values, at + length, limit) for limit in LIMITS}
    base = {n: np.median([run.latency[n][k] for k in run.between(at - 20, at - 1) if k in run.latency[n]] or [np.nan])
            for n in run.names}
    effect = {}
    for n in run.names:
        shift = [abs(run.latency[n][k] - base[n]) for k in window if k in run.latency[n]]
        effect[n] = dict(missed_marks=sum(k not in run.latency[n] for k in window),
                         max_shift_ms=round(float(max(shift)) * 1e3, 3) if shift else None)
    _, rows = run.matrix(window, [s.name for s in others])
    inside = [run.epoch + begin, run.epoch + end]
    return dict(speaker=name, kind=kind, at=at, len=length,
                back_in_sync_s={k: None if v is None else round(v - at - length, 1) for k, v in back.items()},
                others_spread_us=percentiles(spread(rows)) if len(rows) else dict(n=0),
                others_clicks=sum(clicks(s, *inside)[0]["over60"] for s in others),
                others_xruns=sum(inside[0] <= t <= inside[1] for s in others for t in s.xruns),
                others_gaps=sum(inside[0] <= t <= inside[1] for s in others for t, _ in s.gaps),
                effect=effect)


def _speaker(run, s, begin, end, quality):
    def inside(t):
        return begin <= t - run.epoch <= end

    def own(t):
        return not run.freezes.near(t, *BLAME)

    heard = [k for k in run.between(begin, end) if k in run.latency[s.name]]
    gaps = [(t, n) for t, n in s.gaps if inside(t)]
    xruns = [t for t in s.xruns if inside(t)]
    out = dict(heard=len(heard), xruns=len(xruns), xruns_own=sum(map(own, xruns)), xruns_total=len(s.xruns),
               gaps=len(gaps), gaps_own=sum(n > 1 and own(t) for t, n in gaps),
               gap_ms=round(sum(n for _, n in gaps) * 1e3 / RATE, 1), segments=len(s.parts),
               **{k: s.header.get(k) for k in ("ppm", "buffer", "period", "format")})
    if heard:
        v = np.array([run.latency[s.name][k] for k in heard])
        out["latency_ms"] = round(float(np.median(v)) * 1e3, 3)
        out["latency_sd_us"] = round(float(v.std()) * 1e6, 1)
        slope = np.polyfit([k * SLOT / RATE for k in heard], v, 1)[0] if len(heard) > 10 else None
        out["drift_ppm"] = None if slope is None else round(float(slope) * 1e6, 3)
    if quality:
        out["clicks"], times = clicks(s, run.epoch + begin, run.epoch + end)
        out["clicks_own"] = sum(not run.freezes.near(t, 0.3, 1.0) for t in times)
        out["thdn_db"] = thd_n(s, run.epoch + begin, run.epoch + end)
    return out


def show(out):
    """Prints everything, machine freezes included."""
    print(f"marks {out['slots']}/{out['slots_expected']}  latency {out.get('latency_ms')} ms  "
          f"first common mark {out['first_common_s']} s  source xruns {out['source_xruns']}")
    print("spread (us):            ", out.get("spread_us"))
    print("  static part removed:  ", out.get("spread_wo_static_us"))
    print("  clean of freezes:     ", out.get("clean_spread_us"), "static removed:", out.get("clean_spread_wo_static_us"))
    print("machine freezes:        ", out["freezes"])
    for name, v in out.get("pair", {}).items():
        print(f"  {name:16s} {v}")
    print("seconds from the first common mark until in sync:", out["convergence_s"])
    for name, v in out["speakers"].items():
        print(f"  {name:8s} {v}")
    for f in out["faults"]:
        print(f"fault {f['kind']} of {f['speaker']} at {f['at']} s for {f['len']} s: back in sync after (s) {f['back_in_sync_s']}")
        print(f"  others: spread (us) {f['others_spread_us']}, clicks {f['others_clicks']}, "
              f"xruns {f['others_xruns']}, gaps {f['others_gaps']}; effect {f['effect']}")


def parse_faults(text):
    """`lab1:stall@300:0.5 lab2:vanish@360:10` as [(speaker, kind, at, length)]."""
    found = (re.fullmatch(r"(\w+):(stall|vanish)@([\d.]+):([\d.]+)", w) for w in text.split())
    return [(m[1], m[2], float(m[3]), float(m[4])) for m in found]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir")
    parser.add_argument("--from", dest="begin", type=float, default=15)
    parser.add_argument("--to", dest="end", type=float, default=0)
    parser.add_argument("--faults", default="")
    parser.add_argument("--longest", type=float, default=3.0, help="greatest latency to search, seconds")
    parser.add_argument("--speakers", nargs="*")
    parser.add_argument("--json")
    o = parser.parse_args()
    out = analyse(o.dir, o.begin, o.end, parse_faults(o.faults), o.speakers, o.longest)
    show(out)
    if o.json:
        with open(o.json, "w") as f:
            json.dump(out, f)


if __name__ == "__main__":
    main()
