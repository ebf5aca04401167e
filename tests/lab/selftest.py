#!/usr/bin/env python3
"""selftest.py [--microphone] - the noise floor of the instrument itself.

1. Bursts delayed by known fractions of a sample, quantised to 16 bits, against the
   estimator. 2. A tone with known defects against the click counter and the THD+N.
3. The signal played on devices with crystals of their own (S16): the time each mark
   is heard against start + n / rate, which no scheduling can change. 4. With
   --microphone: where the simulated microphone has each burst against where the
   speakers' own logs say it must be. Exits 1 when an error is above its limit.
"""

import glob
import os
import subprocess
import sys
import tempfile

import bootstrap
import numpy as np
import conf
import figures
import marks
import scenario
import tape
from marks import BURST, RATE, SLOT

ESTIMATOR_LIMIT_US = 0.01
PLAYBACK_LIMIT_US = 0.01
MICROPHONE_LIMIT_US = 5.0  # 4-point interpolation: a microphone, not a reference
SECONDS = 4
DEVICES = {"lab1": {"ppm": 0.0}, "lab2": {"ppm": 50.0, "gran_ms": 5.0, "jitter_ms": 0.5},
           "lab3": {"ppm": -80.0, "latency_ms": 150.0}, "lab4": {"ppm": 120.0, "wander_ppm": 0.0}}


def estimator(cases=200):
    """Greatest error of `locate`, microseconds."""
    random, errors = np.random.default_rng(3), []
    for k in range(cases):
        delay = random.uniform(-0.5, 0.5)
        x = np.zeros(3 * BURST)
        x[BURST:2 * BURST] = marks.burst(k)
        f = np.fft.rfftfreq(len(x), 1)
        x = np.fft.irfft(np.fft.rfft(x) * np.exp(-2j * np.pi * f * delay), len(x))
        x = np.round(x * 32767 + random.random(len(x)) - random.random(len(x))) / 32767
        position, _ = marks.locate(x, k)
        errors.append((position - (BURST * 1.5 + delay)) / RATE * 1e6)
    errors = np.array(errors)
    print(f"estimator: {cases} fractional delays, error us: mean {errors.mean():+.5f} sd {errors.std():.5f} max {np.abs(errors).max():.5f}")
    return float(np.abs(errors).max())


class Tone:
    """A speaker that plays the signal's tone in 16 bits, with some frames left out or doubled."""

    def __init__(self, dropped=(), doubled=(), seconds=3):
        random = np.random.default_rng(5)
        n = np.sort(np.concatenate([np.setdiff1d(np.arange(seconds * RATE), dropped), np.asarray(doubled, int)]))
        x = marks.TONE_AMPLITUDE * np.sin(2 * np.pi * marks.TONE * n / RATE) * 32767
        raw = np.round(x + random.random(len(n)) - random.random(len(n))).astype("<i2")
        stretch = tape.Stretch(0.0, 0.0)
        stretch.f.append(float(len(raw)))
        stretch.t.append(len(raw) / RATE)
        stretch.close()
        stretch.start, stretch.end = 0, len(raw)
        self.parts = [(np.stack([raw, raw], axis=1), 32768.0, stretch)]


def defects():
    """How many defects are miscounted; the THD+N of a clean 16-bit tone must be near its -88 dB, too."""
    clean, hurt = Tone(), Tone(dropped=[50000, 90001], doubled=[120000])
    counted, _ = figures.clicks(clean, 0, 10)
    found, times = figures.clicks(hurt, 0, 10)
    noise, _ = figures.thd_n(clean, 0, 10)
    print(f"defects: clean tone {counted['over60']} clicks, THD+N {noise} dB; three defects found {found['over60']} at "
          f"{', '.join(f'{t:.4f}' for t in times)} s")
    expected = [49998 / RATE, 89998 / RATE, 119998 / RATE]
    placed = len(times) == len(expected) and np.allclose(times, expected, atol=4 / RATE)
    return counted["over60"] + abs(found["over60"] - 3) + (not placed) + (not -90 < noise < -86)


def world(directory, devices):
    """Writes a run directory by hand; returns the environment for a program in it."""
    with open(os.path.join(directory, "asound.conf"), "w") as f:
        f.write(conf.text(devices))
    with open(os.path.join(directory, "epoch"), "w") as f:
        f.write(f"{scenario.clock():.9f}\n")
    return dict(os.environ, LAB_DIR=directory, ALSA_CONFIG_PATH=os.path.join(directory, "asound.conf"))


