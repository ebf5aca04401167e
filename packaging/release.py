#!/usr/bin/env python3
"""Sets the version wherever it stands, in one go, or checks that all places agree.

    packaging/release.py 1.2.3 [--date 2026-11-27]     (make release VERSION=1.2.3)
    packaging/release.py --check                       (a part of make check; --check-version prints it)

Cargo.toml and Cargo.lock get the version. In CHANGELOG.md, what is under Unreleased becomes
the section of the version, and a new empty Unreleased goes above it. The metainfo gets a
release with the first lines of that section. Nothing is written unless all of it can be;
nothing is committed: look at it, then `git commit -am "Release 1.2.3" && git tag v1.2.3`.
"""
import argparse
import datetime
import os
import pathlib
import re
import sys
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

ROOT = pathlib.Path(os.environ.get("INPHASE_TREE", pathlib.Path(__file__).parent.parent))
IDENTITY = dict(line.split("=", 1) for line in (ROOT / "packaging/identity").read_text().splitlines() if line[:1] not in "#")
CARGO, LOCK, CHANGES = ROOT / "Cargo.toml", ROOT / "Cargo.lock", ROOT / "CHANGELOG.md"
METAINFO = ROOT / f"packaging/linux/{IDENTITY['APP_ID']}.metainfo.xml"

VERSION = r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?"
IN_CARGO = re.compile(r'(?m)\A(\[package\]\nname = "inphase"\nversion = ")(.*)(")$')
IN_LOCK = re.compile(r'(?m)^(name = "inphase"\nversion = ")(.*)(")$')
UNRELEASED = re.compile(r"(?ms)^## \[Unreleased\]\n(.*?)(?=^## \[|\Z)")
SECTION = re.compile(rf"(?m)^## \[({VERSION})\] - (\d{{4}}-\d\d-\d\d)$")
# What a store shows of a release; the rest is one click away.
SHOWN = 6


class Wrong(Exception):
    """One sentence for the person at the terminal."""


def order(version: str) -> tuple:
    """Sorts 1.2.0-rc.1 before 1.2.0."""
    numbers, _, before = version.partition("-")
    return tuple(map(int, numbers.split("."))), not before, before


def found(pattern: re.Pattern, text: str, where: pathlib.Path) -> str:
    match = pattern.search(text)
    if not match:
        raise Wrong(f"{where.name} has no version where it is looked for.")
    return match[2]


def entries(section: str) -> list[str]:
    """The points of a section of the changelog, each on one line."""
    points = re.findall(r"(?m)^- (.*(?:\n  .*)*)", section)
    return [re.sub(r"\s+", " ", re.sub(r"[`*]", "", point)) for point in points]


def release(version: str, date: str) -> dict[pathlib.Path, str]:
    """The new text of every file."""
    if not re.fullmatch(VERSION, version):
        raise Wrong(f"{version} is no version. Give three numbers, such as 1.2.3.")
    changes = CHANGES.read_text()
    released = [match[1] for match in SECTION.finditer(changes)]
    if released and order(version) <= max(map(order, released)):
        raise Wrong(f"{version} is not newer than {max(released, key=order)}, which is released.")
    unreleased = UNRELEASED.search(changes)
    points = entries(unreleased[1]) if unreleased else []
    if not points:
        raise Wrong("CHANGELOG.md has nothing under [Unreleased]. Say there what is new.")

    cargo, lock = CARGO.read_text(), LOCK.read_text()
    found(IN_CARGO, cargo, CARGO), found(IN_LOCK, lock, LOCK)
    heading = f"## [Unreleased]\n\n## [{version}] - {date}\n"
    changes = changes[:unreleased.start()] + heading + changes[unreleased.end(0) - len(unreleased[1]):]

    metainfo = METAINFO.read_text()
    # What was only announced is replaced by the release itself.
    metainfo = re.sub(r'(?s)    <release [^>]*type="development">.*?</release>\n', "", metainfo)
    kind = ' type="development"' if "-" in version else ""
    shown = "".join(f"          <li>{escape(point)}</li>\n" for point in points[:SHOWN])
    url = f"https://github.com/{IDENTITY['OWNER']}/{IDENTITY['REPOSITORY']}/releases/tag/v{version}"
    entry = (f'    <release version="{version}" date="{date}"{kind}>\n      <url>{url}</url>\n'
             f"      <description>\n        <ul>\n{shown}        </ul>\n      </description>\n    </release>\n")
    if "  <releases>\n" not in metainfo:
        raise Wrong(f"{METAINFO.name} has no <releases>.")
    metainfo = metainfo.replace("  <releases>\n", "  <releases>\n" + entry)
    return {
        CARGO: IN_CARGO.sub(rf"\g<1>{version}\3", cargo),
        LOCK: IN_LOCK.sub(rf"\g<1>{version}\3", lock),
        CHANGES: changes,
        METAINFO: metainfo,
    }


def check() -> str:
    """The version that all places name."""
    version = found(IN_CARGO, CARGO.read_text(), CARGO)
    if (locked := found(IN_LOCK, LOCK.read_text(), LOCK)) != version:
        raise Wrong(f"Cargo.toml says {version}, Cargo.lock {locked}. Run cargo check.")
    component = ET.parse(METAINFO).getroot()
    newest = component.find("releases/release")
    if newest is None or newest.get("version") != version:
        raise Wrong(f"Cargo.toml says {version}, the metainfo's first release another. Run make release VERSION={version}.")
    changes = CHANGES.read_text()
    if not UNRELEASED.search(changes):
        raise Wrong("CHANGELOG.md has no section [Unreleased].")
    section = SECTION.search(changes)
    # Before the first release there is none.
    if (section or newest.get("type") != "development") and (not section or section[1] != version or section[2] != newest.get("date")):
        raise Wrong(f"Cargo.toml says {version}, and CHANGELOG.md's newest section has another version or date than the metainfo.")
    return version


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("version", nargs="?")
    parser.add_argument("--date", default=datetime.date.today().isoformat())
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--check-version", action="store_true", help="and print it")
    asked = parser.parse_args()
    try:
        setting = not (asked.check or asked.check_version)
        if setting:
            if not asked.version:
                raise Wrong("Which version? For example: make release VERSION=1.2.3")
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", asked.date):
                raise Wrong(f"{asked.date} is no date. Write it as 2026-11-27.")
            for file, text in release(asked.version, asked.date).items():
                file.write_text(text)
                print(f"{file.relative_to(ROOT)}: {asked.version}")
        version = check()
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 1
    if asked.check_version:
        print(version)
    if setting:
        print(f'Look at it, then: git commit -am "Release {version}" && git tag v{version}')
    return 0


if __name__ == "__main__":
    sys.exit(main())
