#!/usr/bin/env bash
# Puts the AppImage together.
#
#   packaging/appimage.sh target/release/inphase OUT
#
# Writes OUT/Inphase-ARCH.AppImage and its .zsync, prints its size. `make appimage` calls it
# after building the program. Everything comes from this source tree, from crates and from
# the system's packages that `packaging/setup.sh appimage` installs.
#
#   APPIMAGE_RUNTIME=FILE  the head of the AppImage, instead of our own packaging/runtime
#   SOURCE_DATE_EPOCH      the time of all files inside (default: of the last commit)
#   GLIBC=2.36             the oldest glibc that it must run on
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tree=$(dirname "$here")
. "$here/identity"
fail() { echo "The AppImage cannot be made: $*" >&2; exit 1; }
[ $# -eq 2 ] || { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2; }
[ -x "$1" ] || fail "$1 is not there. Run make build."
binary=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
arch=$(uname -m)
# What the loader's list calls this processor.
case $arch in
x86_64) loader=x86-64 ;;
aarch64) loader=AArch64 ;;
*) fail "there is no AppImage for $arch: only x86_64 and aarch64." ;;
esac
# So much may the file weigh; see packaging/README.md.
most=$((30 * 1000 * 1000))
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$tree" log -1 --format=%ct 2>/dev/null || date +%s)}
for tool in mksquashfs objcopy strip readelf zsyncmake desktop-file-validate appstreamcli; do
    command -v $tool >/dev/null || fail "$tool is missing. Run packaging/setup.sh appimage."
done

work=$out/appimage
app=$work/Inphase.AppDir
rm -rf "$app"
mkdir -p "$app"

echo "== files"
make --no-print-directory -s -C "$tree" install BINARY="$binary" DESTDIR="$app" PREFIX=/usr
# Without its line numbers, but with the names that a crash report shows.
strip --strip-debug --remove-section=.comment "$app/usr/bin/inphase"
install -m755 "$here/linux/AppRun" "$app/AppRun"
cp "$here/linux/$APP_ID.desktop" "$here/linux/$APP_ID.svg" "$app/"
cp "$here/linux/icons/256.png" "$app/.DirIcon"
# By its old name, which the desktops' image builders and stores look for.
ln -s "$APP_ID.metainfo.xml" "$app/usr/share/metainfo/$APP_ID.appdata.xml"

echo "== copies of libraries for machines without them"
documents=$app/usr/share/doc/inphase
# NAME: the library that decides, and those that come with it because they must fit it.
while read -r name others; do
    place=$app/usr/lib/fallback/$name
    mkdir -p "$place"
    for library in $name $others; do
        file=$(/sbin/ldconfig -p | sed -n "s|^\s*$library (libc6,$loader.*) => ||p" | head -1)
        [ -n "$file" ] || fail "$library is not on this system. Run packaging/setup.sh appimage."
        install -m644 "$(realpath "$file")" "$place/$library"
        # One of both ways is what dpkg knows it by.
        package=$({ dpkg-query -S "$(realpath "$file")" || dpkg-query -S "${file#/usr}" || dpkg-query -S "$(realpath "$file" | sed 's|^/usr||')"; } 2>/dev/null | head -1 | cut -d: -f1)
        [ -n "$package" ] || fail "no package of this system holds $file."
        version=$(dpkg-query -W -f '${source:Package} ${source:Version}' "$package:$(dpkg --print-architecture)")
        install -Dm644 "/usr/share/doc/$package/copyright" "$documents/libraries/$package"
        echo "$library: Debian's source package $version" >>"$documents/libraries/README"
    done
done < <(sed -n '/^#/!p' "$here/linux/fallback")
cp -rL /usr/share/alsa "$app/usr/share/alsa"
rm -rf "$app/usr/share/alsa/ucm" "$app/usr/share/alsa/ucm2" "$app/usr/share/alsa/topology" "$app/usr/share/alsa/speaker-test"

echo "== licences"
"$here/licences.py" "$documents/LICENSES.txt" "$tree/Cargo.toml" "$here/runtime/Cargo.toml"

