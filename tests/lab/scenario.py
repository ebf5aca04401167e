"""One run: its directory, its lab devices, its processes, its clock.

Guarantees: every process is started here, in its own session, and ended by its
own id; the program under test sees only the lab's devices, and only the run's
own config, state, cache and runtime directories; no session bus is inherited.
Times are seconds after the epoch: the source starts at 5, the steady window is
`begin`..`begin + steady`, then the faults, then (with stress) the processor load.
"""

import os
import shlex
import shutil
import signal
import subprocess
import threading
import time

import bootstrap
import conf
import marks

SOURCE_AT = 5.0
STALL_S, VANISH_S = 0.5, 10.0
STRESS_S = 30.0
FREEZE_LIMIT_MS = 3
TICKS = os.sysconf("SC_CLK_TCK")


def clock():
    """The lab's clock, seconds."""
    return time.clock_gettime(time.CLOCK_MONOTONIC_RAW)


class Scenario:
    """What happens when."""

    def __init__(self, begin, steady, faults, stress, recovery):
        self.begin, self.end = begin, begin + steady
        self.last, self.faults, self.stress = self.end + 3, [], None
        if faults:
            stall = self.end + 10
            vanish = stall + STALL_S + recovery
            self.faults = [("lab2", "stall", stall, STALL_S), ("lab3", "vanish", vanish, VANISH_S)]
            self.last = vanish + VANISH_S + recovery
        if stress:
            self.stress = (self.last + 2, self.last + 2 + STRESS_S)
            self.last = self.stress[1] + 3


class Run:
    """The world of one program under test."""

    def __init__(self, directory, scenario, devices_path, realtime=True, sample_format=None):
        self.dir, self.scenario, self.realtime = directory, scenario, realtime and _may_be_realtime()
        self.processes, self.counted, self.restarts, self.stopping = [], [], 0, False
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        self.environment = self._environment()
        marks.ensure(bootstrap.SIGNAL, max(300, scenario.last + 30))
        source = dict(source=bootstrap.SIGNAL, source_at=SOURCE_AT)
        self.devices = conf.load(devices_path, source, sample_format, scenario.faults)
        self.speakers = conf.speakers(self.devices)
        self.sample_format = sample_format or "S16_LE"
        self.write("asound.conf", conf.text(self.devices))
        for c in range(os.cpu_count()):
            watch = f"{bootstrap.BUILD}/freeze {self.path(f'freeze.{c}.log')} {c} {FREEZE_LIMIT_MS}"
            self.start(f"chrt -f 90 {watch}" if self.realtime else watch, "freeze", count=False, realtime=False)
        self.epoch = clock()
        self.write("epoch", f"{self.epoch:.9f}\n")

    def _environment(self):
        own = dict(HOME="home", XDG_RUNTIME_DIR="run", XDG_CONFIG_HOME="config", XDG_STATE_HOME="state",
                   XDG_DATA_HOME="data", XDG_CACHE_HOME="cache", PULSE_RUNTIME_PATH="pulse")
        for name in own.values():
            os.makedirs(self.path(name), mode=0o700)
        return dict(os.environ, LAB_DIR=self.dir, ALSA_CONFIG_PATH=self.path("asound.conf"), DISABLE_RTKIT="1",
                    DBUS_SESSION_BUS_ADDRESS=f"unix:path={self.path('no-bus')}",
                    **{k: self.path(v) for k, v in own.items()})

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, content):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w") as f:
            f.write(content)

    def now(self):
        return clock() - self.epoch

    def until(self, t):
        while self.now() < t:
            time.sleep(min(0.5, max(0.001, t - self.now())))

    def start(self, command, name, count=True, realtime=True):
        """Starts a process, at SCHED_FIFO 20 unless told otherwise; `count`: its processor time is the program's."""
        words = shlex.split(command) if isinstance(command, str) else list(command)
        if realtime and self.realtime:
            words = ["chrt", "-f", "20", *words]
        with open(self.path(f"{name}.log"), "ab") as log:
            p = subprocess.Popen(words, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                 start_new_session=True)
        self.processes.append(p)
        if count:
            self.counted.append(p.pid)
        return p

    def keep(self, command, name, gap=1.0):
        """Starts a process and restarts it when it ends, as a service manager would."""
        def loop():
            while not self.stopping:
                self.start(command, name).wait()
                self.restarts += not self.stopping
                time.sleep(gap)

        self.aside(loop)

    def aside(self, work):
        """Runs `work` on its own thread."""
        threading.Thread(target=work, daemon=True).start()

    def shell(self, command):
        """Output of a short command inside the run."""
        return subprocess.run(command, shell=True, env=self.environment, capture_output=True, text=True,
                              timeout=60).stdout

    def processor_seconds(self):
        """Of the counted processes and all their children: each was started in a session of its own."""
        total, sessions = 0, set(self.counted)
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/stat") as f:
                    fields = f.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[3]) in sessions:
                total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def alive(self):
        """How many of the counted processes still run."""
        return sum(p.poll() is None for p in self.processes if p.pid in self.counted)

    def play(self):
        """Lets the scenario happen; returns the processor use in the steady window, % of one core."""
        s = self.scenario
        self.until(s.begin)
        before = self.processor_seconds()
        self.until(s.end)
        used = (self.processor_seconds() - before) / (s.end - s.begin) * 100
        if s.stress:
            self.until(s.stress[0])
            load = self.start("stress-ng --cpu 2 --timeout 3600", "stress", count=False, realtime=False)
            self.until(s.stress[1])
            os.killpg(load.pid, signal.SIGTERM)
        self.until(s.last)
        return round(used, 2)

    def stop(self):
        """Ends what was started, in reverse order; each has its own session, so its children go with it."""
        self.stopping = True
        for p in reversed(self.processes):
            _signal(p, signal.SIGTERM)
        deadline = time.time() + 3
        for p in self.processes:
            while p.poll() is None and time.time() < deadline:
                time.sleep(0.05)
            _signal(p, signal.SIGKILL)
            p.wait()


def _signal(process, number):
    try:
        os.killpg(process.pid, number)
    except OSError:
        pass


def _may_be_realtime():
    """SCHED_FIFO needs root or an rtprio limit; without it everything runs at normal priority, and says so."""
    done = subprocess.run(["chrt", "-f", "90", "true"], capture_output=True)
    if done.returncode:
        print("No real-time priority here: run as root or see packaging/limits-inphase.conf. Going on without.")
    return done.returncode == 0
