#!/usr/bin/env python3
"""window.py - what the window costs: start, processor, memory, and whether it disturbs
the sound.

    benches/window.py [--binary target/release/inphase] [--seconds 30]
                      [--out target/bench/window.md]

Starts `inphase --demo` on a display without a screen, drawn by the processor, at
1280x800, and counts both processes: the window and the engine with its simulated
speakers.

  start   from starting the program to the first picture, median of 5
  play    processor time while it plays, 30 pictures a second
  handle  dropouts of the speakers while the window is dragged, resized and shows 1 h
          of plots, against as long without a window
  idle    processor time when nothing plays, 5 s after the last input

Ends with 1 when a bar is missed.
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

TICKS = os.sysconf("SC_CLK_TCK")
BARS = {"start_ms": 700, "memory_mb": 160, "play": 30.0, "idle": 1.0}


class Screen:
    """Xvfb and a window manager."""

    def __init__(self, home):
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "1600x1000x24"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.name = ":" + self.server.stdout.readline().decode().strip()
        self.env = dict(os.environ, DISPLAY=self.name, HOME=home,
                        XDG_CONFIG_HOME=f"{home}/config", XDG_STATE_HOME=f"{home}/state",
                        XDG_RUNTIME_DIR=f"{home}/run", ICED_BACKEND="tiny-skia",
                        DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent")
        self.env.pop("WAYLAND_DISPLAY", None)
        self.manager = subprocess.Popen(["openbox"], env=self.env, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        time.sleep(1)

    def xdotool(self, *arguments):
        done = subprocess.run(["xdotool", *map(str, arguments)], env=self.env,
                              capture_output=True, text=True, check=False)
        return done.stdout.split()

    def window(self):
        found = self.xdotool("search", "--onlyvisible", "--name", "^Inphase$")
        return found[0] if found else None

    def has_picture(self, window):
        """Whether something is drawn: more than one colour in a strip at the top."""
        shot = subprocess.run(["import", "-window", window, "-crop", "240x60+0+0", "png:-"], env=self.env,
                              capture_output=True, check=False)
        told = subprocess.run(["identify", "-format", "%k", "-"], input=shot.stdout, capture_output=True,
                              check=False)
        return told.stdout.isdigit() and int(told.stdout) > 8

    def close(self):
        for process in (self.manager, self.server):
            process.terminate()
            process.wait()


def processes(home):
    """Process ids of Inphase with this home, the window first."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                command = f.read().split(b"\0")
            with open(f"/proc/{pid}/environ", "rb") as f:
                ours = f"HOME={home}".encode() in f.read().split(b"\0")
        except OSError:
            continue
        if ours and command[0].endswith(b"inphase"):
            found.append((b"run" in command, int(pid)))
    return [pid for _, pid in sorted(found)]


