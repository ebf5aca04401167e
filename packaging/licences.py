#!/usr/bin/env python3
"""Writes one text with the licence of every crate that is in the program.

    packaging/licences.py OUT [MANIFEST ...]      (default: Cargo.toml of the program)

The licence texts are the files that the crates came with; a text that many share stands
there once, with all their names. Ends with 1 and the names when a crate neither has a
licence file nor a licence of which packaging/licences/ holds the text.
"""
import collections
import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
NAMES = re.compile(r"(?i)^(licen[cs]es?|copying|copyright|notice|unlicense|ofl|afl|.*-licen[cs]e)([-._].*)?$")
# Fonts of crates and C sources of `-sys` crates carry their licence in a folder of their own.
DEEPER = re.compile(r"(?i)^(vendor|licen[cs]es|fonts?|assets|zstd|dbus)$")
STANDARD = {"Apache-2.0": HERE.parent / "LICENSE-APACHE"}
NO_TEXT = {".rs", ".toml", ".py", ".sh", ".c", ".h", ".am", ".cmake", ".json", ".yml", ".png", ".ttf"}


def crates(manifest: str) -> list[dict]:
    """Everything that is linked into the program, without what only runs while it is built."""
    target = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    target = re.search(r"host: (\S+)", target)[1]
    told = subprocess.run(
        ["cargo", "metadata", "--locked", "--format-version=1", "--filter-platform", target, "--manifest-path", manifest],
        check=True, capture_output=True, text=True)
    metadata = json.loads(told.stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    found, todo = set(), [metadata["resolve"]["root"]]
    while todo:
        package = todo.pop()
        if package in found or any("proc-macro" in it["kind"] for it in packages[package]["targets"]):
            continue
        found.add(package)
        todo += [dep["pkg"] for dep in nodes[package]["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
    return [packages[package] for package in found]


def texts(package: dict) -> list[str]:
    root = pathlib.Path(package["manifest_path"]).parent
    files = set()
    todo = [(root, 0)]
    while todo:
        folder, depth = todo.pop()
        for entry in folder.iterdir():
            if entry.is_file() and (NAMES.match(entry.name) or re.match(r"(?i)licen[cs]es$", folder.name)) \
                    and entry.suffix.lower() not in NO_TEXT:
                files.add(entry)
            elif entry.is_dir() and depth < 3 and DEEPER.match(entry.name):
                todo.append((entry, depth + 1))
    if package.get("license_file"):
        files.add(root / package["license_file"])
    return [text for file in sorted(files) if (text := file.read_text(errors="replace").strip("\n \ufeff"))]


def standard(package: dict) -> list[str]:
    """The well-known texts, for a crate that names its licence only. Of a choice, the first that is here."""
    for choice in re.split(r"\bOR\b|/", package["license"] or ""):
        parts = [part.strip(" ()") for part in choice.split("AND")]
        files = [STANDARD.get(part, HERE / "licences" / f"{part}.txt") for part in parts]
        if all(file.exists() for file in files):
            who = ", ".join(package["authors"]) or f"the authors of {package['name']}"
            return [file.read_text().strip().replace("<holders>", who) for file in files]
    return []


def main() -> int:
    out, manifests = pathlib.Path(sys.argv[1]), sys.argv[2:] or ["Cargo.toml"]
    packages = {(p["name"], p["version"]): p for manifest in manifests for p in crates(manifest) if p["source"]}
    users, unknown = collections.defaultdict(list), []
    for (name, version), package in sorted(packages.items()):
        found = texts(package) or standard(package)
        if not found:
            unknown.append(f"{name} {version} ({package['license']})")
        for text in dict.fromkeys(found):
            users[re.sub(r"\s+", " ", text)].append((f"{name} {version}", text))
    for font in sorted((HERE.parent / "assets/fonts").glob("LICENSE-*.txt")):
        users[font.name].append((f"the fonts {font.stem.removeprefix('LICENSE-')}", font.read_text().strip()))
    if unknown:
        print("These crates have no licence text. Put the text of their licence into packaging/licences/SPDX-ID.txt: "
              + ", ".join(unknown), file=sys.stderr)
        return 1
    line = "=" * 100
    with out.open("w") as file:
        file.write("Inphase is under the MIT or the Apache-2.0 licence, as you like. It is built from the following "
                   f"{len(packages)} crates,\neach under its own licence; the licence texts follow.\n\n")
        for (name, version), package in sorted(packages.items()):
            file.write(f"  {name} {version}: {package['license'] or 'see its text'}"
                       f"{'  ' + package['repository'] if package['repository'] else ''}\n")
        for shared in sorted(users.values(), key=lambda it: (-len(it), it[0][0])):
            names = ", ".join(name for name, _ in shared)
            file.write(f"\n{line}\n{names}\n{line}\n\n{shared[0][1]}\n")
    print(f"{out}: {len(packages)} crates, {len(users)} texts")
    return 0


if __name__ == "__main__":
    sys.exit(main())
