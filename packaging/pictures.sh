#!/usr/bin/env bash
# Takes the pictures that stores show: the real window on the demo, on a display without a
# screen. They are part of the source tree (packaging/linux/pictures); the metainfo names them.
#
#   packaging/pictures.sh target/release/inphase       (needs what packaging/setup.sh test installs)
#
# Takes two minutes: the plots shall have something to show.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ -x "${1:-}" ] || { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2; }
binary=$(realpath "$1")
out=$here/linux/pictures
mkdir -p "$out"
home=$(mktemp -d)
exec 3< <(exec Xvfb -displayfd 1 -nolisten tcp -noreset -screen 0 1600x900x24 2>/dev/null)
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$home"' EXIT
read -r display <&3
export DISPLAY=:$display
unset WAYLAND_DISPLAY

# NAME THEME COMMANDS: the window for a minute, then what a hand does, then the picture.
picture() {
    local name=$1 theme=$2
    shift 2
    mkdir -p "$home/$name"/{config/inphase,state,run}
    chmod 700 "$home/$name/run"
    # The whole screen, in the sizes of stores: 16 to 9.
    printf 'theme = "%s"\nsize = [1600.0, 900.0]\n' "$theme" >"$home/$name/config/inphase/window.toml"
    env HOME="$home/$name" XDG_CONFIG_HOME="$home/$name/config" XDG_STATE_HOME="$home/$name/state" \
        XDG_RUNTIME_DIR="$home/$name/run" DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent ICED_BACKEND=tiny-skia \
        "$binary" --demo >"$home/$name.log" 2>&1 &
    local program=$!
    sleep 55
    "$@"
    sleep 3
    import -window root -depth 8 "$out/$name.png"
    kill $program
    wait $program 2>/dev/null || true
    echo "$out/$name.png"
}
# Selects the first speaker, so that the panel at the right has something to show.
speaker() { xdotool mousemove 400 290 click 1 mousemove 1300 880; }

picture window dark speaker
picture light light speaker
