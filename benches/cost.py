#!/usr/bin/env python3
"""cost.py - what the running program costs: processor time and memory, in real time.

    benches/cost.py [--speakers 16] [--seconds 30] [--binary target/release/inphase]
                    [--out target/bench/cost.md]

Starts the real binary with a rig of stereo speakers simulated in real time
(48 kHz, 256 frames a period), plays pink noise, measures, stops it, and measures
again when it has been idle for 12 s. Everything the process does counts: lanes,
source, control, the device watch, and also the simulated speakers themselves,
which with real hardware would be the kernel's and the sound system's work.

Ends with 1 when a bar is missed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

BARS = {"playing": 20.0, "idle": 1.0, "memory": 80.0}
TICKS = os.sysconf("SC_CLK_TCK")
# No source playing for 10 s is idle; two more for what was under way.
IDLE_AFTER = 12


def rig(speakers):
    names = [f"speaker-{n}" for n in range(1, speakers + 1)]
    text = ["version = 1", 'name = "Cost"', "", "[source]", 'kind = "test"', 'signal = "pink"', "",
            "[settings]", "period = 256", ""]
    for name in names:
        text += ["[[speakers]]", f'id = "{name}"', f'name = "{name}"', 'role = "stereo"',
                 f'output = "room:{name}"', ""]
    text += ["[[zones]]", 'id = "all"', 'name = "All"', f"speakers = {json.dumps(names)}"]
    return "\n".join(text) + "\n"


def used(pid):
    """Seconds of processor time of the process, threads that ended included."""
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def threads(pid):
    """Seconds of processor time of the threads there are, by kind."""
    kinds = {}
    for tid in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{tid}/comm") as f:
                name = f.read().strip()
            with open(f"/proc/{pid}/task/{tid}/schedstat") as f:
                spent = int(f.read().split()[0]) / 1e9
        except OSError:
            continue
        kind = "speakers: lane and simulated device" if name.startswith("room ") else name
        spent_before, count = kinds.get(kind, (0.0, 0))
        kinds[kind] = (spent_before + spent, count + 1)
    return kinds


def memory(pid):
    """Resident and peak resident megabytes."""
    with open(f"/proc/{pid}/status") as f:
        lines = dict(line.split(":", 1) for line in f)
    return [int(lines[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM")]


def window(pid, seconds):
    """Processor use over a window, in percent of one core: all of it, and by kind of thread."""
    begun, before, kinds = time.monotonic(), used(pid), threads(pid)
    time.sleep(seconds)
    length = time.monotonic() - begun
    total = (used(pid) - before) / length * 100
    by_kind = {kind: ((spent - kinds.get(kind, (0.0, 0))[0]) / length * 100, count)
               for kind, (spent, count) in threads(pid).items()}
    return total, by_kind


class Instance:
    def __init__(self, binary, directory, speakers):
        self.call = [binary, "--socket", os.path.join(directory, "control.socket")]
        with open(os.path.join(directory, "rig.toml"), "w") as f:
            f.write(rig(speakers))
        self.log = open(os.path.join(directory, "out.txt"), "w+")
        self.process = subprocess.Popen(
            [*self.call, "run", "--config-dir", directory, "--state-dir", directory],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)

    def ask(self, *words):
        return subprocess.run([*self.call, *words], capture_output=True, text=True, timeout=20)

    def status(self):
        answer = self.ask("status", "--json")
        return json.loads(answer.stdout) if answer.returncode == 0 else None

    def wait_until(self, done, seconds):
        until = time.monotonic() + seconds
        status = None
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            status = self.status()
            if status and done(status):
                return status
            time.sleep(0.5)
        self.log.seek(0)
        sys.exit(f"It did not get that far within {seconds} s.\n{self.log.read()}\n{json.dumps(status)[:2000]}")

    def end(self):
        if self.process.poll() is None:
            self.ask("quit")
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()


def playing(status):
    return sum(speaker["state"] in ("in_phase", "drifting", "out") for speaker in status["speakers"])


def measure(args, directory):
    instance = Instance(os.path.abspath(args.binary), directory, args.speakers)
    try:
        instance.wait_until(lambda status: playing(status) == args.speakers, 60)
        time.sleep(5)
        figures = {"freezes": freezes(instance.status())}
        figures["cpu"], figures["kinds"] = window(instance.process.pid, args.seconds)
        figures["rss"], figures["peak"] = memory(instance.process.pid)
        after = instance.status()
        figures["playing"] = playing(after)
        figures["freezes"] = freezes(after) - figures["freezes"]
        instance.ask("stop")
        time.sleep(IDLE_AFTER)
        figures["idle"], figures["idle_kinds"] = window(instance.process.pid, args.seconds)
        return figures
    finally:
        instance.end()


def freezes(status):
    """Dropouts and underruns so far: on a machine that freezes some are its own."""
    return sum(speaker.get("dropouts", 0) + speaker.get("xruns", 0) for speaker in status["speakers"])


def report(args, figures):
    def row(what, value, unit, bar):
        return f"| {what} | {value:.1f} {unit} | ≤ {bar:g} {unit} | {'yes' if value <= bar else 'NO'} |"

    def by_kind(kinds):
        order = sorted(kinds.items(), key=lambda item: -item[1][0])
        return [f"| {kind} | {count} | {spent:.2f} |" for kind, (spent, count) in order if spent >= 0.005]

    return "\n".join([
        f"`inphase run`, {args.speakers} simulated stereo speakers in real time, 48 kHz, 256 frames a period, each on a "
        f"crystal of its own (all resample), pink noise, {args.seconds} s on {machine()}; {figures['playing']} played to "
        f"the end, {figures['freezes']} dropouts and underruns. Processor time of the whole process, the simulated "
        "speakers' own work included.",
        "", "| cost | measured | bar | met |", "| --- | --- | --- | --- |",
        row("playing", figures["cpu"], "% of one core", BARS["playing"]),
        row("resident memory", figures["rss"], "MB", BARS["memory"]),
        row(f"idle, {IDLE_AFTER} s after stop", figures["idle"], "% of one core", BARS["idle"]),
        "", "| threads while playing | count | % of one core |", "| --- | --- | --- |",
        *by_kind(figures["kinds"]),
        "", "| threads while idle | count | % of one core |", "| --- | --- | --- |",
        *by_kind(figures["idle_kinds"]), ""])


def machine():
    with open("/proc/cpuinfo") as f:
        models = [line.split(":", 1)[1].strip() for line in f if line.startswith("model name")]
    return f"{models[0] if models else os.uname().machine}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def main():
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speakers", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--binary", default=os.path.join(target, "release", "inphase"))
    parser.add_argument("--out", default=os.path.join(target, "bench", "cost.md"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        figures = measure(args, directory)
    text = report(args, figures)
    os.makedirs(os.path.dirname(args.out) or ".", exist_ok=True)
    with open(args.out, "w") as f:
        f.write(text)
    print(text)
    missed = figures["cpu"] > BARS["playing"] or figures["rss"] > BARS["memory"] or figures["idle"] > BARS["idle"]
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
