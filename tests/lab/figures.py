"""Numbers from recordings: percentiles, clicks, THD+N, time until something holds.

Guarantees: pure functions of their arguments; times in seconds, results named
with their unit.
"""

import bootstrap  # noqa: F401
import numpy as np
from marks import RATE, TONE

# Second-difference residual of the tone that counts as a click, full scale = 1.
CLICK_LEVELS = {"over60": 1e-3, "over40": 1e-2, "over20": 1e-1}
# Hits closer than this are one click.
CLICK_HOLD = 48


def percentiles(seconds):
    """Of the magnitude, in microseconds."""
    a = np.abs(np.asarray(seconds, float)) * 1e6
    if not len(a):
        return dict(n=0)
    return dict(n=len(a), median=round(float(np.median(a)), 2), p95=round(float(np.percentile(a, 95)), 2),
                p99=round(float(np.percentile(a, 99)), 2), max=round(float(a.max()), 2))


def spread(offsets):
    """Largest minus smallest of each row."""
    return offsets.max(axis=1) - offsets.min(axis=1)


def hold(times, values, start, limit, need=10.0):
    """First time from `start` on from which every value stays within `limit` for `need` seconds;
    None if that never happens. A missing value breaks the hold."""
    begin = None
    for t, v in zip(times, values):
        if t < start:
            continue
        if v is None or v > limit:
            begin = None
            continue
        begin = t if begin is None else begin
        if t - begin >= need:
            return begin
    return None


def clicks(speaker, begin, end):
    """Residual x[n] - 2 cos(w) x[n-1] + x[n-2] of the tone: zero for the tone, large at any defect.
    Returns (counts, times of the clicks)."""
    w = 2 * np.pi * TONE / RATE
    counts, worst, seconds, times = dict.fromkeys(CLICK_LEVELS, 0), 0.0, 0.0, []
    for raw, full_scale, s in speaker.parts:
        a, b = max(s.start, int(s.frame(begin))), min(s.end, int(s.frame(end)))
        if b - a < RATE // 10 or float(s.time(a)) > end or float(s.time(b)) < begin:
            continue
        seconds += (b - a) / RATE
        previous = -10 ** 9
        for c in range(a, b, 10 * RATE):
            x = np.asarray(raw[c:min(c + 10 * RATE + 2, b), 1], float) / full_scale
            if len(x) < 3:
                continue
            residual = np.abs(x[2:] - 2 * np.cos(w) * x[1:-1] + x[:-2])
            worst = max(worst, float(residual.max()))
            for first, last in _groups(np.nonzero(residual > CLICK_LEVELS["over60"])[0]):
                if c + first - previous > CLICK_HOLD:
                    peak = residual[first:last + 1].max()
                    for name, level in CLICK_LEVELS.items():
                        counts[name] += int(peak > level)
                    times.append(float(s.time(c + first)))
                previous = c + last
    return dict(counts, worst_dbfs=round(float(20 * np.log10(worst + 1e-9)), 1), seconds=round(seconds, 1)), times


def _groups(hits):
    """Neighbouring hits as (first, last)."""
    i = 0
    while i < len(hits):
        j = i
        while j + 1 < len(hits) and hits[j + 1] - hits[j] < CLICK_HOLD:
            j += 1
        yield int(hits[i]), int(hits[j])
        i = j + 1


def thd_n(speaker, begin, end):
    """(median, worst) of 1 s windows, dB relative to the tone, 20 Hz to 20 kHz; (None, None) without a tone."""
    window, f = np.blackman(RATE), np.fft.rfftfreq(RATE, 1 / RATE)
    tone = np.abs(f - TONE) <= 15
    rest = (f > 20) & (f < 20000) & ~tone
    values = []
    for raw, full_scale, s in speaker.parts:
        a, b = max(s.start, int(s.frame(begin))), min(s.end, int(s.frame(end)))
        step = RATE if b - a < 120 * RATE else 2 * RATE
        for c in range(a, b - RATE, step):
            x = np.asarray(raw[c:c + RATE, 1], float) / full_scale
            if np.max(np.abs(x)) >= 0.05:
                power = np.abs(np.fft.rfft(x * window)) ** 2
                values.append(10 * np.log10(power[rest].sum() / power[tone].sum()))
    return (round(float(np.median(values)), 1), round(float(np.max(values)), 1)) if values else (None, None)
