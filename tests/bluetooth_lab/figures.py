"""The figures of a run, from what the virtual devices wrote down and nothing else.

The Echo plays noise that never repeats. Every stretch of what a speaker decoded is
found again in that noise to a fraction of a sample, so for each moment it is known
which moment of the Echo's sound left the speaker then: that is the latency. How it
differs between speakers is the spread, and where it jumps sound was lost or doubled.

Raw figures are what an ear would find. A Bluetooth speaker plays by its own crystal on
the line that its first packet began, and nobody can correct that from outside; so the
corrected figures take exactly that crystal's share away (its known ppm, since it began)
and leave all the rest.

Times are seconds since the Echo began (`at_s`) or nanoseconds of the machine's clock.
"""

import csv
import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "lab"))
import bootstrap  # noqa: E402,F401  (finds a Python with numpy)

import numpy as np  # noqa: E402

from sound import BLOCK, LOUD, PART, RATE, parts_of, place, read_wav, resampled  # noqa: E402

NEAR = 128  # samples around the expected place that are searched first
FAR = 2.0  # s that are searched when it is not there
LIKE = 0.5  # correlation from which a block is found
EXACT = 0.9  # and from which its time is believed
BREAK_MS = 0.5  # smallest jump or silence that counts
SETTLED_S = 10.0  # the Echo's clock must be learnt first
IN_SYNC_MS = 1.0  # off the others: so near a speaker is back in sync
STAYS_S = 3.0  # for so long it must stay there


# ------------------------------------------------------------------ recordings
class Take:
    """What a speaker played from one configuration to the next, and when.

    `leaves` and `corrected` give the time of samples; `sound` is at `rate`.
    """

    def __init__(self, sound, rate, leaves, corrected):
        self.sound, self.rate, self.leaves, self.corrected = sound, rate, leaves, corrected


def bluetooth_takes(world, name, events):
    """The takes of a Bluetooth speaker. Every (re)start of its play-out is one line."""
    takes = []
    mine = [e for e in events if e["device"] == name]
    for session in sorted({e["session"] for e in mine if e["event"] == "playing"}):
        starts = [e for e in mine if e["event"] in ("playing", "underrun") and e["session"] == session]
        ppm = next(e["ppm"] for e in starts if e["event"] == "playing")
        sound, rate = read_wav(world / f"{name}.{session}.wav")
        first = np.array([e["sample"] for e in starts], float)
        leaves = np.array([e["leaves_ns"] for e in starts], float)

        def line(ppm, first=first, leaves=leaves, rate=rate):
            def at(sample):
                k = np.maximum(np.searchsorted(first, sample, "right") - 1, 0)
                return leaves[k] + (sample - first[k]) * 1e9 / (rate * (1 + ppm * 1e-6))
            return at

        takes.append(Take(sound, rate, line(ppm), line(0.0)))
    return takes


