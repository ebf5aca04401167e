#!/usr/bin/env python3
"""Runs a scenario in the Bluetooth room and prints its figures.

    tests/bluetooth_lab/scenario.py together            # one of the names below
    tests/bluetooth_lab/scenario.py together --seconds 30 --json

Everything it leaves (recordings, packets, logs, figures.json) is in --out, or in
target/bluetooth/SCENARIO.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "lab"))
import bootstrap  # noqa: E402  (finds a Python with numpy)

import figures  # noqa: E402
from sound import write_sound  # noqa: E402

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent

ECHO = {"name": "Echo", "addr": "02:00:00:00:02:01", "ppm": 40}
ADAPTERS = ["02:00:00:00:00:01", "02:00:00:00:00:02"]


def speaker(number, name, delay, ppm, **more):
    """A speaker that tells its delay truthfully."""
    return {"name": name, "addr": f"02:00:00:00:01:{number:02}", "delay": delay, "buffer": delay, "ppm": ppm, **more}


def three(**more):
    return [speaker(1, "Kitchen", 150, 25, **more), speaker(2, "Study", 220, -40, **more),
            speaker(3, "Bath", 120, 10, loss=0.02, **more)]


WIRES = [{"name": "Desk", "card": "Wired1", "ppm": 50}, {"name": "Shelf", "card": "Wired2", "ppm": -100}]
FAULTS = [
    {"at": 30, "words": ["Study", "vanish"]}, {"at": 60, "words": ["Study", "return"]},
    {"at": 100, "words": ["Bath", "off"]}, {"at": 120, "words": ["Bath", "on"]},
]


def two_adapters():
    speakers = [*three(), speaker(4, "Attic", 180, -15)]
    for one, adapter in zip(speakers, (0, 1, 1, 0)):
        one |= {"adapter": f"hci{adapter}", "target": ADAPTERS[adapter]}
    return speakers


SCENARIOS = {
    "together": ("three speakers with other delays and clocks, one with 2 % packet loss",
                 {"speakers": three(), "seconds": 180}),
    "wired": ("the same and two wired speakers in one group",
              {"speakers": three(), "wires": WIRES, "seconds": 180}),
    "faults": ("one speaker vanishes for 30 s, another is switched off and on",
               {"speakers": three(), "deeds": FAULTS, "seconds": 150}),
    "two-adapters": ("the same with a second adapter and a fourth speaker",
                     {"speakers": two_adapters(), "adapters": ADAPTERS, "deeds": FAULTS, "seconds": 150}),
    "baseline": ("BlueALSA's usual recipe on two speakers, as a comparison",
                 {"speakers": [speaker(1, "S1", 150, 25), speaker(2, "S2", 150, -25)],
                  "echo": ECHO | {"ppm": 0}, "seconds": 25, "program": "bluealsa"}),
}


def words_of(device):
    return ",".join(f"{key}={value}" for key, value in device.items() if key != "adapter")


def run(name, out, binary=None, program=None, seconds=None, timeout=1500, clock=("--simulated-time",)):
    """Runs a scenario; returns its figures."""
    spec = {"wires": [], "deeds": [], "adapters": ADAPTERS[:1], "echo": ECHO, "program": "inphase"}
    spec |= SCENARIOS[name][1] | {"name": name}
    spec["program"] = program or spec["program"]
    spec["seconds"] = seconds or spec["seconds"]
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    work = REPOSITORY
    if spec["program"] == "inphase":
        binary = Path(binary or REPOSITORY / "target/release/inphase").resolve()
        if not binary.exists():
            sys.exit(f"{binary} is not there. Build it first: cargo build --release.")
        if binary.name != "inphase":
            sys.exit(f"{binary} is called otherwise inside. Name it inphase.")
        work = binary.parent
    write_sound(out / "echo.wav", spec["seconds"] + 5)
    (out / "scenario.json").write_text(json.dumps(spec, indent=1))
    room = [word for one in spec["speakers"] for word in ("--speaker", words_of(one))]
    room += ["--echo", words_of(spec["echo"] | {"audio": "/out/echo.wav"})]
    room += [word for one in spec["adapters"] for word in ("--adapter", one)]
    done = subprocess.run([HERE / "run.sh", *clock, "--timeout", str(timeout), "--work", work,
                           "--out", out, "--", "with-bluetooth", *room, "--", "scenario"])
    if done.returncode:
        sys.exit(f"The scenario {name} broke off with status {done.returncode}; its logs are in {out}.")
    found = figures.of(out)
    (out / "figures.json").write_text(json.dumps(found, indent=1))
    return found


def main():
    listed = "\n".join(f"  {name:13} {what}" for name, (what, _) in SCENARIOS.items())
    parser = argparse.ArgumentParser(description=__doc__ + "\nScenarios:\n" + listed,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", choices=SCENARIOS, metavar="SCENARIO")
    parser.add_argument("--seconds", type=float, help="for how long the Echo is listened to")
    parser.add_argument("--program", choices=("inphase", "bluealsa"))
    parser.add_argument("--binary", help="the Inphase to run; its name must be inphase")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--real-time", action="store_true", help="to look for what spins; no figures to judge by")
    parser.add_argument("--timeout", type=int, default=1500, help="seconds by the clock on the wall")
    o = parser.parse_args()
    out = (o.out or REPOSITORY / "target/bluetooth" / o.scenario).resolve()
    found = run(o.scenario, out, o.binary, o.program, o.seconds, o.timeout,
                () if o.real_time else ("--simulated-time",))
    print(json.dumps(found, indent=1) if o.json else figures.told(found))


if __name__ == "__main__":
    main()
