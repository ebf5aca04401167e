#!/usr/bin/env python3
"""Draws the icon: packaging/linux/APP_ID.svg, and icons/SIZE.png from it.

    packaging/icons.py            (needs rsvg-convert; the results are part of the source tree)

It is the logo of the window, the phase bars of three speakers, and the needles that make
one line when they play in sync. The small sizes are drawn on whole pixels, each by itself:
scaled down, the lines would be grey haze.
"""
import pathlib
import subprocess

HERE = pathlib.Path(__file__).parent
IDENTITY = dict(line.split("=", 1) for line in (HERE / "identity").read_text().splitlines() if line[:1] not in "#")

# Colours of the window: light panel, ink, and between the greens of both themes.
PAPER, SHADE, INK, NEEDLE = "#FBFAF7", "#E3E0D8", "#17191B", "#12946A"

# side: (tile's inset, tile's corner, needle's left/top/width, gap, lines as (top, height, left))
SIZES = {
    16: (1, 3, (7, 3, 2), 1, [(4, 2, 4), (7, 2, 3), (10, 2, 4)]),
    24: (1, 5, (11, 4, 2), 1, [(7, 2, 5), (11, 2, 4), (15, 2, 6)]),
    32: (2, 6, (14, 6, 4), 1, [(9, 2, 8), (15, 2, 6), (21, 2, 9)]),
    48: (3, 9, (22, 9, 4), 2, [(14, 3, 12), (22, 4, 9), (31, 3, 13)]),
    128: (8, 25, (58, 23, 12), 4, [(36, 10, 30), (59, 10, 23), (82, 10, 34)]),
}
PNG_SIZES = [16, 24, 32, 48, 64, 128, 256, 512]


def half(inner: float, outer: float, top: float, height: float) -> str:
    """One side of a bar: cut off at the needle, round at its end, to the left or to the right."""
    radius = height / 2
    towards = 1 if outer > inner else -1
    straight = outer - inner - towards * radius
    turn = 1 if towards > 0 else 0
    return f"M{inner:g} {top:g}h{straight:g}a{radius:g} {radius:g} 0 0 {turn} 0 {height:g}h{-straight:g}z"


def svg(side: int) -> str:
    inset, corner, (needle, top, width), gap, lines = SIZES[side]
    tile = side - 2 * inset
    bars = "".join(
        half(needle - gap, left, y, height) + half(needle + width + gap, side - left, y, height)
        for y, height, left in lines
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" viewBox="0 0 {side} {side}">
  <linearGradient id="paper" x2="0" y2="1">
    <stop offset="0" stop-color="{PAPER}"/>
    <stop offset="1" stop-color="{SHADE}"/>
  </linearGradient>
  <rect x="{inset}" y="{inset}" width="{tile}" height="{tile}" rx="{corner}" fill="url(#paper)"/>
  <rect x="{inset + .5}" y="{inset + .5}" width="{tile - 1}" height="{tile - 1}" rx="{corner - .5}" fill="none" stroke="{INK}" stroke-opacity=".2"/>
  <path fill="{INK}" d="{bars}"/>
  <rect x="{needle}" y="{top}" width="{width}" height="{side - 2 * top}" rx="{width / 2:g}" fill="{NEEDLE}"/>
</svg>
"""


def main() -> None:
    folder = HERE / "linux"
    (folder / "icons").mkdir(exist_ok=True)
    (folder / f"{IDENTITY['APP_ID']}.svg").write_text(svg(128))
    for size in PNG_SIZES:
        drawn = svg(size if size in SIZES else 128)
        target = folder / "icons" / f"{size}.png"
        subprocess.run(["rsvg-convert", "-w", str(size), "-h", str(size), "-o", target], input=drawn.encode(), check=True)


if __name__ == "__main__":
    main()