echo "== runtime"
runtime=$work/runtime
if [ -n "${APPIMAGE_RUNTIME:-}" ]; then
    [ -r "$APPIMAGE_RUNTIME" ] || fail "APPIMAGE_RUNTIME is $APPIMAGE_RUNTIME, and that is not there."
    cp "$APPIMAGE_RUNTIME" "$runtime"
else
    target=$(rustc -vV | sed -n 's/^host: //p')
    (cd "$here/runtime" && RUSTFLAGS="-C target-feature=+crt-static" CARGO_TARGET_DIR="$work/build" \
        cargo build --locked --release --target "$target")
    cp "$work/build/$target/release/appimage-runtime" "$runtime"
    # Room for what a signer writes later.
    for section in sha256_sig:1024 sig_key:8192; do
        truncate -s "${section#*:}" "$work/section"
        objcopy --add-section ".${section%:*}=$work/section" "$runtime"
        rm "$work/section"
    done
fi
readelf -lW "$runtime" 2>/dev/null | grep -q INTERP && fail "the runtime is not static."
name=Inphase-$arch.AppImage
printf 'gh-releases-zsync|%s|%s|latest|Inphase-*%s.AppImage.zsync' "$OWNER" "$REPOSITORY" "$arch" >"$work/upd_info"
truncate -s 1024 "$work/upd_info"
if readelf -SW "$runtime" | grep -q '\.upd_info'; then
    objcopy --update-section ".upd_info=$work/upd_info" "$runtime"
else
    objcopy --add-section ".upd_info=$work/upd_info" "$runtime"
fi
# The image begins where the table of sections ends, which must be the end of the file.
ends=$(readelf -h "$runtime" | awk '/Start of section headers/{s=$5} /Size of section headers/{z=$5} /Number of section headers/{n=$5} END{print s+z*n}')
[ "$ends" -eq "$(stat -c %s "$runtime")" ] || fail "the runtime does not end with its section headers."
# The mark of a type 2 AppImage, last: the tools above do not keep it.
printf 'AI\002' | dd of="$runtime" bs=1 seek=8 conv=notrunc status=none

echo "== checks"
desktop-file-validate "$app/$APP_ID.desktop"
appstreamcli validate-tree --no-net "$app" >/dev/null || appstreamcli validate-tree --no-net "$app"
"$here/symbols.sh" "$app"
loads=$(readelf -dW "$app/usr/bin/inphase" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -Ev '^(libasound\.so\.2|libc\.so\.6|libm\.so\.6|libgcc_s\.so\.1|ld-linux.*)$' || true)
[ -z "$loads" ] || fail "the program wants libraries that a bare system does not have: $loads"

echo "== image"
rm -f "$work/image" "$out/$name" "$out/$name.zsync"
# One time for everything, so that the same source makes the same image.
env -u SOURCE_DATE_EPOCH mksquashfs "$app" "$work/image" -comp zstd -Xcompression-level 19 -b 128K \
    -all-root -no-xattrs -noappend -quiet -no-progress -mkfs-time "$SOURCE_DATE_EPOCH" -all-time "$SOURCE_DATE_EPOCH"
cat "$runtime" "$work/image" >"$out/$name"
chmod 755 "$out/$name"
(cd "$out" && zsyncmake -u "$name" -o "$name.zsync" "$name")

# It starts, and knows what it is.
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$tree/Cargo.toml" | head -1)
said=$("$out/$name" --appimage-extract-and-run --version)
[[ $said == *"$version"* ]] || fail "it says '$said' instead of its version $version."
[[ $("$out/$name" --appimage-updateinfo) == gh-releases-zsync* ]] || fail "it does not say where newer versions are."
size=$(stat -c %s "$out/$name")
echo "$out/$name: $(awk "BEGIN{printf \"%.1f\", $size/1e6}") MB, of which the program $(awk "BEGIN{printf \"%.1f\", $(stat -c %s "$app/usr/bin/inphase")/1e6}") MB unpacked"
[ "$size" -le "$most" ] || fail "that is more than $((most / 1000000)) MB."
