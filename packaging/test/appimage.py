#!/usr/bin/env python3
"""Starts the AppImage in a bare Debian 12: a root file system with its essential packages,
ALSA's library and the helper that lets a user mount FUSE. No libfuse, no library of a
display, no font, no sound card, no bus.

    packaging/test/appimage.py target/Inphase-x86_64.AppImage [--out target/appimage/test]

    fuse        as an ordinary user, the image mounted
    unpacked    with --appimage-extract-and-run, and no /dev/fuse
    neither     without /dev/fuse and without being told so
    silent      without ALSA's library too: its copy is used

Each opens the window of `inphase --demo` on a display without a screen; its picture and
what it said go to --out, to be looked at. Prints size and time to the first picture (median of 5; and once
after the file was taken out of the memory). Afterwards nothing may be left behind: no
process, no mount, no file. Ends with 1 when something is not so, or a bar is missed.

The root is made once, in ~/.cache/inphase/bare-root ($BARE_ROOT), 0.2 GB. Root is not needed
where user namespaces are allowed; FUSE is then mounted by that namespace's root.
"""
import argparse
import contextlib
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time

MEGABYTES, SECONDS = 30, 1.5
ROOT = pathlib.Path(os.environ.get("BARE_ROOT", pathlib.Path.home() / ".cache/inphase/bare-root"))
PACKAGES = "libasound2,fuse3"
# Within the namespace: everything that is written goes to a memory above the root.
INSIDE = r"""
set -e
root=$1 image=$2 user=$3; shift 3
mount -t tmpfs tmpfs "$root.room"
mkdir "$root.room/upper" "$root.room/work" "$root.room/all"
mount -t overlay -o "lowerdir=$root,upperdir=$root.room/upper,workdir=$root.room/work" overlay "$root.room/all"
cd "$root.room/all"
mount -t proc proc proc
mount -t tmpfs tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero urandom; do : >dev/$device; mount --bind /dev/$device dev/$device; done
# For everyone, as udev makes it; where only the kernel did, it is root's.
[ -z "$FUSE" ] || mknod -m 666 dev/fuse c 10 229 2>/dev/null || { : >dev/fuse; mount --bind /dev/fuse dev/fuse; }
# What booting a Debian and adding a user makes.
ln -sf ../proc/self/mounts etc/mtab
echo "person:x:$user:$user::/tmp/home:/bin/sh" >>etc/passwd
mkdir -p tmp/.X11-unix tmp/home tmp/run inphase
mount --bind /tmp/.X11-unix tmp/.X11-unix
: >inphase/Inphase.AppImage
mount --bind "$image" inphase/Inphase.AppImage
[ -z "$WITHOUT" ] || find usr/lib -name "$WITHOUT*" -delete
chmod 1777 tmp; chmod 700 tmp/run; chown $user:$user tmp/home tmp/run
exec chroot . setpriv --reuid $user --regid $user --clear-groups env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin \
  HOME=/tmp/home XDG_RUNTIME_DIR=/tmp/run DISPLAY="$DISPLAY" LANG=C.UTF-8 "$@"
"""


class Wrong(Exception):
    """One sentence for the person at the terminal."""


def make_root() -> None:
    """The bare root, once."""
    made_of = ROOT.with_suffix(".of")
    if made_of.exists() and made_of.read_text() == PACKAGES:
        return
    print(f"== a bare Debian 12 in {ROOT}", flush=True)
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir(parents=True)
    ROOT.with_suffix(".room").mkdir(exist_ok=True)
    if os.geteuid() == 0:
        own, unpack = "--same-owner", []
    else:
        own, unpack = "--no-same-owner", ["unshare", "--user", "--map-root-user", "--map-auto"]
    make = subprocess.Popen(["mmdebstrap", "--quiet", "--variant=essential", f"--include={PACKAGES}", "bookworm", "-"],
                            stdout=subprocess.PIPE)
    laid = subprocess.run([*unpack, "tar", "-x", "-p", own, "--exclude=./dev/*", "-C", ROOT], stdin=make.stdout)
    if make.wait() or laid.returncode:
        raise Wrong("Debian's packages could not be fetched or unpacked, see above.")
    made_of.write_text(PACKAGES)


