"""btworld: a room full of virtual Bluetooth audio devices.

Gives the local kernel a virtual adapter (through /dev/vhci) and puts virtual
speakers and an Echo-like source on the same simulated radio.

  python -m btworld --out /out \\
      --speaker name=Kitchen,addr=02:00:00:00:01:01,delay=150,buffer=180,ppm=25 \\
      --speaker name=Study,addr=02:00:00:00:01:02,vanish_at=20,return_at=40 \\
      --echo name=Echo,addr=02:00:00:00:02:01,at=5,seconds=30

Keys of --speaker:
  name, addr        identity
  delay=MS          AVDTP delay report; leave out for a speaker without it
  buffer=MS         real time from arrival to sound (default 150)
  ppm=N             clock error of its DAC
  bitpool=N         largest SBC bitpool it accepts (default 53)
  volume=0..127     start value of absolute volume, or "none"
  loss=P, rssi=N    chance that one transmission must be repeated; RSSI
  mtu=N             what it asks for on its media channel (default 895)
  target=ADDR       the adapter it calls when it is switched on (default: the first)
  off_at=S, on_at=S, vanish_at=S, return_at=S, disconnect_at=S, connect_at=S   seconds after start
Keys of --echo:
  name, addr, target, rate, bitpool, ppm, jitter=MS, seconds=S, at=S (start to play),
  audio=FILE.wav (default: a click a second over a quiet tone), loss, rssi

While it runs, lines sent to the control socket act on a device:
  Kitchen vanish | return | off | on | disconnect | connect | loss P | volume N | delay MS |
  key play|pause|... | stats        Echo play | stop | disconnect | stats
"""

import argparse
import asyncio
import logging
import os
import signal
from pathlib import Path

from .devices import Echo, Journal, Speaker
from .radio import Air, Controller, attach_vhci


def parse(text: str) -> dict:
    return dict(part.split("=", 1) for part in text.split(",") if part)


async def main() -> None:
    parser = argparse.ArgumentParser(
        prog="btworld", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--adapter", action="append", metavar="ADDR",
                        help="address of hci0 (default 02:00:00:00:00:01); again for hci1...")
    parser.add_argument("--speaker", action="append", default=[], type=parse)
    parser.add_argument("--echo", action="append", default=[], type=parse)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--control", default="/run/btworld.sock")
    parser.add_argument("--loss", type=float, default=0.0, help="retransmission chance for all")
    parser.add_argument("--no-airtime", action="store_true", help="an infinitely fast radio")
    parser.add_argument("--ready", type=Path, help="file to create when all are up")
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    logging.basicConfig(level=logging.DEBUG if args.verbose else logging.WARNING)
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)

    air = Air(loss=args.loss, airtime=not args.no_airtime)
    journal = Journal(args.out / "events.jsonl" if args.out else None, echo=not args.out)
    adapters = args.adapter or ["02:00:00:00:00:01"]
    for address in adapters:
        index = attach_vhci(Controller(air, address, "adapter"))
        journal.write("adapter", "attached", address=address, index=index)

    devices = {}
    for kind, group in ((Speaker, args.speaker), (Echo, args.echo)):
        for options in group:
            options.setdefault("target", adapters[0])
            device = kind(air, options, journal, args.out)
            devices[device.name] = device
            await device.start()

    loop = asyncio.get_running_loop()
    for device in devices.values():
        for verb in ("off", "on", "vanish", "return", "disconnect", "connect"):
            if f"{verb}_at" in device.options:
                loop.call_later(
                    float(device.options[f"{verb}_at"]),
                    lambda d=device, v=verb: asyncio.ensure_future(d.command(v, [])))

    async def serve(reader, writer):
        while line := (await reader.readline()).decode().split():
            try:
                device = devices[line[0]]
                answer = await device.command(line[1], line[2:])
            except Exception as error:
                answer = f"error {error!r}"
            writer.write((answer + "\n").encode())
            await writer.drain()
        writer.close()

    if os.path.exists(args.control):
        os.unlink(args.control)
    await asyncio.start_unix_server(serve, args.control)

    stop = loop.create_future()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: stop.done() or stop.set_result(None))
    if args.ready:
        args.ready.write_text("ready\n")
    await stop
    for device in devices.values():
        device.close()


asyncio.run(main())
