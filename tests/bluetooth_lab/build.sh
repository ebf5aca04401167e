#!/usr/bin/env bash
# Builds the test machine: a Debian 12 root file system, and a kernel with Bluetooth
# and sound that runs as an ordinary process.
#
#   tests/bluetooth_lab/build.sh
#
# Needs what `packaging/setup.sh test` installs. Takes about 5 minutes on 2 cores, once;
# what is up to date is kept, so that a second call takes no time. Everything goes to
# $BLUETOOTH_LAB (default ~/.cache/inphase/bluetooth-lab), 0.5 GB, and 2 GB more while
# it builds.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/place.sh"
debian=bookworm
kernel=6.12
packages=mount,hostname,dbus,bluez,bluez-alsa-utils,libasound2-plugin-bluez,alsa-utils,\
libasound2-plugins,python3,python3-dbus-next,procps,iproute2,kmod,libsbc1

fail() { echo "The Bluetooth lab cannot be built: $*" >&2; exit 1; }
[ "$(uname -m)" = x86_64 ] || fail "it exists for x86-64 only."
for tool in mmdebstrap apt-get dpkg-deb gcc make flex bison bc xz patch python3; do
  command -v "$tool" >/dev/null || fail "$tool is missing. Run packaging/setup.sh test."
done
python3 -m pip --version >/dev/null 2>&1 || fail "pip is missing. Run packaging/setup.sh test."

mkdir -p "$lab"
# Two builds at a time would spoil each other; the second finds all done.
exec 9>"$lab/lock"
flock 9

# Keeps a part as long as what it was made from is the same.
stale() { [ "$(cat "$lab/$1.of" 2>/dev/null)" != "$2" ]; }
mark() { echo "$2" >"$lab/$1.of"; }

root_of="$packages $(cat "$here/requirements.txt")"
if stale root "$root_of"; then
  echo "== root file system"
  rm -rf "$lab/root" "$lab/root.of"
  mkdir -p "$lab/root"
  # By way of tar: unlike a directory, that works for an ordinary user too.
  own=(--no-same-owner); [ "$(id -u)" -ne 0 ] || own=(--same-owner)
  mmdebstrap --quiet --variant=apt --include="$packages" \
    --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt "$1"/usr/share/doc "$1"/usr/share/man "$1"/usr/share/locale' \
    "$debian" - | tar -x --exclude='./dev/*' -p "${own[@]}" -C "$lab/root" ||
    fail "Debian's packages could not be fetched or unpacked, see above."
  # Inside, all is done by root; a file that changes to its owner would change away from it.
  find "$lab/root" -xdev -type f -perm /6000 -exec chmod ug-s {} +
  mkdir -p "$lab"/root/{opt/lib,lab,work,out,control}
  # All else comes from the source tree at each start, so that it is never out of date.
  cat >"$lab/root/init" <<'INIT'
#!/bin/sh
# Lays a memory over the read-only root, takes in what is shared, and hands over.
mount -t tmpfs -o size=2g tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
mount -t proc proc /mnt/root/proc
for word in $(cat /mnt/root/proc/cmdline); do
  case $word in
    share_out=* | share_control=*) mode=rw ;;
    share_*=*) mode=ro ;;
    *) continue ;;
  esac
  place=${word%%=*}
  mount -t hostfs -o "${word#*=}" none "/mnt/root/${place#share_}"
  [ $mode = rw ] || mount -o remount,ro "/mnt/root/${place#share_}"
done
exec chroot /mnt/root /lab/init
INIT
  chmod 755 "$lab/root/init"
  # For the Python inside, whatever the one here is.
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
    --no-deps --no-compile --only-binary=:all: --platform manylinux_2_34_x86_64 --platform manylinux2014_x86_64 \
    --platform any --python-version 3.11 --target "$lab/root/opt/lib" -r "$here/requirements.txt" ||
    fail "the Python packages of requirements.txt could not be fetched, see above."
  mark root "$root_of"
fi

kernel_of="$kernel $(cat "$here/kernel.config" "$here/kernel.patch" | sha256sum)"
if stale linux "$kernel_of"; then
  echo "== kernel"
  work=$(mktemp -d "$lab/kernel.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  # An apt of its own, so that neither the distribution here nor root matters.
  mkdir -p "$work"/lists/partial "$work"/cache/archives/partial
  : >"$work/status"
  for suite in "$debian main" "$debian-security main"; do
    mirror=http://deb.debian.org/debian; [[ $suite != *security* ]] || mirror+=-security
    echo "deb [arch=amd64 signed-by=$lab/root/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite"
  done >"$work/sources"
  apt=(apt-get -q=2 -o Dir::Etc::SourceList="$work/sources" -o Dir::Etc::SourceParts=/dev/null -o Dir::State="$work"
    -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache" -o APT::Architecture=amd64 -o APT::Sandbox::User=)
  { "${apt[@]}" update && (cd "$work" && "${apt[@]}" download "linux-source-$kernel"); } ||
    fail "the kernel's source could not be fetched, see above."
  dpkg-deb --fsys-tarfile "$work"/linux-source-*.deb |
    tar -xO "./usr/src/linux-source-$kernel.tar.xz" | tar -xJ -C "$work"
  source=$work/linux-source-$kernel
  patch --quiet -d "$source" -p1 <"$here/kernel.patch" || fail "kernel.patch does not fit this kernel any more."
  make -C "$source" ARCH=um KCONFIG_ALLCONFIG="$here/kernel.config" allnoconfig >/dev/null
  make -C "$source" ARCH=um -j"$(nproc)" linux >"$lab/kernel.log" 2>&1 ||
    { tail -20 "$lab/kernel.log" >&2; fail "the kernel does not compile; all of it is in $lab/kernel.log."; }
  strip -o "$lab/linux.new" "$source/linux"
  mv "$lab/linux.new" "$lab/linux"
  mark linux "$kernel_of"
  rm -rf "$work"
fi

# A machine that cannot run it is told now, not in the middle of a measurement.
flock -u 9
"$here/run.sh" --simulated-time --timeout 60 -- true ||
  fail "the machine it makes does not start, see above. It needs ptrace (in a container: --cap-add SYS_PTRACE)."
echo "The Bluetooth lab is ready in $lab."
