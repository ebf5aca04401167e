"""What a run left behind: recordings with their frame -> time maps, freezes of the machine.

Guarantees: times are seconds of CLOCK_MONOTONIC_RAW (divided by the slow-time
factor, like every clock of the run), at the speaker's cone: the device's hidden
or reported latency is already added. Nothing is filtered out here.
"""

import glob
import os
import re

import bootstrap  # noqa: F401
import numpy as np
from marks import BURST, RATE, SLOT, locate, locate_detuned

SAMPLES = {"S16_LE": ("<i2", 32768.0), "S32_LE": ("<i4", 2147483648.0), "FLOAT_LE": ("<f4", 1.0)}
# A burst counts as heard from this correlation on.
HEARD = 0.6


class Stretch:
    """One uninterrupted run of frames with its frame -> time map."""

    def __init__(self, frame, time):
        self.f, self.t, self.gaps = [frame], [time], []
        self.start = self.end = 0

    def close(self):
        """Sorts the map; call once, after the last point."""
        self.f, order = np.unique(np.array(self.f, float), return_index=True)
        self.t = np.array(self.t, float)[order]

    def time(self, frame):
        """When a frame is at the converter; beyond the last point the last slope goes on."""
        frame = np.asarray(frame, float)
        if len(self.f) < 2:
            return self.t[0] + (frame - self.f[0]) / RATE
        slope = (self.t[-1] - self.t[-2]) / (self.f[-1] - self.f[-2])
        return np.where(frame > self.f[-1], self.t[-1] + (frame - self.f[-1]) * slope,
                        np.interp(frame, self.f, self.t))

    def frame(self, time):
        """The frame at a time, held at both ends."""
        return np.interp(time, self.t, self.f)


class Map:
    """A .map file: header, stretches, times of xruns and of vanishing."""

    def __init__(self, path):
        self.header, self.stretches, self.xruns, self.vanished = {}, [], [], []
        with open(path) as lines:
            for line in lines:
                self._take(line.split())
        for s in self.stretches:
            s.close()

    def _take(self, p):
        kind = p[0] if p else ""
        here = self.stretches[-1] if self.stretches else None
        if kind == "H":
            self.header.update(kv.split("=", 1) for kv in p[1:] if "=" in kv)
        elif kind == "S":
            self.stretches.append(Stretch(float(p[1]), float(p[2])))
        elif kind == "M" and here:
            here.f.append(float(p[1]))
            here.t.append(float(p[2]))
        elif kind == "G" and here:
            here.gaps.append((int(p[1]), int(p[2])))
        elif kind == "X":
            self.xruns.append(float(p[2]))
        elif kind == "V":
            self.vanished.append(float(p[2]))


