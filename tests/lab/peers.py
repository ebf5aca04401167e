"""How each program plays `labsrc` on all the run's speakers.

Each peer is a function of (run, options); it starts processes and returns when
they are up. Settings are the best ones found for each program; options left at
None take them. Programs without a recovery of their own are restarted, as a
service manager would do.
"""

import shlex
import shutil
import os
import time

import bootstrap
from pipewire_conf import config as pipewire_config

# Sample formats: ALSA's name, PulseAudio's, PipeWire's, Snapcast's.
FORMATS = {"S16_LE": ("s16le", "S16LE", "48000:16:2", 2), "S32_LE": ("s32le", "S32LE", "48000:32:2", 4),
           "FLOAT_LE": ("float32le", "F32LE", "48000:32:2", 4)}
# The program under test; INPHASE names another binary.
INPHASE = os.environ.get("INPHASE", os.path.join(bootstrap.REPOSITORY, "target", "release", "inphase"))
# Its command line, in one place.
INPHASE_COMMAND = "{binary} play capture:alsa:labsrc {to} --period {period}"
RETURN_DELAY_S = 1  # what a hot-plug daemon takes to notice a returning card


def inphase(run, o):
    """Inphase itself, from the command line; never restarted."""
    run.until(3)
    to = " ".join(f"--to alsa:{n}" for n in run.speakers)
    command = INPHASE_COMMAND.format(binary=shlex.quote(INPHASE), to=to, period=o.period or 192)
    run.start(command + (" " + o.extra if o.extra else ""), "inphase")


def command(run, o):
    """Any program: exec:COMMAND with {spk}, {src}, {dir} filled in."""
    run.until(3)
    run.start(o.peer[len("exec:"):].format(spk=",".join(run.speakers), src="labsrc", dir=run.dir), "exec")


def naive(run, o):
    """arecord | tee | aplay per speaker: 100 ms buffers, no drift compensation."""
    kind = f"-t raw -f {run.sample_format} -r 48000 -c 2 -B 100000 -F 10000"
    pipes = [run.path(f"{n}.fifo") for n in run.speakers]
    for name, pipe in zip(run.speakers, pipes):
        os.mkfifo(pipe)
        run.keep(f"sh -c 'exec aplay -q -D {name} {kind} < {pipe}'", name, gap=0.2)
    run.until(3)
    run.start(f"sh -c 'arecord -q -D labsrc {kind} | tee -p {' '.join(pipes)} > /dev/null'", "tee")


def alsaloop(run, o):
    """One alsaloop per speaker, each with its own handle on the source, libsamplerate rate control."""
    run.until(3)
    for name in run.speakers:
        run.keep(f"alsaloop -C labsrc -P {name} -f {run.sample_format} -r 48000 -c 2 -t {(o.buffer or 30) * 1000} "
                 f"-S samplerate -A {o.resampler or 'sincmedium'}", name)


def snapcast(run, o):
    """snapserver with an ALSA source and one snapclient per speaker."""
    port = 17704 + 2 * o.instance
    sample_format, chunk = FORMATS[run.sample_format][2], o.chunk or 10
    run.write("snapserver.conf", f"""[server]
datadir = {run.path('state')}
[http]
enabled = false
[tcp]
enabled = true
bind_to_address = 127.0.0.1
port = {port + 1}
[stream]
bind_to_address = 127.0.0.1
port = {port}
source = alsa:///?device=labsrc&name=lab&sampleformat={sample_format}&codec=pcm&chunk_ms={chunk}
buffer = {o.buffer or 150}
sampleformat = {sample_format}
codec = pcm
chunk_ms = {chunk}
""")
    run.until(2)
    run.start(f"snapserver --config {run.path('snapserver.conf')}", "snapserver")
    run.until(3)
    for i, name in enumerate(run.speakers):
        run.keep(f"snapclient -h 127.0.0.1 -p {port} -i {i + 1} --hostID {name} -s {name} --mixer none "
                 f"--player alsa:buffer_time={o.alsa_buffer or 40},fragments=4", name)
    run.until(5)


