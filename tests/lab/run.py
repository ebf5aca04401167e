#!/usr/bin/env python3
"""run.py PEER [--slow N] [--steady S] ... - play the lab's speakers with one program and measure it.

PEER is inphase, naive, alsaloop, snapcast, pulse, pipewire, zita or exec:COMMAND
({spk}, {src} and {dir} are filled in). Scenario, in seconds: the source starts at
5, the steady window begins at --from; with --faults lab2 stalls 0.5 s and lab3
vanishes for 10 s after it; with --stress the processors are loaded for 30 s.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys

import bootstrap
import analyse
import peers
import scenario

NUMBERS = ("buffer", "chunk", "adjust", "fragment", "quantum", "period", "periods", "headroom", "quality",
           "alsa_buffer", "graph_rate")


def options():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("peer")
    p.add_argument("--slow", type=int, default=1, metavar="N", help="live N times slower than the machine (10-20 where it freezes)")
    p.add_argument("--from", dest="begin", type=float, default=15, metavar="S", help="begin of the steady window (default 15, ten after the source)")
    p.add_argument("--steady", type=float, default=60, metavar="S", help="length of the steady window (default 60)")
    p.add_argument("--faults", action="store_true", help="then stall one speaker and take one away")
    p.add_argument("--recovery", type=float, default=25, metavar="S", help="time to recover after each fault (default 25)")
    p.add_argument("--stress", action="store_true", help="then load the processors (stress-ng)")
    p.add_argument("--devices", default="clean.json", metavar="SET.json", help="device set (default clean.json)")
    p.add_argument("--format", choices=sorted(peers.FORMATS), help="the only sample format of all lab devices")
    p.add_argument("--out", metavar="DIR", help="directory of the run")
    p.add_argument("--json", metavar="FILE", help="write all figures there")
    p.add_argument("--keep", action="store_true", help="keep the recordings")
    p.add_argument("--no-rt", action="store_true", help="no real-time priority")
    p.add_argument("--instance", type=int, default=0, help="tells runs side by side apart (network ports)")
    p.add_argument("--extra", help="more arguments for inphase")
    p.add_argument("--resampler")
    for name in NUMBERS:
        p.add_argument("--" + name.replace("_", "-"), type=int)
    return p.parse_args()


def slow_down(factor):
    """Starts this program again under the slow-time shim, once."""
    if factor > 1 and os.environ.get("SLOWTIME") != str(factor):
        os.environ.update(SLOWTIME=str(factor), LD_PRELOAD=os.path.join(bootstrap.BUILD, "libslowtime.so"))
        os.execv(sys.executable, [sys.executable, *sys.argv])


def measure(o, devices, what):
    """Runs the scenario; returns (figures, directory)."""
    directory = os.path.abspath(o.out or os.path.join(bootstrap.HOME, o.peer.split(":")[0]))
    run = None
    try:
        run = scenario.Run(directory, what, devices, not o.no_rt, o.format)
        peers.starter(o.peer)(run, o)
        processor, alive = run.play(), run.alive()
    finally:
        if run:
            run.stop()
    out = analyse.analyse(directory, what.begin, what.end, what.faults, run.speakers)
    if what.stress:
        load = analyse.analyse(directory, *what.stress, names=run.speakers)
        out["under_load"] = dict(spread_us=load.get("spread_us"), slots=load["slots"], slots_expected=load["slots_expected"],
                                 clicks={n: s["clicks"]["over60"] for n, s in load["speakers"].items()},
                                 xruns={n: s["xruns"] + s["gaps"] for n, s in load["speakers"].items()})
    out.update(peer=o.peer, slow=o.slow, devices=os.path.basename(devices), cpu_percent=processor, alive=alive,
               restarts=run.restarts, realtime=run.realtime,
               options={k: v for k, v in vars(o).items() if v and k in (*NUMBERS, "format", "resampler", "extra")})
    return out, directory


def show(out):
    print(f"=== {out['peer']} on {out['devices']}, slow time {out['slow']}, seconds {out['window'][0]:g} to {out['window'][1]:g}, {out['options']}")
    analyse.show(out)
    if "under_load" in out:
        print("under load:", out["under_load"])
    print(f"processor {out['cpu_percent']} % of one core, processes alive at the end {out['alive']}, restarts {out['restarts']}, "
          f"{'SCHED_FIFO' if out['realtime'] else 'normal priority'}")


def summary(out):
    """The figures that count, last on the terminal."""
    spread, speakers = out.get("spread_us"), out["speakers"]
    if not spread:
        return
    removed, noise = out["spread_wo_static_us"], [s["thdn_db"] for s in speakers.values() if s["thdn_db"][0] is not None]
    print(f"""
