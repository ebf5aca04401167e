#!/usr/bin/env bash
# Installs the system packages that are missing on Debian and Ubuntu, and nothing else.
#
#   packaging/setup.sh [run|check|test|bench|appimage|deb]
#
#   run       what building and running needs (default)
#   check     and what checks the desktop files
#   test      and what the tests use: a private session bus, PipeWire, Python with numpy,
#             a display without a screen, what the Bluetooth lab is built with
#   bench     and the programs that `make bench` compares with
#   appimage  what `make appimage` puts together and packs with
#   deb       what `make deb` packs with
#
# Does nothing, in well under a second, when everything is there. Asks for sudo only
# when something is missing. Exits 1 with the next step when it cannot go on.
set -euo pipefail

build=(gcc libc6-dev make pkg-config libasound2-dev libjack-jackd2-dev)
# Opened by the window at run time; a desktop has them, a minimal system may not.
window=(libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon0 libxkbcommon-x11-0 libwayland-client0)
# A display without a screen, hands for mouse and keys, a window manager to give
# the keyboard, a camera.
screen=(xvfb xdotool openbox x11-utils imagemagick)
check=(dbus sbc-tools pipewire pipewire-bin pipewire-pulse wireplumber pulseaudio-utils alsa-utils python3 python3-numpy)
# Makes a Debian and a kernel for the Bluetooth lab; uidmap: without being root.
bluetooth=(mmdebstrap debian-archive-keyring uidmap flex bison bc xz-utils patch python3-pip)
# Desktop file and metainfo.
desktop=(python3 desktop-file-utils appstream)
# Packer, section editor, update blocks; the libraries that it carries copies of.
appimage=(python3 squashfs-tools binutils zsync libxkbcommon-x11-0 libwayland-client0 libasound2-data)
deb=(dpkg-dev python3)
peers=(pulseaudio pipewire-jack zita-ajbridge snapserver snapclient stress-ng)

case ${1:-run} in
run) wanted=("${build[@]}" "${window[@]}") ;;
check) wanted=("${build[@]}" "${window[@]}" "${desktop[@]}") ;;
appimage) wanted=("${build[@]}" "${window[@]}" "${desktop[@]}" "${appimage[@]}") ;;
deb) wanted=("${build[@]}" "${window[@]}" "${deb[@]}") ;;
test) wanted=("${build[@]}" "${window[@]}" "${desktop[@]}" "${check[@]}" "${screen[@]}" "${bluetooth[@]}") ;;
bench) wanted=("${build[@]}" "${window[@]}" "${check[@]}" "${screen[@]}" "${peers[@]}") ;;
*)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"
    exit 2
    ;;
esac

# A cargo that rustup installed in this session may not be on the PATH yet.
if ! command -v cargo >/dev/null && [ ! -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
    echo "Rust is missing. Install it from https://rustup.rs, open a new terminal, then run this again." >&2
    exit 1
fi

if ! command -v dpkg-query >/dev/null; then
    echo "This is not Debian or Ubuntu: install the equivalents of these yourself: ${wanted[*]}" >&2
    exit 0
fi

# Names that are provided by another package (pkgconf for pkg-config, newer ALSA and
# GLib packages with a suffix) count as there.
missing=()
installed=" $(dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' 2>/dev/null |
    sed -n 's/^installed //p' | sed 's/([^)]*)//g; s/,/ /g; s/:[a-z0-9]*//g' | tr '\n' ' ') "
for package in "${wanted[@]}"; do
    [[ $installed == *" $package "* ]] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "Missing: ${missing[*]}"
root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Installing them needs root, and there is no sudo. As root, run: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    root=(sudo)
fi
# Another installation may be under way: wait for it rather than fail.
apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
"${apt[@]}" update
if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; then
    echo "The packages above could not be installed. Read the last lines, repair, then run this again." >&2
    exit 1
fi
