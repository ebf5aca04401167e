#!/usr/bin/env bash
# Puts a package for Debian and Ubuntu together: the files of `make install`, and no others.
#
#   packaging/deb.sh target/release/inphase OUT
#
# Writes OUT/inphase_VERSION_ARCH.deb. `make deb` calls it after building the program.
# SOURCE_DATE_EPOCH is the time of all files inside (default: of the last commit).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tree=$(dirname "$here")
. "$here/identity"
fail() { echo "The package cannot be made: $*" >&2; exit 1; }
[ $# -eq 2 ] || { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2; }
[ -x "$1" ] || fail "$1 is not there. Run make build."
for tool in dpkg-deb dpkg-shlibdeps python3; do
    command -v $tool >/dev/null || fail "$tool is missing. Run packaging/setup.sh deb."
done
binary=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
arch=$(dpkg --print-architecture)
version=$("$here/release.py" --check-version)
# Debian sorts 1.0~rc.1 before 1.0.
version=${version/-/\~}-1
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$tree" log -1 --format=%ct 2>/dev/null || date +%s)}
umask 022

work=$out/deb
root=$work/root
rm -rf "$work"
mkdir -p "$root/DEBIAN"
make --no-print-directory -s -C "$tree" install BINARY="$binary" DESTDIR="$root" PREFIX=/usr
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$root/usr/bin/inphase"
gzip -9n "$root"/usr/share/man/man1/*

# What the policy wants to have in one file, and under these names.
documents=$root/usr/share/doc/inphase
"$here/licences.py" "$work/crates" "$tree/Cargo.toml"
gzip -9nc "$work/crates" >"$documents/third-party-notices.gz"
gzip -9nc "$documents/CHANGELOG.md" >"$documents/changelog.gz"
rm "$documents/CHANGELOG.md" "$documents"/LICENSE-*
gzip -9nc >"$documents/changelog.Debian.gz" <<CHANGES
inphase ($version) unstable; urgency=medium

  * Built from the source tree; what is new stands in changelog.gz.

 -- $MAINTAINER  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
CHANGES
cat >"$documents/copyright" <<COPYRIGHT
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Inphase
Source: https://github.com/$OWNER/$REPOSITORY
Comment: The libraries that are part of the program, each with its licence:
 third-party-notices.gz

Files: *
Copyright: $(sed -n 's/^Copyright (c) //p' "$tree/LICENSE-MIT")
License: Expat or Apache-2.0

License: Expat
$(sed '1,/^Copyright/d' "$tree/LICENSE-MIT" | sed '/./,$!d; s/^$/./; s/^/ /')

License: Apache-2.0
 On Debian systems the full text of the Apache License, version 2.0, stands in
 /usr/share/common-licenses/Apache-2.0
COPYRIGHT

# The libraries that it is linked to, in the versions that it needs.
mkdir -p "$work/shlibs/debian"
printf 'Source: inphase\n\nPackage: inphase\nArchitecture: any\n' >"$work/shlibs/debian/control"
needs=$(cd "$work/shlibs" && dpkg-shlibdeps -O "$root/usr/bin/inphase" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
[ -n "$needs" ] || fail "dpkg-shlibdeps does not know which libraries it needs."
# The metainfo's own words.
description=$(python3 - "$here/linux/$APP_ID.metainfo.xml" <<'PYTHON'
import sys, textwrap, xml.etree.ElementTree as ET
paragraphs = ET.parse(sys.argv[1]).getroot().findall("description/p")
print("\n .\n".join(textwrap.fill(" ".join(it.text.split()), 78, initial_indent=" ", subsequent_indent=" ") for it in paragraphs))
PYTHON
)
cat >"$root/DEBIAN/control" <<CONTROL
Package: inphase
Version: $version
Architecture: $arch
Maintainer: $MAINTAINER
Installed-Size: $(du -k -s --apparent-size "$root/usr" | cut -f1)
Depends: $needs
Recommends: libx11-6, libx11-xcb1, libxcursor1, libxi6, libxkbcommon-x11-0, libwayland-client0, rtkit
Suggests: bluez, libvulkan1, pulseaudio-utils
Section: sound
Priority: optional
Homepage: https://github.com/$OWNER/$REPOSITORY
Description: play one stream on many speakers, in sync
$description
CONTROL
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
package=$out/inphase_${version}_$arch.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >/dev/null
echo "$package: $(awk "BEGIN{printf \"%.1f\", $(stat -c %s "$package")/1e6}") MB"
if command -v lintian >/dev/null; then
    lintian --fail-on error "$package"
fi