class Speaker:
    """All that one speaker played: parts of (frames, full scale, stretch), xruns, silent gaps."""

    def __init__(self, directory, name):
        self.name, self.parts, self.xruns, self.gaps, self.header = name, [], [], [], {}
        for path in sorted(glob.glob(os.path.join(glob.escape(directory), name + ".[0-9]*.map"))):
            m = Map(path)
            if m.stretches:
                self._add(m, path[:-4] + ".pcm")

    def _add(self, m, pcm):
        self.header = m.header
        self.xruns += m.xruns
        kind, full_scale = SAMPLES[m.header["format"]]
        channels = int(m.header["channels"])
        if os.path.getsize(pcm) == 0:
            return
        raw = np.memmap(pcm, kind, "r")
        raw = raw[: len(raw) // channels * channels].reshape(-1, channels)
        for i, s in enumerate(m.stretches):
            end = int(m.stretches[i + 1].f[0]) if i + 1 < len(m.stretches) else len(raw)
            s.t = s.t + float(m.header.get("latency", 0))
            s.start, s.end = int(s.f[0]), min(end, len(raw))
            if s.end - s.start >= 64:
                self.parts.append((raw, full_scale, s))
                self.gaps += [(float(s.time(a)), n) for a, n in s.gaps]

    def last(self):
        """When its last frame was heard; 0 when it never played."""
        return max((float(s.time(s.end)) for _, _, s in self.parts), default=0.0)

    def heard(self, source_time, slots, longest):
        """{slot: time its burst was heard}; a slot heard twice counts where it is clearer.
        `longest`: the greatest latency to search, seconds."""
        found = {}
        for part in self.parts:
            for slot, time, quality in _marks(part, source_time, slots, longest):
                if slot not in found or quality > found[slot][1]:
                    found[slot] = (time, quality)
        return {slot: time for slot, (time, _) in found.items()}


def _marks(part, source_time, slots, longest):
    raw, full_scale, s = part
    begin, end = float(s.time(s.start)), float(s.time(s.end))
    last = None
    for slot in slots:
        emitted = source_time(slot * SLOT + SLOT / 2)
        if emitted + longest < begin or emitted - 0.2 > end:
            continue
        windows = [(emitted - 0.1, emitted + longest)]
        if last is not None:
            windows.insert(0, (emitted + last - 0.02, emitted + last + 0.02))
        for low, high in windows:
            a = max(int(s.frame(max(low, begin))) - BURST // 2 - 8, s.start)
            b = min(int(s.frame(min(high, end))) + BURST // 2 + 8, s.end)
            if b - a < BURST + 4:
                continue
            x = np.asarray(raw[a:b, 0], float) / full_scale
            position, quality = locate(x, slot)
            if quality < HEARD and np.max(np.abs(x)) > 0.05:
                position, quality = locate_detuned(x, slot)
                quality = quality * 0.75 if quality > 0.8 else 0
            if quality >= HEARD:
                time = float(s.time(a + position))
                last = time - emitted
                yield slot, time, quality
                break


class Source:
    """The timeline of what was played into the program under test."""

    def __init__(self, directory):
        maps = sorted(glob.glob(os.path.join(glob.escape(directory), "source*.map")))
        m = Map(maps[0]) if maps else None
        if not m or not m.stretches:
            raise SystemExit(f"The program never started capturing from labsrc; its logs are in {directory}.")
        self.xruns = len(m.xruns)
        first = m.stretches[0]
        self._frame, self._time = first.f[0], first.t[0]
        self._rate = RATE * (1 + float(m.header.get("ppm", 0)) * 1e-6)

    def time(self, frame):
        """When the source emitted this frame of the signal."""
        return float(self._time + (frame - self._frame) / self._rate)


class Freezes:
    """The machine's own freezes, as the watchers logged them."""

    def __init__(self, directory):
        self.all = []
        for path in glob.glob(os.path.join(glob.escape(directory), "freeze.*.log")):
            with open(path) as lines:
                self.all += [(float(t), float(ms)) for t, ms in (x.split() for x in lines if len(x.split()) == 2)]
        self.all.sort()
        self._ends = np.array([t for t, ms in self.all if ms >= 5.0])

    def near(self, time, before, after):
        """True when a freeze of 5 ms or more ended within (time - after, time + before)."""
        return bool(len(self._ends)) and bool(np.any((time >= self._ends - before) & (time <= self._ends + after)))

    def within(self, begin, end):
        """(how many of 10 ms or more, the worst in ms)"""
        here = [ms for t, ms in self.all if begin <= t <= end]
        return sum(ms >= 10 for ms in here), max(here, default=0.0)


def speaker_names(directory):
    """Every device that logged playback."""
    names = {re.sub(r"\.\d+\.map$", "", os.path.basename(p)) for p in glob.glob(os.path.join(glob.escape(directory), "*.map"))}
    return sorted(n for n in names if not n.startswith(("source", "mic")))


def epoch(directory):
    """The run's zero."""
    with open(os.path.join(directory, "epoch")) as f:
        return float(f.read())