def pulse(run, o):
    """PulseAudio: combine-sink over one ALSA sink per speaker, fed by a loopback from the source."""
    sample_format, _, _, sample = FORMATS[run.sample_format]
    fragment = (o.fragment or 5) * 48 * 2 * sample
    device = f"rate=48000 channels=2 format={sample_format} tsched=0 fragments=4 fragment_size={fragment}"
    sinks = {n: f"load-module module-alsa-sink device={n} sink_name={n} {device}" for n in run.speakers}
    resampler = o.resampler or "speex-float-5"
    run.write("lab.pa", "\n".join([
        f"load-module module-native-protocol-unix socket={run.path('pulse/native')}",
        *sinks.values(),
        f"load-module module-combine-sink sink_name=combined slaves={','.join(run.speakers)} adjust_time={o.adjust or 1} "
        f"resample_method={resampler} channels=2 rate=48000 format={sample_format}",
        f"load-module module-alsa-source device=labsrc source_name=src {device}",
        f"load-module module-loopback source=src sink=combined latency_msec={o.buffer or 50} adjust_time=1 "
        "source_dont_move=true sink_dont_move=true max_latency_msec=0"]) + "\n")
    run.until(3)
    run.start("pulseaudio -n --daemonize=no --use-pid-file=no --exit-idle-time=-1 --disallow-exit --realtime=yes "
              f"--high-priority=yes --log-level=info --log-target=stderr --resample-method={resampler} "
              f"-F {run.path('lab.pa')}", "pulse")

    def back():  # a returning card is loaded again, as module-udev-detect would do
        for name, kind, at, length in run.scenario.faults:
            if kind == "vanish":
                run.until(at + length + RETURN_DELAY_S)
                if name not in run.shell("pactl list short sinks"):
                    run.shell("pactl " + sinks[name])
                run.write("back.txt", run.shell("pactl list short sinks; pactl list short sink-inputs"))

    run.aside(back)


def pipewire(run, o):
    """Adapter sinks and the source in one graph, plain links, each follower rate-matched by its adapter."""
    run.write("config/pipewire/pipewire.conf", pipewire_config(run, o, FORMATS[run.sample_format][1], run.speakers))
    run.until(2)
    run.start("pipewire", "pipewire")
    run.until(4)
    for name in run.speakers:
        for c in ("FL", "FR"):
            run.shell(f"pw-link labsrc:capture_{c} {name}:playback_{c}")
    run.write("links.txt", run.shell("pw-link -l; pw-cli ls Node"))


def zita(run, o):
    """zita-j2a: one JACK client per speaker (PipeWire's JACK, driven by the source), delay-locked resampling."""
    run.write("config/pipewire/pipewire.conf", pipewire_config(run, o, FORMATS[run.sample_format][1], []))
    run.until(2)
    run.start("pipewire", "pipewire")
    run.until(3)

    def connect(name):
        for _ in range(20):
            time.sleep(1)
            for i, c in enumerate(("FL", "FR")):
                run.shell(f"pw-link labsrc:capture_{c} j2a_{name}:playback_{i + 1}")

    for name in run.speakers:
        run.keep(f"pw-jack zita-j2a -j j2a_{name} -d {name} -r 48000 -p {o.period or 256} -n {o.periods or 3} -c 2 -L", name)
        run.aside(lambda name=name: connect(name))
    run.until(11)
    run.write("links.txt", run.shell("pw-link -l; pw-link -i"))


# What each needs on the PATH; the Debian packages are in packaging/setup.sh.
PEERS = dict(inphase=(inphase, []), naive=(naive, ["aplay", "arecord", "tee"]), alsaloop=(alsaloop, ["alsaloop"]),
             snapcast=(snapcast, ["snapserver", "snapclient"]), pulse=(pulse, ["pulseaudio", "pactl"]),
             pipewire=(pipewire, ["pipewire", "pw-link", "pw-cli"]),
             zita=(zita, ["zita-j2a", "pw-jack", "pipewire", "pw-link"]))


def missing(peer):
    """What a peer lacks to run here."""
    if peer.startswith("exec:"):
        return []
    return [p for p in PEERS[peer][1] if not shutil.which(p)] + ([INPHASE] if peer == "inphase" and not os.path.exists(INPHASE) else [])


def starter(peer):
    """The function that starts a peer."""
    return command if peer.startswith("exec:") else PEERS[peer][0]
