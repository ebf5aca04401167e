#!/usr/bin/env python3
"""Is the instrument sound? Checks the figures on worlds whose answer is known.

    tests/bluetooth_lab/selftest.py          # made-up recordings only, some seconds
    tests/bluetooth_lab/selftest.py --room   # and the room itself, with BlueALSA, about a minute
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "lab"))
import bootstrap  # noqa: E402,F401

import numpy as np  # noqa: E402

import figures  # noqa: E402
import scenario  # noqa: E402
from sound import RATE, read_wav, write_sound, write_wav  # noqa: E402

SECONDS = 40
failed = 0


def check(what, good, told=""):
    global failed
    failed += not good
    print("ok  " if good else "FAIL", what, told)


class World:
    """A made-up run: speakers are given as what they play of the Echo's sound, and when."""

    BEGIN = 5_000_000_000

    def __init__(self, folder):
        self.out, self.events, self.speakers, self.wires, self.deeds = folder, [], [], [], []
        (folder / "world").mkdir()
        write_sound(folder / "echo.wav", SECONDS + 5)
        self.sound = read_wav(folder / "echo.wav")[0]
        self.tell("Echo", "sending", self.BEGIN, begins_ns=self.BEGIN, rate=RATE, ppm=40)
        for second in range(SECONDS):
            self.tell("Echo", "click", self.BEGIN, leaves_ns=self.emitted(second * RATE))

    def tell(self, device, event, t_ns, **more):
        self.events.append({"t_ns": int(t_ns), "device": device, "event": event, **more})

    def emitted(self, sample):
        return self.BEGIN + sample * 1e9 / (RATE * (1 + 40e-6))

    def bluetooth(self, name, pieces, ppm, rate=RATE, session=1):
        """`pieces`: (first, last) of the Echo's samples, and ms from emission to sound.

        As an engine does it, the sound is brought from the Echo's crystal to true time;
        then the speaker plays it by its own.
        """
        played, starts, latency = [], [], 0.0
        for first, last, latency in pieces:
            count = int((last - first) / (1 + 40e-6) * rate / RATE)
            at = first + np.arange(count) * (1 + 40e-6) * RATE / rate
            starts.append((sum(map(len, played)), self.emitted(first) + latency * 1e6))
            played.append(np.interp(at, np.arange(len(self.sound)), self.sound))
        write_wav(self.out / f"world/{name}.{session}.wav", np.concatenate(played), rate)
        for k, (sample, leaves) in enumerate(starts):
            known = {"session": session, "sample": sample, "leaves_ns": int(leaves)}
            if k == 0:
                self.tell(name, "playing", leaves - 150e6, ppm=ppm, buffer_ms=150, **known)
            else:
                self.tell(name, "underrun", leaves - 150e6, late_ms=1.0, **known)
        if session == 1:
            self.speakers.append({"name": name, "buffer": 150, "ppm": ppm})
            path = self.out / f"world/{name}.packets.csv"
            path.write_text("session,margin_ms\n1,150.0\n")

    def wired(self, name, latency, ppm):
        """A cable that moves once in a millisecond, looked at at odd moments."""
        rate = 48000 * (1 + ppm * 1e-6)
        begin = self.BEGIN - 2e9
        t = begin + np.arange(0, (SECONDS + 3) * rate) * 1e9 / rate  # of each frame
        at = ((t - latency * 1e6 - self.BEGIN) / 1e9) * RATE * (1 + 40e-6)
        write_wav(self.out / f"world/{name}.1.wav",
                          np.interp(at, np.arange(len(self.sound)), self.sound, 0, 0), 48000)
        looks = begin + np.cumsum(np.random.default_rng(3).uniform(7e6, 8e6, (SECONDS + 2) * 130))
        frames = np.floor((np.floor(looks / 1e6) * 1e6 - begin) * rate / 1e9)
        (self.out / f"world/{name}.stamps.csv").write_text(
            "t_ns,frames\n" + "".join(f"{int(a)},{int(b)}\n" for a, b in zip(looks, frames) if b > 0))
        self.wires.append({"name": name, "card": name, "ppm": ppm})

    def figures(self):
        spec = {"name": "made up", "program": "nobody", "seconds": SECONDS, "speakers": self.speakers,
                "wires": self.wires, "deeds": self.deeds, "echo": {"name": "Echo"}}
        (self.out / "scenario.json").write_text(json.dumps(spec))
        (self.out / "world/events.jsonl").write_text("\n".join(map(json.dumps, self.events)))
        return figures.of(self.out)


def near(value, wanted, within):
    return value is not None and abs(value - wanted) <= within


