# Inphase: what a person does with the source tree. Every target installs what it
# lacks by packaging/setup.sh (Debian, Ubuntu); nothing else is touched.
#
#   make run      build and open the window: on the real devices, or the demo where there are none
#   make test     all that must hold before a change goes in (the same as .ci/run)
#   make check    the quick half of it: format, lints, documentation
#   make bench    all figures into target/bench/*.md; in parts: bench-lanes (one lane, one
#                 tick of the window), bench-cost (the engine), bench-window (the window
#                 with it), bench-room (an hour in the simulated room, each scenario),
#                 bench-peers (beside other programs)
#   make screens  pictures of every screen into target/screens
#   make docs     the reference pages of docs from the code; make screenshots: their pictures
#                 (the tests fail while either is not what the program says and shows)
#   make lab      Inphase alone on the simulated speakers, figures on the terminal
#   make bluetooth  Inphase in the Bluetooth room, the figures of each scenario in full
#   make install  PREFIX=/usr/local, DESTDIR for packagers
#   make appimage  one file for every Linux into target/, make test-appimage starts it in a
#                 bare Debian; make deb  a package for Debian and Ubuntu into target/
#   make release VERSION=1.2.3  sets the version wherever it stands

SHELL := /bin/bash
PREFIX ?= /usr/local
# rustup installs here, and a fresh terminal may not know it yet.
export PATH := $(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin
CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
BINARY := $(TARGET)/release/inphase
# Names that desktops and stores know: APP_ID and whose releases they are.
include packaging/identity
# A card of the kernel, or a sound server that answers.
HAS_SOUND := ls /dev/snd/pcmC*p >/dev/null 2>&1 || pactl info >/dev/null 2>&1

# Tests draw by the processor: no graphics card is needed, and building takes half the time.
PLAIN := --locked --no-default-features --features window

.PHONY: run build test check lint doc screens bench bench-lanes bench-cost bench-window bench-room bench-peers \
  lab bluetooth install uninstall appimage test-appimage deb release clean

run: build
	@if [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
	  echo "There is no display for the window. To play without one: $(BINARY) run" >&2; exit 1; \
	elif $(HAS_SOUND); then exec $(BINARY); \
	else echo "No sound device here: opening the demo with simulated speakers."; exec $(BINARY) --demo; fi

build:
	@packaging/setup.sh run
	$(CARGO) build --locked --release

test:
	@packaging/setup.sh test
	@$(MAKE) --no-print-directory lint
	$(CARGO) test $(PLAIN) --no-fail-fast
	@$(MAKE) --no-print-directory doc

check:
	@packaging/setup.sh check
	@$(MAKE) --no-print-directory lint doc

lint:
	@$(CARGO) fmt --version >/dev/null 2>&1 && $(CARGO) clippy --version >/dev/null 2>&1 || \
	  { echo "rustfmt or clippy is missing. Run: rustup component add rustfmt clippy" >&2; exit 1; }
	packaging/check.sh
	$(CARGO) fmt --check
	$(CARGO) fmt --check --manifest-path packaging/runtime/Cargo.toml
	$(CARGO) clippy $(PLAIN) --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc $(PLAIN) --no-deps

.PHONY: docs screenshots check-screenshots

docs:
	@packaging/setup.sh run
	INPHASE_DOCS=write $(CARGO) test $(PLAIN) --lib cli::reference
	@git status --short docs/reference 2>/dev/null || true

screenshots:
	@packaging/setup.sh test
	INPHASE_DOCS=write $(CARGO) test $(PLAIN) --test gui_docs
	@ls -l docs/pictures

check-screenshots:
	@packaging/setup.sh test
	$(CARGO) test $(PLAIN) --test gui_docs

screens:
	@packaging/setup.sh test
	$(CARGO) test $(PLAIN) --test 'gui_*'
	@ls $(TARGET)/screens

# Every part runs even when one misses its bar; the whole then fails.
bench:
	@packaging/setup.sh bench
	$(CARGO) build --locked --release
	@status=0; for part in lanes cost window room peers; do \
	  $(MAKE) --no-print-directory bench-$$part || status=1; done; \
	echo "All figures are in $(TARGET)/bench."; exit $$status

# Figures of benches that were renamed since would stay in the table.
bench-lanes:
	rm -rf $(TARGET)/criterion
	$(CARGO) bench $(PLAIN)
	benches/criterion_table.py --out $(TARGET)/bench/lanes.md

bench-cost: $(BINARY)
	benches/cost.py --binary $(BINARY) --out $(TARGET)/bench/cost.md

bench-window: $(BINARY)
	@packaging/setup.sh test
	benches/window.py --binary $(BINARY) --out $(TARGET)/bench/window.md

bench-room: $(BINARY)
	benches/room.sh $(BINARY) $(TARGET)/bench/room.md

bench-peers: $(BINARY)
	@packaging/setup.sh bench
	OUT=$(TARGET)/bench/peers.md benches/peers.sh

# Only where there is none yet: `make build` brings it up to date.
$(BINARY):
	$(CARGO) build --locked --release

lab:
	@packaging/setup.sh test
	$(CARGO) build --locked --release
	tests/lab/inphase.sh $(LAB)

# ROOM="wired faults" for some of the scenarios; all figures stay in $(TARGET)/bluetooth.
ROOM ?= together wired faults two-adapters
bluetooth: $(BINARY)
	@packaging/setup.sh test
	tests/bluetooth_lab/build.sh
	@status=0; for scenario in $(ROOM); do \
	  tests/bluetooth_lab/scenario.py $$scenario --binary $(BINARY) --out $(TARGET)/bluetooth/$$scenario || status=1; \
	done; exit $$status

SHARE := $(PREFIX)/share
ICON_SIZES := $(notdir $(basename $(wildcard packaging/linux/icons/*.png)))
install:
	@test -x $(BINARY) || { echo "Build first: make build" >&2; exit 1; }
	install -Dm755 $(BINARY) "$(DESTDIR)$(PREFIX)/bin/inphase"
	install -d "$(DESTDIR)$(PREFIX)/lib/systemd/user"
	sed 's|@BINDIR@|$(PREFIX)/bin|' packaging/inphase.service > "$(DESTDIR)$(PREFIX)/lib/systemd/user/inphase.service"
	chmod 644 "$(DESTDIR)$(PREFIX)/lib/systemd/user/inphase.service"
	install -d "$(DESTDIR)$(SHARE)/man/man1" "$(DESTDIR)$(SHARE)/bash-completion/completions" \
	  "$(DESTDIR)$(SHARE)/zsh/site-functions" "$(DESTDIR)$(SHARE)/fish/vendor_completions.d"
	$(BINARY) man --dir "$(DESTDIR)$(SHARE)/man/man1"
	$(BINARY) completions bash > "$(DESTDIR)$(SHARE)/bash-completion/completions/inphase"
	$(BINARY) completions zsh > "$(DESTDIR)$(SHARE)/zsh/site-functions/_inphase"
	$(BINARY) completions fish > "$(DESTDIR)$(SHARE)/fish/vendor_completions.d/inphase.fish"
	install -Dm644 -t "$(DESTDIR)$(SHARE)/applications" packaging/linux/$(APP_ID).desktop
	install -Dm644 -t "$(DESTDIR)$(SHARE)/metainfo" packaging/linux/$(APP_ID).metainfo.xml
	install -Dm644 -t "$(DESTDIR)$(SHARE)/icons/hicolor/scalable/apps" packaging/linux/$(APP_ID).svg
	for size in $(ICON_SIZES); do install -Dm644 packaging/linux/icons/$$size.png \
	  "$(DESTDIR)$(SHARE)/icons/hicolor/$${size}x$$size/apps/$(APP_ID).png" || exit 1; done
	install -Dm644 packaging/limits-inphase.conf "$(DESTDIR)$(SHARE)/inphase/limits-inphase.conf"
	install -Dm644 -t "$(DESTDIR)$(SHARE)/doc/inphase" README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE
	@$(REFRESH)

uninstall:
	rm -f "$(DESTDIR)$(PREFIX)/bin/inphase" "$(DESTDIR)$(PREFIX)/lib/systemd/user/inphase.service" \
	  "$(DESTDIR)$(SHARE)/man/man1"/inphase*.1 "$(DESTDIR)$(SHARE)/bash-completion/completions/inphase" \
	  "$(DESTDIR)$(SHARE)/zsh/site-functions/_inphase" "$(DESTDIR)$(SHARE)/fish/vendor_completions.d/inphase.fish" \
	  "$(DESTDIR)$(SHARE)/applications/$(APP_ID).desktop" "$(DESTDIR)$(SHARE)/metainfo/$(APP_ID).metainfo.xml" \
	  "$(DESTDIR)$(SHARE)/icons/hicolor"/*/apps/$(APP_ID).png "$(DESTDIR)$(SHARE)/icons/hicolor"/*/apps/$(APP_ID).svg
	rm -rf "$(DESTDIR)$(SHARE)/inphase" "$(DESTDIR)$(SHARE)/doc/inphase"
	@$(REFRESH)

# A desktop that keeps a list of icons must hear of new ones; a packager's does that itself.
define REFRESH
icons="$(SHARE)/icons/hicolor"; if [ -z "$(DESTDIR)" ] && [ -d "$$icons" ]; then touch "$$icons"; \
  [ ! -e "$$icons/icon-theme.cache" ] || gtk-update-icon-cache -qf "$$icons"; fi; true
endef

appimage:
	@packaging/setup.sh appimage
	$(CARGO) build --locked --release
	packaging/appimage.sh $(BINARY) $(TARGET)

# It needs a release build, so it is no part of `make test`.
test-appimage: appimage
	@packaging/setup.sh test
	cd packaging/runtime && $(CARGO) clippy --locked --release --all-targets --target-dir $(abspath $(TARGET))/appimage/check -- -D warnings
	cd packaging/runtime && $(CARGO) test --locked --release --target-dir $(abspath $(TARGET))/appimage/check
	packaging/test/runtime.py $(TARGET)/appimage/runtime
	packaging/test/appimage.py $(TARGET)/Inphase-$(shell uname -m).AppImage --out $(TARGET)/appimage/test

deb:
	@packaging/setup.sh deb
	$(CARGO) build --locked --release
	packaging/deb.sh $(BINARY) $(TARGET)

release:
	@packaging/setup.sh check
	packaging/release.py $(VERSION)
	packaging/check.sh

clean:
	$(CARGO) clean
