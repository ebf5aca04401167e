#!/usr/bin/env python3
"""The release script on a small tree of its own."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
SCRIPT = HERE.parent / "release.py"
APP_ID = "io.github.inphase.Inphase"


class Release(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = pathlib.Path(folder.name)
        (self.tree / "packaging/linux").mkdir(parents=True)
        shutil.copy(HERE.parent / "identity", self.tree / "packaging/identity")
        self.write("Cargo.toml", '[package]\nname = "inphase"\nversion = "0.1.0"\n\n[dependencies]\nother = { version = "0.1.0" }\n')
        self.write("Cargo.lock", 'version = 4\n\n[[package]]\nname = "inphase"\nversion = "0.1.0"\n\n[[package]]\nname = "other"\nversion = "0.1.0"\n')
        self.write("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- `inphase` plays\n  on & on.\n")
        self.write(f"packaging/linux/{APP_ID}.metainfo.xml",
                   '<component>\n  <releases>\n    <release version="0.1.0" date="2026-01-01" type="development">\n'
                   "      <description/>\n    </release>\n  </releases>\n</component>\n")

    def write(self, name, text):
        (self.tree / name).write_text(text)

    def read(self, name):
        return (self.tree / name).read_text()

    def run_script(self, *arguments):
        return subprocess.run([sys.executable, SCRIPT, *arguments], env={**os.environ, "INPHASE_TREE": str(self.tree)},
                              capture_output=True, text=True)

    def all(self):
        return {file: file.read_text() for file in self.tree.rglob("*") if file.is_file()}

    def test_one_call_sets_every_place(self):
        done = self.run_script("1.2.3", "--date", "2026-11-27")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('name = "inphase"\nversion = "1.2.3"', self.read("Cargo.toml"))
        self.assertIn('name = "inphase"\nversion = "1.2.3"', self.read("Cargo.lock"))
        self.assertIn('name = "other"\nversion = "0.1.0"', self.read("Cargo.lock"))
        self.assertIn("## [Unreleased]\n\n## [1.2.3] - 2026-11-27\n\n### Added\n\n- `inphase`", self.read("CHANGELOG.md"))
        metainfo = self.read(f"packaging/linux/{APP_ID}.metainfo.xml")
        self.assertIn('<release version="1.2.3" date="2026-11-27">', metainfo)
        self.assertIn("<li>inphase plays on &amp; on.</li>", metainfo)
        self.assertNotIn("0.1.0", metainfo)
        self.assertEqual(self.run_script("--check").returncode, 0)

    def test_a_second_release_stands_above_the_first(self):
        self.run_script("1.2.3", "--date", "2026-11-27")
        changes = self.read("CHANGELOG.md").replace("## [Unreleased]\n", "## [Unreleased]\n\n- More.\n", 1)
        self.write("CHANGELOG.md", changes)
        self.assertEqual(self.run_script("1.10.0", "--date", "2026-12-01").returncode, 0)
        metainfo = self.read(f"packaging/linux/{APP_ID}.metainfo.xml")
        self.assertLess(metainfo.index('"1.10.0"'), metainfo.index('"1.2.3"'))

    def test_what_cannot_be_released_changes_nothing(self):
        before = self.all()
        for version, told in [("1.2", "no version"), ("01.2.3", "no version"), ("v1.2.3", "no version")]:
            done = self.run_script(version)
            self.assertEqual(done.returncode, 1)
            self.assertIn(told, done.stderr)
        self.assertIn("no date", self.run_script("1.2.3", "--date", "tomorrow").stderr)
        self.assertEqual(self.all(), before)

    def test_an_older_version_and_an_empty_changelog_are_refused(self):
        self.run_script("1.2.3")
        self.assertIn("nothing under [Unreleased]", self.run_script("1.2.4").stderr)
        self.write("CHANGELOG.md", self.read("CHANGELOG.md").replace("## [Unreleased]\n", "## [Unreleased]\n\n- More.\n", 1))
        for version in ["1.2.3", "1.2.2", "1.2.3-rc.1"]:
            self.assertIn("not newer than 1.2.3", self.run_script(version).stderr)

    def test_places_that_disagree_are_named(self):
        for name, was in [("Cargo.lock", "Cargo.lock"), (f"packaging/linux/{APP_ID}.metainfo.xml", "metainfo")]:
            text = self.read(name)
            self.write(name, text.replace("0.1.0", "0.2.0"))
            done = self.run_script("--check")
            self.assertEqual(done.returncode, 1)
            self.assertIn(was, done.stderr)
            self.write(name, text)
        self.assertEqual(self.run_script("--check").returncode, 0)


if __name__ == "__main__":
    unittest.main()