def made_up(folder):
    print("Three speakers at 200.0, 200.3 and 200.1 ms, the last one wired:")
    world = World(folder / "steady")
    end = SECONDS * RATE
    world.bluetooth("A", [(RATE // 2, end, 200.0)], 25)
    world.bluetooth("B", [(RATE // 2, end, 200.3)], -40, rate=48000)
    world.wired("W", 200.1, 50)
    found = world.figures()
    a, b, w = (found["speakers"][n] for n in "ABW")
    both = found["spread_ms"]
    check("the latencies are found", near(a["own_latency_ms"]["median"], 50.0, 0.01) and
          near(b["own_latency_ms"]["median"], 50.3, 0.01) and near(w["own_latency_ms"]["median"], 200.1, 0.03),
          str([s["own_latency_ms"]["median"] for s in (a, b, w)]))
    check("the spread is 0.3 ms and stands still",
          near(both["corrected"]["p99"], 0.3, 0.02) and near(both["corrected_walk_us_per_s"], 0, 0.2), str(both))
    check("raw, A and B walk by their crystals",
          near(a["walk_us_per_s"], -25, 0.5) and near(b["walk_us_per_s"], 40, 0.5),
          str([a["walk_us_per_s"], b["walk_us_per_s"]]))
    check("nothing is broken", not a["breaks"] and not b["breaks"] and not w["breaks"],
          str([s["breaks"] for s in (a, b, w)]))

    print("A speaker that skips 30 ms, repeats 40 ms, falls silent for 300 ms, and is 1.1 ms late at the end:")
    world = World(folder / "broken")
    world.bluetooth("A", [(0, end, 200.0)], 0)
    s = RATE / 1000
    world.bluetooth("B", [(0, int(12000 * s), 200.0), (int(12030 * s), int(20000 * s), 170.0),
                          (int(19960 * s), int(25000 * s), 210.0), (int(25300 * s), int(30000 * s), 210.0),
                          (int(30000 * s), end, 211.1)], 0)
    found = world.figures()
    got = [(one["at_s"], one["silent_ms"], one["skipped_ms"]) for one in found["speakers"]["B"]["breaks"]]
    wanted = [(12.2, 0, 30), (20.17, 0, -40), (25.21, 300, 300), (30.21, 1.1, 0.0)]
    alike = len(got) == len(wanted) and all(
        near(g[0], w[0], 0.02) and near(g[1], w[1], 0.2) and near(g[2], w[2], 0.2)
        for g, w in zip(got, wanted))
    check("each break is found, where and how long", alike, str(got))
    check("the other has none", not found["speakers"]["A"]["breaks"])

    print("A speaker that vanishes, and is back in its place 2.4 s after its link:")
    world = World(folder / "back")
    world.bluetooth("A", [(0, end, 200.0)], 0)
    world.bluetooth("B", [(0, 10 * RATE, 200.0)], 0)
    world.tell("B", "connected", world.BEGIN + 20.5e9)
    world.bluetooth("B", [(int(21.5 * RATE), int(22.7 * RATE), 203.0), (int(22.697 * RATE), end, 200.0)], 0, session=2)
    world.deeds = [{"at": 10, "words": ["B", "vanish"]}, {"at": 20, "words": ["B", "return"]}]
    found = world.figures()["speakers"]["B"]
    back = found["recovery"]
    gone, caught_up = found["breaks"]
    check("its absence is a break", near(gone["silent_ms"], 11503, 10) and near(gone["skipped_ms"], 11500, 10) and
          near(caught_up["skipped_ms"], -3, 0.2), str(found["breaks"]))
    check("its way back is timed", near(back["link_after_s"], 0.5, 0.01) and near(back["sound_after_s"], 1.2, 0.02) and
          near(back["in_sync_after_s"], 2.4, 0.15), str(back))


def the_room(folder):
    print("BlueALSA in the room, twice:")
    first, second = (scenario.run("baseline", folder / name, seconds=16) for name in ("first", "second"))
    print(figures.told(first))
    both = first["spread_ms"]
    check("own latency about 56 ms", near(first["own_latency_ms"], 56, 6))
    check("raw spread 1.2 to 3.5 ms, and it walks 50 µs/s as the crystals do",
          1.2 < both["raw"]["median"] < 3.5 and near(abs(both["raw_walk_us_per_s"]), 50, 1))
    check("corrected it stands still", near(both["corrected_walk_us_per_s"], 0, 0.5))
    for name, s in first["speakers"].items():
        check(f"{name} played all of it", not s["underruns"] and not s["breaks"] and not s["clicks"]["missing"] and
              not s["clicks"]["doubled"] and s["clicks"]["heard"] >= 10)
    for name in first["speakers"]:
        one, other = ((folder / run / f"world/{name}.1.wav").read_bytes() for run in ("first", "second"))
        check(f"{name} decoded the same sound both times", one == other)


def main():
    folder = Path(tempfile.mkdtemp(prefix="inphase-bluetooth-"))
    for part in ("steady", "broken", "back"):
        (folder / part).mkdir()
    try:
        made_up(folder)
        if "--room" in sys.argv[1:]:
            the_room(folder)
    finally:
        shutil.rmtree(folder)
    print("The instrument is sound." if not failed else f"{failed} checks failed.")
    sys.exit(failed > 0)


main()
