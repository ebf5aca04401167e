#!/usr/bin/env python3
"""Our AppImage runtime with a small program inside.

    packaging/test/runtime.py target/appimage/runtime      (the head that `make appimage` made)

Needs mksquashfs. What needs FUSE is left out, and said so, where there is no /dev/fuse.
"""
import filecmp
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

RUNTIME = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "target/appimage/runtime").resolve()
FUSE = os.access("/dev/fuse", os.R_OK | os.W_OK)
APP_RUN = """#!/bin/sh
case $1 in
tell) echo "$APPDIR|$APPIMAGE|$OWD|$ARGV0|$*" ;;
exit) exit "$2" ;;
again) "$APPIMAGE" tell; echo "$APPDIR" ;;
wait) echo "$APPDIR"; exec sleep 60 ;;
# Ends, and leaves a child that reads the files later.
child) { read -r _; cat "$APPDIR/text" >"$2"; } <"$3" >/dev/null 2>&1 & echo "$APPDIR" ;;
esac
"""


def until(what, seconds=10):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


class Runtime(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="run time ")
        cls.addClassCleanup(cls.folder.cleanup)
        here = pathlib.Path(cls.folder.name)
        cls.temporary = here / "tmp"
        cls.temporary.mkdir()
        cls.app = here / "app"
        (cls.app / "usr/share/empty").mkdir(parents=True)
        (cls.app / "AppRun").write_text(APP_RUN)
        (cls.app / "AppRun").chmod(0o755)
        (cls.app / "text").write_text("a text\n")
        (cls.app / "link").symlink_to("usr/share/blocks")
        # Several blocks, of which some do not shrink and one is a hole.
        (cls.app / "usr/share/blocks").write_bytes(os.urandom(300_000) + bytes(300_000) + b"end" * 100_000)
        cls.image = here / "An app.AppImage"
        subprocess.run(["mksquashfs", cls.app, here / "image", "-comp", "zstd", "-quiet", "-no-progress", "-all-root"],
                       check=True, stdout=subprocess.DEVNULL)
        cls.image.write_bytes(RUNTIME.read_bytes() + (here / "image").read_bytes())
        cls.image.chmod(0o755)

    def start(self, *arguments, unpacked, **options):
        environment = {**os.environ, "TMPDIR": str(self.temporary), **({"APPIMAGE_EXTRACT_AND_RUN": "1"} if unpacked else {})}
        return subprocess.Popen([self.image, *map(str, arguments)], env=environment, stdout=subprocess.PIPE, text=True, **options)

    def run_image(self, *arguments, unpacked=False, **options):
        program = self.start(*arguments, unpacked=unpacked, **options)
        return program.communicate(timeout=30)[0], program.returncode

    def ways(self):
        """Mounted and unpacked; nothing may be left of either."""
        for unpacked in [False, True] if FUSE else [True]:
            with self.subTest(unpacked=unpacked):
                yield unpacked
                self.assertTrue(until(lambda: not any(self.temporary.iterdir())), list(self.temporary.iterdir()))

    def test_the_program_gets_its_words_and_gives_its_exit_code(self):
        for unpacked in self.ways():
            told, code = self.run_image("tell", "two words", unpacked=unpacked, cwd="/usr")
            directory, image, place, name, words = told.strip().split("|")
            self.assertTrue(directory.startswith(str(self.temporary)), directory)
            self.assertEqual((image, place, name, words), (str(self.image), "/usr", str(self.image), "tell two words"))
            self.assertEqual(code, 0)
            self.assertEqual(self.run_image("exit", 42, unpacked=unpacked)[1], 42)

    @unittest.skipUnless(FUSE, "there is no /dev/fuse for this user")
    def test_what_is_mounted_is_what_was_packed(self):
        program = self.start("--appimage-mount", unpacked=False)
        shown = pathlib.Path(program.stdout.readline().strip())
        self.compare(shown)
        with self.assertRaises(OSError):
            (shown / "new").touch()
        # In the middle of a block, backwards.
        with open(shown / "link", "rb") as one, open(self.app / "link", "rb") as other:
            for place in [899_999, 650_001, 299_990, 131_071, 0]:
                one.seek(place), other.seek(place)
                self.assertEqual(one.read(70_000), other.read(70_000))
        program.send_signal(signal.SIGINT)
        self.assertEqual(program.wait(10), 0)
        program.stdout.close()
        self.assertFalse(shown.exists())

    def test_what_is_unpacked_is_what_was_packed(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(self.run_image("--appimage-extract", cwd=folder)[1], 0)
            self.compare(pathlib.Path(folder) / "squashfs-root")
            self.assertTrue(os.access(f"{folder}/squashfs-root/AppRun", os.X_OK))
        with tempfile.TemporaryDirectory() as folder:
            self.run_image("--appimage-extract", "usr/*", cwd=folder)
            self.assertEqual(os.listdir(f"{folder}/squashfs-root"), ["usr"])
            self.assertEqual(self.run_image("--appimage-extract", "nothing*", cwd=folder, stderr=subprocess.DEVNULL)[1], 126)

    def compare(self, shown):
        found = filecmp.dircmp(shown, self.app)
        while found:
            self.assertEqual((found.left_only, found.right_only, found.funny_files), ([], [], []))
            _, differ, wrong = filecmp.cmpfiles(found.left, found.right, found.common_files, shallow=False)
            self.assertEqual((differ, wrong), ([], []))
            found = next(iter(found.subdirs.values()), None)
        self.assertEqual(os.readlink(shown / "link"), "usr/share/blocks")

    def test_a_program_that_starts_itself_shares_the_files(self):
        for unpacked in self.ways():
            told, _ = self.run_image("again", unpacked=unpacked)
            second, first = told.strip().split("\n")
            self.assertEqual(second.split("|")[0], first)

    def test_a_newer_file_shares_nothing_with_the_older(self):
        for unpacked in self.ways():
            older = self.start("wait", unpacked=unpacked)
            directory = older.stdout.readline().strip()
            environment = pathlib.Path(f"/proc/{older.pid}/environ").read_bytes().decode().split("\0")
            environment = dict(line.split("=", 1) for line in environment if "=" in line)
            os.utime(self.image)
            newer = subprocess.run([self.image, "tell"], env=environment, capture_output=True, text=True)
            self.assertNotEqual(newer.stdout.split("|")[0], directory)
            older.kill()
            older.communicate()

    def test_nothing_is_left_of_a_program_that_crashes(self):
        for unpacked in self.ways():
            program = self.start("wait", unpacked=unpacked)
            directory = pathlib.Path(program.stdout.readline().strip())
            self.assertTrue((directory / "text").exists())
            program.kill()
            program.communicate()
            self.assertTrue(until(lambda: not directory.exists()))

    def test_interrupting_all_at_once_does_not_take_the_files_from_under_the_program(self):
        for unpacked in self.ways():
            program = self.start("wait", unpacked=unpacked, start_new_session=True)
            directory = pathlib.Path(program.stdout.readline().strip())
            helpers = subprocess.run(["pgrep", "-f", f"^appimage-files .*{directory.name}"], capture_output=True, text=True)
            for helper in helpers.stdout.split():
                os.kill(int(helper), signal.SIGTERM)
            self.assertNotEqual(helpers.stdout, "")
            self.assertTrue((directory / "text").exists())
            self.assertEqual((directory / "text").read_text(), "a text\n")
            program.terminate()
            program.communicate()

    def test_a_child_keeps_the_files_after_its_program(self):
        for unpacked in self.ways():
            with tempfile.TemporaryDirectory() as folder:
                result, gate = f"{folder}/result", f"{folder}/gate"
                os.mkfifo(gate)
                program = self.start("child", result, gate, unpacked=unpacked)
                directory = program.stdout.readline().strip()
                # The program itself has ended by now or soon; its child waits at the gate.
                program.wait(10)
                program.stdout.close()
                self.assertTrue(os.path.exists(f"{directory}/text"))
                with open(gate, "w") as it:
                    it.write("go\n")
                self.assertTrue(until(lambda: os.path.exists(result) and os.path.getsize(result) == 7))

    def test_it_tells_about_itself(self):
        self.assertEqual(self.run_image("--appimage-offset")[0].strip(), str(RUNTIME.stat().st_size))
        self.assertTrue(self.run_image("--appimage-updateinfo")[0].startswith("gh-releases-zsync|"))
        self.assertIn("--appimage-extract", self.run_image("--appimage-help")[0])
        self.assertEqual(self.run_image("--appimage-nonsense", stderr=subprocess.DEVNULL)[1], 126)
        with open(self.image, "rb") as file:
            self.assertEqual(file.read(11)[8:], b"AI\2")

    def test_a_damaged_one_says_so(self):
        damaged = self.image.with_name("damaged.AppImage")
        damaged.write_bytes(self.image.read_bytes()[:RUNTIME.stat().st_size + 100])
        damaged.chmod(0o755)
        done = subprocess.run([damaged], capture_output=True, text=True, env={**os.environ, "TMPDIR": str(self.temporary)})
        self.assertEqual(done.returncode, 126)
        self.assertIn("Download it again", done.stderr)
        self.assertEqual(list(self.temporary.iterdir()), [])

    def test_home_and_settings_may_stand_beside_it(self):
        shutil.rmtree(f"{self.image}.home", ignore_errors=True)
        self.run_image("--appimage-portable-home")
        home = f"{self.image}.home"
        self.assertTrue(os.path.isdir(home))
        program = self.start("wait", unpacked=not FUSE)
        program.stdout.readline()

        def environment():
            return pathlib.Path(f"/proc/{program.pid}/environ").read_bytes().decode().split("\0")

        try:
            # It becomes another program now, and has none for a moment.
            self.assertTrue(until(lambda: f"HOME={home}" in environment()), environment())
        finally:
            program.kill()
            program.communicate()
        os.rmdir(home)


if __name__ == "__main__":
    unittest.main()
