"""The sound that the Echo plays, and where a stretch of a recording comes from in it.

Positions are in samples of the sound at the recording's rate; nothing here knows time.
"""

import sys
import wave
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "lab"))
import bootstrap  # noqa: E402,F401  (finds a Python with numpy)

import numpy as np  # noqa: E402

RATE = 44100
BLOCK = 4096  # samples that are timed together
PART = 256  # samples of which all must be the Echo's sound
WHOLE = 0.7  # correlation from which a part is what the Echo played
LOUD = 100.0  # rms below which nothing is played


def write_sound(path, seconds):
    """What the Echo plays: unique noise of 0.1 to 8 kHz, and a click at every full second."""
    count = int(seconds * RATE)
    size = (count // RATE + 1) * RATE
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(size))
    f = np.fft.rfftfreq(size, 1 / RATE)
    spectrum[(f < 100) | (f > 8000)] = 0
    sound = np.fft.irfft(spectrum, size)[:count]
    sound *= 2500 / np.std(sound)
    for second in range(0, count - 8, RATE):
        sound[second:second + 8] = 30000
    write_wav(path, sound, RATE)


def write_wav(path, mono, rate):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.repeat(np.clip(np.round(mono), -32768, 32767), 2).astype("<i2").tobytes())


def read_wav(path):
    """(left channel, rate)."""
    with wave.open(str(path)) as file:
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return frames[::file.getnchannels()].astype(float), file.getframerate()


def resampled(sound, rate):
    """The whole of a sound of RATE at another rate."""
    if rate == RATE:
        return sound
    seconds = len(sound) // RATE + 1
    spectrum = np.fft.rfft(sound, seconds * RATE)
    wide = np.zeros(seconds * rate // 2 + 1, complex)
    count = min(len(spectrum), len(wide))
    wide[:count] = spectrum[:count]
    return np.fft.irfft(wide, seconds * rate) * rate / RATE


def likeness(part, block):
    """Correlation, −1 to 1, of a block with every stretch of `part` of its length."""
    size = len(part) + len(block)
    if size < 8 * BLOCK:
        product = np.correlate(part, block, "valid")
    else:
        size = 1 << size.bit_length()
        product = np.fft.irfft(np.fft.rfft(part, size) * np.conj(np.fft.rfft(block, size)), size)
        product = product[:len(part) - len(block) + 1]
    energy = np.cumsum(np.concatenate(([0.0], part**2)))
    energy = energy[len(block):] - energy[:-len(block)]
    return product / np.sqrt(np.maximum(energy * np.dot(block, block), 1.0))


def place(sound, block, expected, within):
    """(where in `sound` the block begins, correlation); (None, 0) outside of it."""
    low = max(0, int(expected) - within)
    part = sound[low:max(0, int(expected) + within + len(block))]
    if len(part) < len(block) + 2:
        return None, 0.0
    like = likeness(part, block)
    top = int(np.argmax(like))
    exact = float(top)
    if 0 < top < len(like) - 1:
        a, b, c = like[top - 1:top + 2]
        exact += (a - c) / (2 * (a - 2 * b + c))
    return low + exact, float(like[top])


def parts_of(sound, block, places):
    """For each part of a block: where it begins in `sound`, or NaN if it is not from there.

    `places` are where the block would begin, by itself and by its neighbours: sound that
    jumps inside a block is whole on both sides of the jump.
    """
    found = np.full(len(block) // PART, np.nan)
    best = np.full(len(found), WHOLE)
    own = block.reshape(-1, PART)
    power = np.maximum(np.sum(own**2, 1), 1.0)
    loud = np.sqrt(power / PART) > LOUD
    for begin in {round(p) for p in places if p is not None}:
        for lag in range(-10, 11):
            at = begin + lag
            if at < 0 or at + len(block) > len(sound):
                continue
            theirs = sound[at:at + len(block)].reshape(-1, PART)
            like = np.sum(own * theirs, 1) / np.sqrt(power * np.maximum(np.sum(theirs**2, 1), 1.0))
            better = loud & (like > best)
            best[better] = like[better]
            found[better] = at + np.flatnonzero(better) * PART
    return found
