"""The test signal, and where its marks are in a recording.

Left: a unique 85 ms noise burst (0.2-9 kHz) every 0.5 s, seeded by its slot
number, so that each slot is recognised on its own and timed to a small fraction
of a sample. Right: 997 Hz at -6 dBFS, in which every inserted, dropped or
damaged sample shows, and the THD+N.

Guarantees: positions are in samples from the start of the array given, of the
burst's centre; no clock is read here.
"""

import functools
import os

import bootstrap  # noqa: F401
import numpy as np

RATE = 48000
SLOT = 24000  # frames from one burst to the next
BURST = 4096  # frames of one burst
BAND = (200.0, 9000.0)  # Hz
TONE = 997.0  # Hz: prime, so that it never repeats within a period of a device
TONE_AMPLITUDE = 0.5
# What is left of a burst played off pitch: high frequencies smear first.
DETUNED_BAND = (200.0, 1200.0)
DETUNED_STRETCH = np.arange(-0.012, 0.0121, 0.002)


@functools.lru_cache(maxsize=64)
def burst(slot):
    """The burst of a slot: BURST samples, peak 0.5, raised-cosine ends."""
    spectrum = np.fft.rfft(np.random.default_rng(1000003 + slot).standard_normal(BURST))
    f = np.fft.rfftfreq(BURST, 1 / RATE)
    spectrum[(f < BAND[0]) | (f > BAND[1])] = 0
    x = np.fft.irfft(spectrum)
    ramp = 512
    window = np.ones(BURST)
    window[:ramp] = 0.5 - 0.5 * np.cos(np.pi * np.arange(ramp) / ramp)
    window[-ramp:] = window[:ramp][::-1]
    x *= window
    return x * (0.5 / np.max(np.abs(x)))


def generate(path, seconds):
    """Writes the signal as S16 stereo with triangular dither; atomic, so that runs may share it."""
    dither = np.random.default_rng(7)
    partial = f"{path}.{os.getpid()}"
    with open(partial, "wb") as out:
        for slot in range(int(seconds * RATE) // SLOT):
            t = np.arange(slot * SLOT, (slot + 1) * SLOT)
            x = np.zeros((SLOT, 2))
            x[SLOT // 2 - BURST // 2: SLOT // 2 + BURST // 2, 0] = burst(slot)
            x[:, 1] = TONE_AMPLITUDE * np.sin(2 * np.pi * TONE * t / RATE)
            noise = dither.random((SLOT, 2)) - dither.random((SLOT, 2))
            out.write(np.clip(np.round(x * 32767 + noise), -32768, 32767).astype("<i2").tobytes())
    os.replace(partial, path)


def ensure(path, seconds=300):
    """Makes the signal unless one of at least this length is there."""
    if not os.path.exists(path) or os.path.getsize(path) < int(seconds * RATE) // SLOT * SLOT * 4:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        generate(path, seconds)


@functools.lru_cache(maxsize=64)
def _template(slot):
    b = burst(slot)
    return b, np.fft.rfft(b, 2 * BURST), float(np.sqrt(np.sum(b * b)))


_F = np.fft.rfftfreq(2 * BURST, 1 / RATE)
_USED = (_F > 300) & (_F < 8500)


def locate(x, slot):
    """(position of the burst's centre, correlation 0..1): correlation peak, then the phase slope
    of the cross spectrum, weighted by magnitude."""
    b, spectrum, energy = _template(slot)
    n = 1 << int(np.ceil(np.log2(len(x) + BURST)))
    c = np.fft.irfft(np.fft.rfft(x, n) * np.conj(np.fft.rfft(b, n)), n)[: max(1, len(x) - BURST + 1)]
    i = int(np.argmax(np.abs(c)))
    w = x[i:i + BURST]
    quality = abs(c[i]) / (energy * np.sqrt(np.sum(w * w)) + 1e-9)
    a = max(0, i - 8)
    window = np.zeros(2 * BURST)
    take = x[a:i + BURST + 8]
    window[:len(take)] = take
    cross = np.fft.rfft(window) * np.conj(spectrum) * np.exp(2j * np.pi * _F / RATE * (i - a))
    used = cross[_USED] if c[i] >= 0 else -cross[_USED]  # an inverted speaker is still heard
    weight, omega = np.abs(used), 2 * np.pi * _F[_USED] / RATE
    delay = -np.sum(weight * np.angle(used) * omega) / (np.sum(weight * omega * omega) + 1e-30)
    return i + delay + BURST / 2, quality


@functools.lru_cache(maxsize=64)
def _stretched(slot):
    spectrum = np.fft.rfft(burst(slot))
    f = np.fft.rfftfreq(BURST, 1 / RATE)
    spectrum[(f < DETUNED_BAND[0]) | (f > DETUNED_BAND[1])] = 0
    b, t = np.fft.irfft(spectrum), np.arange(BURST) - BURST / 2
    return [np.interp(t * (1 + p), t, b, 0, 0) for p in DETUNED_STRETCH]


def locate_detuned(x, slot):
    """The same for a burst played off pitch (a resampler that is catching up): 0.2-1.2 kHz only,
    up to 1.2 % stretch, good to a few microseconds."""
    n = 1 << int(np.ceil(np.log2(len(x) + BURST)))
    spectrum = np.fft.rfft(x, n)
    f = np.fft.rfftfreq(n, 1 / RATE)
    spectrum[(f < DETUNED_BAND[0]) | (f > DETUNED_BAND[1])] = 0
    low = np.fft.irfft(spectrum, n)
    energy = np.concatenate([[0], np.cumsum(low * low)])
    best = (0, 0.0)
    for b in _stretched(slot):
        c = np.abs(np.fft.irfft(spectrum * np.conj(np.fft.rfft(b, n)), n)[: max(1, len(x) - BURST + 1)])
        i = int(np.argmax(c))
        quality = c[i] / np.sqrt(np.sum(b * b) * max(energy[i + BURST] - energy[i], 1e-12))
        if quality > best[1]:
            part = 0.0
            if 0 < i < len(c) - 1:
                curve = c[i - 1] - 2 * c[i] + c[i + 1]
                part = 0.5 * (c[i - 1] - c[i + 1]) / curve if curve else 0.0
            best = (i + part + BURST / 2, quality)
    return best


if __name__ == "__main__":
    ensure(bootstrap.SIGNAL)