class Screen:
    """A display without a screen."""

    def __init__(self):
        self.server = subprocess.Popen(["Xvfb", "-displayfd", "1", "-nolisten", "tcp", "-noreset", "-screen", "0", "1440x900x24"],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.name = ":" + self.server.stdout.readline().decode().strip()
        self.env = dict(os.environ, DISPLAY=self.name)

    def window(self):
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "^Inphase$"], env=self.env,
                               capture_output=True, text=True)
        return (found.stdout.split() or [None])[0]

    def has_picture(self, window) -> bool:
        """Whether something is drawn: more than a few colours in a strip at the top."""
        shot = subprocess.run(["import", "-window", window, "-crop", "240x60+0+0", "png:-"], env=self.env,
                              capture_output=True)
        told = subprocess.run(["identify", "-format", "%k", "-"], input=shot.stdout, capture_output=True)
        return told.stdout.isdigit() and int(told.stdout) > 8

    def keep(self, file) -> None:
        subprocess.run(["import", "-window", "root", file], env=self.env, check=True)

    def close(self):
        self.server.terminate()
        self.server.wait()


class Bare:
    """A program in the bare root; its first process is the init of a namespace of processes."""

    def __init__(self, screen, image, log, *arguments, fuse=False, without=""):
        namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
        user = "1000"
        if os.geteuid():
            namespaces += ["--user", "--map-root-user", "--map-auto"]
            user = "0"
        environment = dict(screen.env, FUSE="yes" if fuse else "", WITHOUT=without)
        # A shell stays as init: it takes in what the program leaves.
        keep = ["sh", "-c", '"$@"; echo "ended $?"; while :; do sleep 1; done', "sh", "/inphase/Inphase.AppImage"]
        self.log = open(log, "w+")
        self.process = subprocess.Popen(
            [*namespaces, "sh", "-c", INSIDE, "sh", ROOT, image, user, *keep, *arguments],
            env=environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)

    def told(self) -> str:
        self.log.flush()
        with open(self.log.name) as file:
            return file.read().strip()

    def processes(self) -> dict[int, list[str]]:
        """Those of the program, by their number out here."""
        found = {}
        mine = self.namespace()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if mine and os.readlink(f"/proc/{pid}/ns/pid") == mine:
                    with open(f"/proc/{pid}/cmdline", "rb") as file:
                        command = file.read().decode().split("\0")
                    if command[0] not in ("sh", "sleep"):
                        found[int(pid)] = command
        return found

    def init(self):
        """The number out here of the first process in there."""
        with contextlib.suppress(OSError, IndexError):
            with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
                return int(file.read().split()[0])
        return None

    def namespace(self):
        with contextlib.suppress(OSError):
            return os.readlink(f"/proc/{self.init()}/ns/pid")
        return None

    def program(self) -> int:
        """The window's process."""
        for pid, command in self.processes().items():
            if command[0].endswith("/usr/bin/inphase") and "run" not in command:
                return pid
        raise Wrong(f"Inphase is not running. {self.told()}")

    def end(self):
        # Takes all others of its namespace with it, and then `unshare` ends too.
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.init() or self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()


def until(what, seconds, wrong):
    end = time.monotonic() + seconds
    while not (found := what()):
        if time.monotonic() > end:
            raise Wrong(wrong() if callable(wrong) else wrong)
        time.sleep(0.02)
    return found


def first_picture(screen, image, log, *arguments, **where):
    begun = time.monotonic()
    bare = Bare(screen, image, log, *arguments, "--demo", **where)
    try:
        until(lambda: (window := screen.window()) and screen.has_picture(window), 30,
              lambda: f"No picture after 30 s. {bare.told()}")
    except Wrong:
        bare.end()
        raise
    return time.monotonic() - begun, bare


def libraries(pid) -> dict[str, str]:
    """Which file each library is."""
    with open(f"/proc/{pid}/maps") as file:
        paths = {line.split(maxsplit=5)[5].strip() for line in file if ".so" in line}
    return {os.path.basename(path): path for path in paths}


