#!/usr/bin/env bash
# What must hold in packaging/, in about a second: versions and names agree, the desktop
# file and the metainfo are valid, and the release script does what it says.
#
#   packaging/check.sh          (a part of `make check` and `make test`)
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/identity
fail() { echo "packaging: $*" >&2; exit 1; }

packaging/release.py --check
desktop-file-validate "packaging/linux/$APP_ID.desktop"
# Without the network: it is the release's work to publish the pictures that it names.
appstreamcli validate --pedantic --no-net "packaging/linux/$APP_ID.metainfo.xml" >/dev/null ||
    { appstreamcli validate --pedantic --no-net "packaging/linux/$APP_ID.metainfo.xml" >&2; exit 1; }

grep -rq "\"$APP_ID\"" src || fail "the window in src/ has another name than $APP_ID."
for line in "Icon=$APP_ID" "StartupWMClass=$APP_ID"; do
    grep -qx "$line" "packaging/linux/$APP_ID.desktop" || fail "the desktop file lacks the line $line."
done
grep -q "<id>$APP_ID</id>" "packaging/linux/$APP_ID.metainfo.xml" || fail "the metainfo has another id than $APP_ID."
grep -q "^id: $APP_ID$" "packaging/flatpak/$APP_ID.yml" || fail "the Flatpak manifest has another id than $APP_ID."
for size in 16 24 32 48 64 128 256 512; do
    # Width and height stand at a fixed place of every PNG.
    [ "$(od -An -tu1 -j16 -N8 "packaging/linux/icons/$size.png" | awk '{print $3*256+$4 "x" $7*256+$8}')" = "${size}x$size" ] ||
        fail "icons/$size.png is not of that size. Run packaging/icons.py."
done
for picture in $(sed -n 's|.*/main/\([^<]*\)</image>.*|\1|p' "packaging/linux/$APP_ID.metainfo.xml"); do
    [ -e "$picture" ] || fail "the metainfo shows $picture, and that is not there."
done
python3 packaging/test/release_test.py 2>&1 | tail -1 | grep -qx OK || { python3 packaging/test/release_test.py; exit 1; }
for script in packaging/*.sh packaging/linux/AppRun; do bash -n "$script"; done