def used(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory(pids):
    """Resident megabytes of each."""
    found = []
    for pid in pids:
        with open(f"/proc/{pid}/status") as f:
            lines = dict(line.split(":", 1) for line in f)
        found.append(int(lines["VmRSS"].split()[0]) / 1024)
    return found


def percent(pids, seconds):
    """Percent of one core: (all, each)."""
    begun, before = time.monotonic(), [used([pid]) for pid in pids]
    time.sleep(seconds)
    length = time.monotonic() - begun
    each = [(used([pid]) - was) / length * 100 for pid, was in zip(pids, before)]
    return sum(each), each


def socket(home):
    for name in ("demo.sock", "control.sock"):
        path = f"{home}/run/inphase/{name}"
        if os.path.exists(path):
            return path
    return None


def ask(binary, screen, home, *arguments):
    done = subprocess.run([binary, "--socket", socket(home), *arguments], env=screen.env,
                          capture_output=True, text=True, check=True)
    return done.stdout


def xruns(binary, screen, home):
    state = json.loads(ask(binary, screen, home, "status", "--json"))
    return sum(speaker["xruns"] for speaker in state["speakers"])


def start(binary, screen, home):
    """Starts the demo; milliseconds until the first picture."""
    begun = time.monotonic()
    program = subprocess.Popen([binary, "--demo"], env=screen.env, stdout=subprocess.DEVNULL)
    while not (window := screen.window()) or not screen.has_picture(window):
        if time.monotonic() - begun > 30 or program.poll() is not None:
            sys.exit("The window did not come up.")
        time.sleep(0.01)
    return program, window, (time.monotonic() - begun) * 1000


def stop(program, home):
    for pid in processes(home):
        os.kill(pid, signal.SIGTERM)
    program.wait()
    while processes(home):
        time.sleep(0.05)


def show_an_hour(home):
    """The next window's plots look back an hour."""
    os.makedirs(f"{home}/config/inphase", exist_ok=True)
    with open(f"{home}/config/inphase/window.toml", "w") as f:
        f.write('range = "1 h"\n')


def handled(binary, screen, home, window, seconds):
    """Dropouts while the window is dragged and resized."""
    before = xruns(binary, screen, home)
    until, step = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        step += 1
        screen.xdotool("windowmove", window, step % 40 * 8, step % 30 * 5)
        screen.xdotool("windowsize", window, 1000 + step % 20 * 25, 600 + step % 15 * 20)
        time.sleep(0.03)
    return xruns(binary, screen, home) - before


def alone(binary, screen, home, seconds):
    """Dropouts without a window."""
    path = f"{home}/run/alone.sock"
    engine = subprocess.Popen([binary, "--socket", path, "run", "--demo", "--quiet"], env=screen.env,
                              stdout=subprocess.DEVNULL)
    time.sleep(5)

    def count():
        done = subprocess.run([binary, "--socket", path, "status", "--json"], env=screen.env,
                              capture_output=True, text=True, check=True)
        return sum(speaker["xruns"] for speaker in json.loads(done.stdout)["speakers"])

    before = count()
    time.sleep(seconds)
    found = count() - before
    engine.terminate()
    engine.wait()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/inphase")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--out")
    options = parser.parse_args()
    binary = os.path.abspath(options.binary)
    for tool in ("Xvfb", "openbox", "xdotool", "import"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is missing. Run: packaging/setup.sh test")
    rows, missed = [], []

    def row(what, scenario, figure, bar, holds):
        rows.append(f"| {what} | {scenario} | {figure} | {bar} | {'yes' if holds else 'NO'} |")
        if not holds:
            missed.append(what)

    with tempfile.TemporaryDirectory(prefix="inphase-bench") as home:
        for name in ("run", "config", "state"):
            os.makedirs(f"{home}/{name}", mode=0o700)
        screen = Screen(home)
        try:
            times = []
            for _ in range(5):
                program, window, ms = start(binary, screen, home)
                times.append(ms)
                stop(program, home)
            middle = statistics.median(times)
            row("start to first picture", f"demo, median of 5 ({min(times):.0f} to {max(times):.0f})",
                f"{middle:.0f} ms", "700 ms", middle <= BARS["start_ms"])
            program, window, _ = start(binary, screen, home)
            screen.xdotool("windowsize", "--sync", window, 1280, 800)
            time.sleep(8)
            total, each = percent(processes(home), options.seconds)
            row("playing", "1280x800, demo, drawn by the processor, window + engine",
                f"{total:.1f} % of a core ({' + '.join(f'{x:.1f}' for x in each)})", "30 %",
                total <= BARS["play"])
            size = memory(processes(home))
            row("memory", "window + engine", f"{sum(size):.0f} MB ({' + '.join(f'{x:.0f}' for x in size)})",
                "160 MB", sum(size) <= BARS["memory_mb"])
            stop(program, home)
            show_an_hour(home)
            program, window, _ = start(binary, screen, home)
            time.sleep(8)
            with_window = handled(binary, screen, home, window, options.seconds)
            screen.xdotool("windowsize", "--sync", window, 1280, 800)
            ask(binary, screen, home, "stop")
            time.sleep(20)
            total, each = percent(processes(home), options.seconds)
            row("idle", "stopped, no input", f"{total:.2f} % of a core ({' + '.join(f'{x:.2f}' for x in each)})",
                "1 %", total <= BARS["idle"])
            stop(program, home)
            without = alone(binary, screen, home, options.seconds)
            row("dropouts of the demo's speakers", f"dragged and resized for {options.seconds:.0f} s, plots of 1 h",
                f"{with_window} (without a window {without})", "no more", with_window <= without)
        finally:
            screen.close()
    table = "\n".join(["| what | scenario | measured | bar | holds |", "| --- | --- | --- | --- | --- |", *rows])
    print(table)
    if options.out:
        os.makedirs(os.path.dirname(options.out), exist_ok=True)
        with open(options.out, "w") as f:
            f.write(table + "\n")
    sys.exit(f"Missed: {', '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main()