def mounts(pid) -> list[str]:
    with open(f"/proc/{pid}/mountinfo") as file:
        return [line.split()[4] for line in file if " - fuse" in line]


def case(name, screen, image, out, *arguments, mounted=False, **where) -> str:
    """One way of starting it, looked at from all sides."""
    times = []
    for _ in range(5):
        took, bare = first_picture(screen, image, out / f"{name}.txt", *arguments, **where)
        times.append(took)
        bare.end()
        until(lambda: screen.window() is None, 10, "The window does not go.")
    os.posix_fadvise(os.open(image, os.O_RDONLY), 0, 0, os.POSIX_FADV_DONTNEED)
    cold, bare = first_picture(screen, image, out / f"{name}.txt", *arguments, **where)
    try:
        pid = bare.program()
        # Until the engine has told the window of its speakers.
        until(lambda: any("run" in command for command in bare.processes().values()), 10, "No engine was started.")
        time.sleep(3)
        screen.keep(out / f"{name}.png")
        shown = mounts(pid)
        if bool(shown) != mounted:
            raise Wrong(f"The image is {'' if shown else 'not '}mounted.")
        used = libraries(pid)
        copies = sorted({pathlib.Path(path).parent.name for path in used.values() if "/fallback/" in path})
        alsa = next(path for library, path in used.items() if library.startswith("libasound"))
        if ("fallback" in alsa) != bool(where.get("without")):
            raise Wrong(f"ALSA's library is {alsa}.")
        if any("libfuse" in library for library in used):
            raise Wrong("It uses libfuse.")
        memory = sum(int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{one}/status").read_text())[1])
                     for one, command in bare.processes().items() if not command[0].endswith("/usr/bin/inphase"))
        # Let it go as a person would who ends the session.
        for one, command in bare.processes().items():
            if command[0].endswith("/usr/bin/inphase"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one, signal.SIGTERM)
        until(lambda: not bare.processes(), 10, lambda: f"Left behind: {bare.processes()}")
        init = bare.init()
        if left := [it for it in os.listdir(f"/proc/{init}/root/tmp") if it.startswith(".mount")] + mounts(init):
            raise Wrong(f"Left behind: {left}")
    finally:
        bare.end()
    until(lambda: screen.window() is None, 10, "The window does not go.")
    median = statistics.median(times)
    if median > SECONDS:
        raise Wrong(f"The first picture takes {median:.2f} s.")
    return (f"{name:9} first picture {median:.2f} s (of {min(times):.2f} to {max(times):.2f}; after reading the file anew "
            f"{cold:.2f}), helpers {memory / 1024:.0f} MB, copies: {' '.join(copies) or 'none'}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("target/appimage/test"))
    parser.add_argument("--only", help="one of the cases")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    failed = False
    try:
        make_root()
        if list(ROOT.glob("usr/lib/**/libfuse.so.2*")):
            raise Wrong("The bare root has a libfuse2: it proves nothing.")
        image = asked.image.resolve()
        size = image.stat().st_size / 1e6
        print(f"size      {size:.1f} MB (at most {MEGABYTES})", flush=True)
        if size > MEGABYTES:
            raise Wrong("The AppImage is too large.")
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 1
    screen = Screen()
    cases = {
        "fuse": ((), {"mounted": True, "fuse": True}),
        "unpacked": (("--appimage-extract-and-run",), {}),
        "neither": ((), {}),
        "silent": ((), {"mounted": True, "fuse": True, "without": "libasound.so"}),
    }
    for name, (arguments, where) in cases.items():
        if asked.only not in (None, name):
            continue
        try:
            print(case(name, screen, image, asked.out, *arguments, **where), flush=True)
        except Wrong as wrong:
            failed = True
            print(f"{name}: {wrong}", file=sys.stderr, flush=True)
    screen.close()
    print(f"The pictures are in {asked.out}.")
    return failed


if __name__ == "__main__":
    sys.exit(main())