def wired_takes(world, name, _events):
    """The take of a wired speaker: one line through the earliest looks of each second."""
    sound, rate = read_wav(world / f"{name}.1.wav")
    stamps = np.loadtxt(world / f"{name}.stamps.csv", delimiter=",", skiprows=1)
    t, frames = stamps[:, 0], stamps[:, 1]
    late = t - frames * 1e9 / rate
    second = ((t - t[0]) // 1e9).astype(int)
    earliest = np.array([np.flatnonzero(second == s)[np.argmin(late[second == s])] for s in np.unique(second)])
    slope, begin = np.polyfit(frames[earliest], t[earliest] - t[0], 1)

    def line(sample):
        return t[0] + begin + sample * slope

    return [Take(sound, rate, line, line)]


# -------------------------------------------------------------------- speakers
class Heard:
    """All that was heard of one speaker.

    `rows`: emitted (s), latency and corrected latency (ms) of each exact block.
    `breaks`: where the Echo's sound does not go on as it should.
    """

    def __init__(self, takes, reference, echo):
        self.rows, self.breaks, self.begins, self.ends = [], [], [], []
        self.last_ms = 0.0  # where the last take left off, in the Echo's sound
        self.likeness = []
        for take in takes:
            self.hear(take, reference(take.rate), echo)
        self.rows = np.array(self.rows).reshape(-1, 3)

    def hear(self, take, sound, echo):
        begin_ns, per_second = echo
        speed = take.rate * per_second / RATE  # samples of `sound` in a second of true time
        count = -(-len(take.sound) // BLOCK)
        blocks = np.pad(take.sound, (0, count * BLOCK - len(take.sound))).reshape(count, BLOCK)
        places, known = [None] * count, None
        for k, block in enumerate(blocks):
            if np.sqrt(np.mean(block**2)) < LOUD:
                continue
            at = like = None
            if known is not None:
                at, like = place(sound, block, known[1] + (k - known[0]) * BLOCK, NEAR)
            if not like or like < LIKE:
                emitted = (take.leaves(np.array(float(k * BLOCK))) - begin_ns) / 1e9 - 0.3
                at, like = place(sound, block, emitted * speed, int(FAR * take.rate))
            if like < LIKE:
                continue
            known = (k, at)
            places[k] = at
            if like >= EXACT:
                self.likeness.append(like)
                middle = k * BLOCK + BLOCK / 2
                emitted = (at + BLOCK / 2) / speed
                self.rows.append((emitted, *((line(np.array(middle)) - begin_ns) / 1e6 - emitted * 1e3
                                             for line in (take.leaves, take.corrected))))
        self.find_breaks(take, sound, blocks, places, begin_ns)

    def find_breaks(self, take, sound, blocks, places, begin_ns):
        around = [None, *places, None]
        starts = []
        for k, block in enumerate(blocks):
            near = [around[k] and around[k] + BLOCK, around[k + 1], around[k + 2] and around[k + 2] - BLOCK]
            starts.append(parts_of(sound, block, near))
        theirs = np.concatenate(starts) if starts else np.array([])
        whole = np.flatnonzero(~np.isnan(theirs))
        if not len(whole):
            return
        mine = whole * float(PART)
        begins, ends = take.leaves(mine), take.leaves(mine + PART - 1) + 1e9 / take.rate
        if self.ends:  # from one take to the next: it was connected anew
            self.tell_break(self.ends[-1], (begins[0] - begin_ns) / 1e6 - self.ends[-1] * 1e3,
                            theirs[whole[0]] * 1e3 / take.rate - self.last_ms)
        self.begins.append((begins[0] - begin_ns) / 1e9)
        self.ends.append((ends[-1] - begin_ns) / 1e9)
        self.last_ms = (theirs[whole[-1]] + PART) * 1e3 / take.rate
        # From begin to begin: a pause may lie inside of a part.
        silent = np.diff(begins) / 1e6 - PART * 1e3 / take.rate
        skipped = (theirs[whole][1:] - theirs[whole][:-1] - PART) * 1e3 / take.rate
        before = -9
        for k in np.flatnonzero((silent > BREAK_MS) | (np.abs(skipped) > BREAK_MS)):
            # A pause and a jump at one place may show in two parts.
            again = self.breaks.pop() if k <= before + 2 else {"silent_ms": 0.0, "skipped_ms": 0.0}
            self.tell_break((again.get("at_s") or (ends[k] - begin_ns) / 1e9), again["silent_ms"] + silent[k],
                            again["skipped_ms"] + skipped[k])
            before = k

    def tell_break(self, at_s, silent_ms, skipped_ms):
        self.breaks.append({"at_s": round(at_s, 3), "silent_ms": round(silent_ms, 2), "skipped_ms": round(skipped_ms, 2)})

    def at(self, grid, column):
        """The column's values at these times of the Echo; NaN where nothing was heard."""
        if len(self.rows) < 2:
            return np.full(len(grid), np.nan)
        rows = self.rows[np.argsort(self.rows[:, 0])]
        k = np.clip(np.searchsorted(rows[:, 0], grid), 1, len(rows) - 1)
        near = np.minimum(np.abs(grid - rows[k, 0]), np.abs(grid - rows[k - 1, 0]))
        values = np.interp(grid, rows[:, 0], rows[:, column])
        return np.where((near < 0.15) & (rows[k, 0] - rows[k - 1, 0] < 0.3), values, np.nan)


# --------------------------------------------------------------------- figures
def summary(values):
    good = values[~np.isnan(values)]
    if not len(good):
        return None
    return {"median": round(float(np.median(good)), 3), "p99": round(float(np.percentile(good, 99)), 3),
            "max": round(float(np.max(good)), 3), "min": round(float(np.min(good)), 3)}


def walk(grid, values):
    """Slope in µs per second."""
    good = ~np.isnan(values)
    if np.count_nonzero(good) < 20:
        return None
    return round(float(np.polyfit(grid[good], values[good], 1)[0]) * 1e3, 2)


def spread(values):
    """Largest minus smallest of the rows, where all are there."""
    return np.max(values, 0) - np.min(values, 0) if len(values) else np.array([])


def clicks(events, name, echo_name, offset_ns):
    """How often each click of the Echo left this speaker, between its first and last."""
    def times(device):
        return np.array([e["leaves_ns"] for e in events if (e["device"], e["event"]) == (device, "click")])
    sent, heard = times(echo_name), times(name)
    if not len(heard):
        return {"sent": 0, "heard": 0, "missing": 0, "doubled": 0}
    sent = sent[(sent + offset_ns > heard[0] - 3e8) & (sent + offset_ns < heard[-1] + 3e8)]
    hits = [np.count_nonzero(np.abs(heard - offset_ns - one) < 3e8) for one in sent]
    return {"sent": len(sent), "heard": len(heard), "missing": hits.count(0),
            "doubled": len(heard) - len(sent) + hits.count(0)}


def recovery(name, deeds, events, heard, grid, offsets, begin_ns):
    """How a speaker left and came back: seconds until the link, and from there to being in sync."""
    verbs = {verb: [d["at"] for d in deeds if d["words"] == [name, verb]]
             for verb in ("vanish", "off", "return", "on")}
    left, back = (verbs["vanish"] or verbs["off"]), (verbs["return"] or verbs["on"])
    if not left or not back:
        return None
    links = [(e["t_ns"] - begin_ns) / 1e9 for e in events if (e["device"], e["event"]) == (name, "connected")]
    link = min((t for t in links if t >= back[-1]), default=None)
    found = {"left_s": left[0], "back_s": back[-1], "link_after_s": None, "sound_after_s": None,
             "in_sync_after_s": None}
    if link is None:
        return found
    found["link_after_s"] = round(link - back[-1], 3)
    sound = min((t for t in heard.begins if t >= link), default=None)
    if sound is not None:
        found["sound_after_s"] = round(sound - link, 3)
    # From the moment that is heard; the grid counts when it was sent.
    good = np.abs(offsets) <= IN_SYNC_MS
    steps = int(STAYS_S / (grid[1] - grid[0]))
    for k in np.flatnonzero(good & (grid + np.nan_to_num(heard.at(grid, 1)) / 1e3 >= link)):
        if k + steps <= len(good) and good[k:k + steps].all():
            found["in_sync_after_s"] = round(float(grid[k] + heard.at(grid[k:k + 1], 1)[0] / 1e3 - link), 2)
            break
    return found


def of(out):
    """All figures of the run in directory `out`."""
    spec = json.loads((out / "scenario.json").read_text())
    world = out / "world"
    events = [json.loads(line) for line in (world / "events.jsonl").read_text().splitlines()]
    sending = [e for e in events if e["event"] == "sending"][-1]
    begin_ns = sending["begins_ns"]
    echo = (begin_ns, sending["rate"] * (1 + sending["ppm"] * 1e-6))
    original, rate = read_wav(out / "echo.wav")
    assert rate == RATE == sending["rate"]
    at_rate = {}

    def reference(rate):
        if rate not in at_rate:
            at_rate[rate] = resampled(original, rate)
        return at_rate[rate]

    readers = {s["name"]: (bluetooth_takes, s) for s in spec["speakers"]}
    readers |= {w["name"]: (wired_takes, w) for w in spec["wires"]}
    heard = {name: Heard(read(world, name, events), reference, echo) for name, (read, _) in readers.items()}
    grid = np.arange(SETTLED_S, spec["seconds"] - 1.0, 0.1)
    raw = np.array([h.at(grid, 1) for h in heard.values()])
    corrected = np.array([h.at(grid, 2) for h in heard.values()])

    speakers = {}
    for k, (name, h) in enumerate(heard.items()):
        _, device = readers[name]
        others = np.delete(corrected, k, 0)
        middle = np.array([np.median(one[~np.isnan(one)]) if not np.isnan(one).all() else np.nan for one in others.T])
        one = {
            "wired": "card" in device,
            "buffer_ms": device.get("buffer", 0),
            "latency_ms": summary(raw[k]), "own_latency_ms": summary(corrected[k] - device.get("buffer", 0)),
            "offset_ms": summary(corrected[k] - middle),
            "walk_us_per_s": walk(grid, raw[k]), "corrected_walk_us_per_s": walk(grid, corrected[k]),
            "heard_from_s": round(min(h.begins), 3) if h.begins else None,
            "heard_until_s": round(max(h.ends), 3) if h.ends else None,
            "breaks": h.breaks, "correlation": round(float(np.median(h.likeness)), 4) if h.likeness else None,
        }
        if not one["wired"]:
            mine = [e for e in events if e["device"] == name]
            with open(world / f"{name}.packets.csv") as file:
                packets = list(csv.DictReader(file))
            one |= {
                "packets": len(packets), "sessions": len({p["session"] for p in packets}),
                "lost_packets": sum(e["missing"] for e in mine if e["event"] == "sequence_gap"),
                "bad_frames": sum(e["event"] == "bad_frame" for e in mine),
                "underruns": [{"at_s": round((e["t_ns"] - begin_ns) / 1e9, 3), "late_ms": round(e["late_ms"], 2)}
                              for e in mine if e["event"] == "underrun"],
                "least_margin_ms": min((float(p["margin_ms"]) for p in packets if float(p["margin_ms"]) >= 0),
                                       default=None),
                "clicks": clicks(events, name, spec["echo"]["name"], 1e6 * (np.nanmedian(raw[k]) if len(h.rows) else 0)),
                "recovery": recovery(name, spec["deeds"], events, h, grid, corrected[k] - middle, begin_ns),
            }
        speakers[name] = one

    owns = [s["own_latency_ms"]["median"] for s in speakers.values() if s["own_latency_ms"]]
    return {
        "scenario": spec["name"], "program": spec["program"], "seconds": spec["seconds"],
        # Of the slowest speaker: the others wait for it.
        "own_latency_ms": min(owns, default=None),
        "spread_ms": {"raw": summary(spread(raw)), "raw_walk_us_per_s": walk(grid, spread(raw)),
                      "corrected": summary(spread(corrected)),
                      "corrected_walk_us_per_s": walk(grid, spread(corrected))},
        "speakers": speakers,
    }


def told(found):
    """The figures for a person."""
    def text(value, unit="ms"):
        return "nothing" if value is None else f"{value['median']:.3f} {unit} (p99 {value['p99']:.3f}, max {value['max']:.3f})"
    of_spread = found["spread_ms"]
    lines = [f"{found['scenario']}: {found['program']}, {found['seconds']:g} s",
             f"  spread, corrected   {text(of_spread['corrected'])}, walks {of_spread['corrected_walk_us_per_s']} µs/s",
             f"  spread, raw         {text(of_spread['raw'])}, walks {of_spread['raw_walk_us_per_s']} µs/s",
             f"  own latency         {found['own_latency_ms']} ms"]
    for name, s in found["speakers"].items():
        lines.append(f"  {name:8} latency {text(s['latency_ms'])}, buffer {s['buffer_ms']} ms, "
                     f"heard {s['heard_from_s']} to {s['heard_until_s']} s, correlation {s['correlation']}")
        if not s["wired"]:
            c = s["clicks"]
            lines.append(f"           {s['packets']} packets, {len(s['underruns'])} underruns, {s['lost_packets']} lost; "
                         f"clicks {c['heard']} of {c['sent']}, {c['missing']} missing, {c['doubled']} doubled; "
                         f"least margin {s['least_margin_ms']} ms")
            if s["recovery"]:
                lines.append("           " + ", ".join(f"{k} {v}" for k, v in s["recovery"].items()))
        for one in s["breaks"][:12]:
            lines.append(f"           break at {one['at_s']} s: {one['silent_ms']} ms silent, {one['skipped_ms']} ms skipped")
        if len(s["breaks"]) > 12:
            lines.append(f"           and {len(s['breaks']) - 12} breaks more")
    return "\n".join(lines)


if __name__ == "__main__":
    print(told(of(Path(sys.argv[1]))))