spread   p50 {spread['median']} µs, p99 {spread['p99']} µs, max {spread['max']} µs over {spread['n']} marks (static part removed: p99 {removed['p99']}, max {removed['max']})
latency  {out['latency_ms']['median']} ms from source to ear
clicks   {', '.join(f"{n} {s['clicks']['over60']}" for n, s in speakers.items())}
xruns    {', '.join(f"{n} {s['xruns'] + s['gaps']}" for n, s in speakers.items())}, source {out['source_xruns']}
THD+N    {max(n[0] for n in noise) if noise else '-'} dB on the worst speaker, {max(n[1] for n in noise) if noise else '-'} dB in its worst second
CPU      {out['cpu_percent']} % of one core
machine  {out['freezes']['over10ms']} freezes of 10 ms or more of lab time, the worst {out['freezes']['worst_ms']:.1f} ms""")
    for f in out["faults"]:
        others, back = f["others_spread_us"], f["back_in_sync_s"]["<0.05ms"]
        back = "not back within 50 µs" if back is None else f"back within 50 µs after {back} s"
        print(f"{f['kind']:8s} {f['speaker']} for {f['len']} s: {back}; "
              f"others' spread p99 {others.get('p99')} µs, max {others.get('max')} µs, clicks {f['others_clicks']}, xruns {f['others_xruns'] + f['others_gaps']}")


def end_on_signals():
    """SIGTERM and SIGINT end the run and all it started, also where a shell ignores SIGINT for its background jobs."""
    def end(number, _frame):
        sys.exit(f"Ended by signal {number}.")

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


def main():
    end_on_signals()
    o = options()
    if not o.peer.startswith("exec:") and o.peer not in peers.PEERS:
        sys.exit(f"There is no peer {o.peer}. Known: {', '.join(peers.PEERS)}, exec:COMMAND.")
    lacking = peers.missing(o.peer)
    if lacking:
        sys.exit(f"{o.peer} cannot run here, missing: {', '.join(lacking)}. Try `packaging/setup.sh bench` or `cargo build --release`.")
    devices = next((p for p in (o.devices, os.path.join(bootstrap.HERE, o.devices)) if os.path.exists(p)), None)
    if not devices:
        sys.exit(f"There is no device set {o.devices}.")
    if not os.environ.get("SLOWTIME"):
        subprocess.run(["make", "-s", "-C", bootstrap.HERE, f"OUT={bootstrap.BUILD}"], check=True)
    slow_down(o.slow)
    what = scenario.Scenario(o.begin, o.steady, o.faults, o.stress, o.recovery)
    print(f"Running for about {what.last * o.slow / 60:.1f} min.", flush=True)
    out, directory = measure(o, devices, what)
    show(out)
    summary(out)
    if o.json:
        with open(o.json, "w") as f:
            json.dump(out, f, indent=1)
    if o.keep or o.out:
        print(f"recordings and logs: {directory}")
    else:
        shutil.rmtree(directory)
    if not out["slots"]:
        silent = [n for n, s in out["speakers"].items() if not s["heard"]]
        sys.exit(f"No mark was heard on all speakers at once; silent: {', '.join(silent) or 'none'}."
                 + ("" if o.keep or o.out else " Run again with --keep and read the logs."))


if __name__ == "__main__":
    main()