def play(environment, names, signal, seconds):
    """Plays the signal on all devices at once with the probe."""
    programs = [subprocess.Popen([os.path.join(bootstrap.BUILD, "probe"), n, str(seconds), signal], env=environment) for n in names]
    if any(p.wait(timeout=seconds + 30) for p in programs):
        sys.exit("The probe could not play on the lab's devices.")


def playback(directory):
    """Greatest error of a mark's time on any device, microseconds."""
    signal = os.path.join(directory, "signal.raw")
    marks.generate(signal, SECONDS)
    devices = {n: dict(d, buffer_max_ms=2000) for n, d in DEVICES.items()}
    play(world(directory, devices), devices, signal, SECONDS)
    worst = 0.0
    for name, d in devices.items():
        speaker = tape.Speaker(directory, name)
        _, _, first = speaker.parts[0]
        rate = RATE * (1 + d["ppm"] * 1e-6)
        begin = float(first.t[0]) - d.get("latency_ms", 0) * 1e-3
        heard = speaker.heard(lambda frame: begin + frame / rate, range(SECONDS * RATE // SLOT), 0.5)
        errors = np.array([t - begin - (k * SLOT + SLOT / 2) / rate for k, t in heard.items()]) * 1e6 - d.get("latency_ms", 0) * 1e3
        if len(errors) < SECONDS:
            sys.exit(f"Only {len(errors)} marks were heard on {name}.")
        print(f"playback: {name} at {d['ppm']:+g} ppm, {len(errors)} marks, error us: mean {errors.mean():+.5f} max {np.abs(errors).max():.5f}")
        worst = max(worst, float(np.abs(errors).max()))
    return worst


def microphone(directory, seconds=12):
    """Greatest median error of a speaker in the microphone, microseconds."""
    devices = conf.load(os.path.join(bootstrap.HERE, "mic.json"))
    flights = {w.split(":")[0]: float(w.split(":")[2]) for w in devices["labmic"]["mic"].split()}
    signal = os.path.join(directory, "signal.raw")
    marks.generate(signal, seconds)
    environment = world(directory, devices)
    listen = subprocess.Popen(["arecord", "-q", "-D", "labmic", "-t", "raw", "-f", "S16_LE", "-r", "48000", "-c", "1",
                               "-d", str(seconds + 1), "/dev/null"], env=environment)
    play(environment, flights, signal, seconds)
    listen.wait(timeout=seconds + 30)
    base = sorted(glob.glob(os.path.join(directory, "mic.*.map")))[0]
    m = tape.Map(base)
    line, raw = m.stretches[0], np.fromfile(base[:-4] + ".pcm", "<i2") / 32768.0
    slope = (line.f[1] - line.f[0]) / (line.t[1] - line.t[0])
    worst = 0.0
    for name, flight in flights.items():
        speaker = tape.Speaker(directory, name)
        begin, errors = float(speaker.parts[0][2].t[0]), []
        for k, t in speaker.heard(lambda frame: begin + frame / RATE, range(seconds * 2), 0.2).items():
            expected = (t + flight * 1e-3 + float(m.header["latency"]) - line.t[0]) * slope
            a = int(expected) - BURST // 2 - 48
            if 0 <= a and a + BURST + 96 <= len(raw):
                position, _ = marks.locate(raw[a:a + BURST + 96], k)
                errors.append((a + position - expected) / RATE * 1e6)
        errors = np.array(errors)
        print(f"microphone: {name}, {len(errors)} bursts, error us: median {np.median(errors):+.2f} sd {errors.std():.2f} max {np.abs(errors).max():.2f}")
        worst = max(worst, abs(float(np.median(errors))))
    return worst


def main():
    subprocess.run(["make", "-s", "-C", bootstrap.HERE, f"OUT={bootstrap.BUILD}"], check=True)
    checks = [("estimator", estimator(), ESTIMATOR_LIMIT_US, "us"), ("defects", float(defects()), 0.0, "miscounted")]
    with tempfile.TemporaryDirectory() as directory:
        checks.append(("playback", playback(directory), PLAYBACK_LIMIT_US, "us"))
    if "--microphone" in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as directory:
            checks.append(("microphone", microphone(directory), MICROPHONE_LIMIT_US, "us"))
    failed = [f"{name}: {error:.4f} {unit}, limit {limit:g}" for name, error, limit, unit in checks if not error <= limit]
    if failed:
        sys.exit("The instrument is off: " + "; ".join(failed))
    print("The instrument is sound.")


if __name__ == "__main__":
    main()
