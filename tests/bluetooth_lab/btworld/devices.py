"""Virtual Bluetooth audio devices: A2DP speakers and an Echo-like source."""

from __future__ import annotations

import array
import asyncio
import csv
import json
import math
import random
import struct
import time
import wave
from pathlib import Path
from typing import Optional

from bumble import a2dp, avdtp, avrcp, hci, l2cap, pairing
from bumble.core import AdvertisingData, PhysicalTransport
from bumble.device import Device, DeviceConfiguration
from bumble.rtp import MediaPacket

from .radio import Air, Controller, HostPort
from .sbc import Codec

RATES = {
    a2dp.SbcMediaCodecInformation.SamplingFrequency.SF_16000: 16000,
    a2dp.SbcMediaCodecInformation.SamplingFrequency.SF_32000: 32000,
    a2dp.SbcMediaCodecInformation.SamplingFrequency.SF_44100: 44100,
    a2dp.SbcMediaCodecInformation.SamplingFrequency.SF_48000: 48000,
}


def now_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


class Journal:
    """One JSON object per line; every event of every device, one clock."""

    def __init__(self, path: Optional[Path], echo: bool = False):
        self.file = open(path, "w", buffering=1) if path else None
        self.echo = echo
        self.write("world", "start", realtime_ns=time.time_ns())

    def write(self, device: str, event: str, **fields) -> None:
        line = json.dumps({"t_ns": now_ns(), "device": device, "event": event, **fields})
        if self.file:
            self.file.write(line + "\n")
        if self.echo:
            print(line, flush=True)


class Peer:
    """What speakers and sources share: a controller, a Bumble host, pairing."""

    cod = 0x240404
    services: tuple[int, ...] = ()

    def __init__(self, air: Air, options: dict, journal: Journal, out: Optional[Path]):
        self.options = options
        self.name = options["name"]
        self.journal = journal
        self.out = out
        self.controller = Controller(
            air, options["addr"], self.name,
            loss=float(options.get("loss", 0)), rssi=int(options.get("rssi", -50)))
        port = HostPort(self.controller)
        config = DeviceConfiguration(
            name=self.name, address=hci.Address(options["addr"]), class_of_device=self.cod,
            le_enabled=False, classic_enabled=True, classic_smp_enabled=False,
            discoverable=options.get("discoverable", "1") != "0", connectable=True,
            gap_service_enabled=False, gatt_service_enabled=False)
        self.device = Device.from_config_with_hci(config, port, port)
        self.device.pairing_config_factory = lambda connection: pairing.PairingConfig(
            sc=True, mitm=False, bonding=True,
            delegate=pairing.PairingDelegate(
                pairing.PairingDelegate.IoCapability.NO_OUTPUT_NO_INPUT))
        self.device.inquiry_response = bytes(AdvertisingData([
            (AdvertisingData.COMPLETE_LOCAL_NAME, self.name.encode()),
            (AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
             b"".join(struct.pack("<H", s) for s in self.services)),
        ]))
        self.device.on("connection", self.on_connection)
        self.connection = None

    def log(self, event: str, **fields) -> None:
        self.journal.write(self.name, event, **fields)

    async def start(self) -> None:
        await self.device.power_on()
        self.log("powered", address=self.options["addr"])

    def on_connection(self, connection) -> None:
        self.connection = connection
        self.log("connected", peer=str(connection.peer_address))
        connection.on("disconnection", lambda reason: self.on_disconnected(reason))
        connection.on("pairing", lambda *a: self.log("paired"))
        connection.on("pairing_failure", lambda *a: self.log("pairing_failed", detail=str(a)))
        connection.on("connection_encryption_change",
                      lambda *a: self.log("encrypted", on=bool(connection.encryption)))

    def on_disconnected(self, reason) -> None:
        self.log("disconnected", reason=int(reason))
        self.connection = None

    async def disconnect(self) -> None:
        """Polite goodbye (the user switched the device off or to another source)."""
        if self.connection:
            await self.connection.disconnect()

    async def switch_off(self) -> None:
        """Goodbye, and then nobody finds it until it is switched on."""
        await self.disconnect()
        self.controller.present = False
        self.log("off")

    def vanish(self) -> None:
        """Out of range: the other side only notices by its supervision timeout."""
        self.log("vanish")
        self.controller.vanish()

    def come_back(self) -> None:
        self.log("come_back")
        self.controller.come_back()

    async def command(self, verb: str, args: list[str]) -> str:
        if verb == "vanish":
            self.vanish()
        elif verb == "return":
            self.come_back()
        elif verb == "disconnect":
            await self.disconnect()
        elif verb == "off":
            await self.switch_off()
        elif verb == "loss":
            self.controller.loss = float(args[0])
        elif verb == "stats":
            return json.dumps(self.stats())
        else:
            return f"unknown verb {verb}"
        return "ok"

    def stats(self) -> dict:
        return {"name": self.name, "connected": self.connection is not None}


class VolumeTarget(avrcp.Delegate):
    def __init__(self, speaker: "Speaker", volume: int):
        super().__init__(supported_events=[avrcp.EventId.VOLUME_CHANGED])
        self.speaker = speaker
        self.volume = volume

    async def set_absolute_volume(self, volume: int) -> None:
        self.volume = volume
        self.speaker.log("volume_set", volume=volume)


class Speaker(Peer):
    """An A2DP sink with its own clock, buffer and (optional) reported delay.

    Playback model: the first packet after a start or a dry buffer is played
    `buffer` milliseconds after it arrived; later samples follow at the nominal
    rate times (1 + ppm/1e6).  A packet that arrives after its first sample
    should have left the speaker is an underrun and re-anchors the timeline.
    """

    cod = 0x240414  # rendering+audio service, audio/video major, loudspeaker
    services = (0x110B, 0x110E, 0x110C)

    def __init__(self, air, options, journal, out):
        super().__init__(air, options, journal, out)
        self.delay_ms = float(options["delay"]) if "delay" in options else None
        self.buffer_ms = float(options.get("buffer", 150))
        self.ppm = float(options.get("ppm", 0))
        self.bitpool = int(options.get("bitpool", 53))
        self.start_latency_ms = float(options.get("wake", 0))
        self.device.sdp_service_records = {0x10001: a2dp.make_audio_sink_service_sdp_records(0x10001)}
        self.avrcp = None
        if options.get("volume", "64") != "none":
            target = avrcp.TargetServiceSdpRecord(
                0x10002, supported_features=avrcp.TargetFeatures.CATEGORY_2)
            control = avrcp.ControllerServiceSdpRecord(
                0x10003, supported_features=avrcp.ControllerFeatures.CATEGORY_1)
            self.device.sdp_service_records[0x10002] = target.to_service_attributes()
            self.device.sdp_service_records[0x10003] = control.to_service_attributes()
            self.volume = VolumeTarget(self, int(options.get("volume", 64)))
            self.avrcp = avrcp.Protocol(self.volume)
            self.avrcp.listen(self.device)
        self.listener = avdtp.Listener()
        server = self.device.create_l2cap_server(l2cap.ClassicChannelSpec(
            psm=avdtp.AVDTP_PSM, mtu=int(options.get("mtu", 895))))
        server.on(server.EVENT_CONNECTION, self.listener.on_l2cap_connection)
        self.listener.on("connection", self.on_avdtp)
        self.codec: Optional[Codec] = None
        self.session = 0
        self.wav = self.timeline = self.timeline_file = None
        if out:
            self.timeline_file = open(out / f"{self.name}.packets.csv", "w", newline="")
            self.timeline = csv.writer(self.timeline_file)
            self.timeline.writerow(["session", "arrival_ns", "seq", "rtp_ts", "bytes", "frames",
                                    "first_sample", "play_ns", "margin_ms"])
        self.reset_counters()

    def reset_counters(self) -> None:
        self.packets = self.lost = self.underruns = self.bad = 0
        self.samples = 0
        self.anchor_ns = None  # when sample `anchor_sample` leaves the speaker
        self.anchor_sample = 0
        self.last_seq = None
        self.last_click = -1 << 60
        self.min_margin = math.inf

    async def connect(self) -> None:
        """What a speaker does when it has been switched on: call the last source."""
        connection = await self.device.connect(
            self.options["target"], transport=PhysicalTransport.BR_EDR)
        await connection.authenticate()
        await connection.encrypt()
        protocol = await avdtp.Protocol.connect(connection)
        self.listener.set_server(connection, protocol)
        self.on_avdtp(protocol)

    # ------------------------------------------------------------- AVDTP side
    def on_avdtp(self, protocol) -> None:
        info = a2dp.SbcMediaCodecInformation
        sink = protocol.add_sink(avdtp.MediaCodecCapabilities(
            media_type=avdtp.AVDTP_AUDIO_MEDIA_TYPE,
            media_codec_type=a2dp.A2DP_SBC_CODEC_TYPE,
            media_codec_information=info(
                sampling_frequency=info.SamplingFrequency.SF_48000
                | info.SamplingFrequency.SF_44100,
                channel_mode=info.ChannelMode.MONO | info.ChannelMode.DUAL_CHANNEL
                | info.ChannelMode.STEREO | info.ChannelMode.JOINT_STEREO,
                block_length=info.BlockLength.BL_4 | info.BlockLength.BL_8
                | info.BlockLength.BL_12 | info.BlockLength.BL_16,
                subbands=info.Subbands.S_4 | info.Subbands.S_8,
                allocation_method=info.AllocationMethod.LOUDNESS | info.AllocationMethod.SNR,
                minimum_bitpool_value=2, maximum_bitpool_value=self.bitpool)))
        if self.delay_ms is not None:
            sink.capabilities = list(sink.capabilities) + [
                avdtp.ServiceCapabilities(avdtp.AVDTP_DELAY_REPORTING_SERVICE_CATEGORY)]
        self.sink = sink
        self.protocol = protocol
        sink.on("configuration", lambda: self.on_configured(protocol, sink))
        sink.on("start", lambda: self.log("stream_start"))
        sink.on("suspend", self.on_suspend)
        sink.on("close", lambda: self.log("stream_close", **self.stats()))
        sink.on("abort", lambda: self.log("stream_abort"))
        sink.on("rtp_channel_open", lambda: self.log(
            "media_channel", mtu=sink.stream.rtp_channel.mtu,
            peer_mtu=sink.stream.rtp_channel.peer_mtu))
        sink.on("rtp_packet", self.on_media)

    def on_configured(self, protocol, sink) -> None:
        categories = [c.service_category for c in sink.configuration]
        for capability in sink.configuration:
            if isinstance(capability, avdtp.MediaCodecCapabilities):
                raw = bytes(capability.media_codec_information)
                if self.codec:
                    self.codec.close()
                self.codec = Codec(raw)
                self.session += 1
                self.open_wav()
                self.reset_counters()
                self.log("configured", session=self.session, codec=raw.hex(), rate=self.codec.rate,
                         channels=self.codec.channels,
                         delay_reporting=avdtp.AVDTP_DELAY_REPORTING_SERVICE_CATEGORY in categories)
        if self.delay_ms is not None and avdtp.AVDTP_DELAY_REPORTING_SERVICE_CATEGORY in categories:
            asyncio.get_running_loop().call_later(
                0.02, lambda: asyncio.ensure_future(self.report_delay()))

    async def report_delay(self) -> None:
        seid = self.sink.stream.remote_endpoint.seid
        try:
            await self.protocol.send_command(
                avdtp.DelayReport_Command(seid, round(self.delay_ms * 10)))
            self.log("delay_reported", ms=self.delay_ms)
        except Exception as error:  # the peer may reject it
            self.log("delay_rejected", error=str(error))

    def open_wav(self) -> None:
        if self.wav:
            self.wav.close()
            self.wav = None
        if self.out:
            self.wav = wave.open(str(self.out / f"{self.name}.{self.session}.wav"), "wb")
            self.wav.setnchannels(self.codec.channels)
            self.wav.setsampwidth(2)
            self.wav.setframerate(self.codec.rate)

    def on_suspend(self) -> None:
        self.log("stream_suspend", **self.stats())
        self.anchor_ns = None

    # ------------------------------------------------------------- media side
    def on_media(self, packet: MediaPacket) -> None:
        arrival = now_ns()
        if self.codec is None:
            return
        try:
            pcm, frames = self.codec.decode(packet.payload[1:])
        except ValueError as error:
            self.bad += 1
            self.log("bad_frame", error=str(error))
            return
        if self.last_seq is not None:
            gap = (packet.sequence_number - self.last_seq - 1) & 0xFFFF
            if gap:
                self.lost += gap
                self.log("sequence_gap", missing=gap)
        self.last_seq = packet.sequence_number
        count = frames * self.codec.frame_samples
        per_sample = 1e9 / (self.codec.rate * (1 + self.ppm * 1e-6))
        if self.anchor_ns is None:
            self.anchor_ns = arrival + (self.buffer_ms + self.start_latency_ms) * 1e6
            self.anchor_sample = self.samples
            self.log("playing", session=self.session, sample=self.samples,
                     leaves_ns=int(self.anchor_ns), buffer_ms=self.buffer_ms, ppm=self.ppm)
        play = self.anchor_ns + (self.samples - self.anchor_sample) * per_sample
        margin = (play - arrival) / 1e6
        if margin < 0:
            self.underruns += 1
            self.anchor_ns = arrival + self.buffer_ms * 1e6
            self.anchor_sample = self.samples
            play = self.anchor_ns
            self.log("underrun", session=self.session, sample=self.samples,
                     leaves_ns=int(self.anchor_ns), late_ms=-margin)
        else:
            self.min_margin = min(self.min_margin, margin)
        self.find_clicks(pcm, play, per_sample)
        if self.timeline:
            self.timeline.writerow([self.session, arrival, packet.sequence_number, packet.timestamp,
                                    len(packet.payload), frames, self.samples,
                                    int(play), f"{margin:.3f}"])
        if self.wav:
            self.wav.writeframesraw(pcm)
        self.samples += count
        self.packets += 1

    def find_clicks(self, pcm: bytes, play: float, per_sample: float) -> None:
        """Log the moment a loud transient leaves the speaker (for sync checks)."""
        data = array.array("h", pcm)[::self.codec.channels]
        if max(data) < 20000:
            return
        hold = self.codec.rate // 4
        for i, value in enumerate(data):
            if value >= 20000:
                index = self.samples + i
                if index - self.last_click > hold:
                    self.log("click", session=self.session, sample=index,
                             leaves_ns=int(play + i * per_sample))
                self.last_click = index

    def stats(self) -> dict:
        return {"packets": self.packets, "lost": self.lost, "underruns": self.underruns,
                "bad": self.bad, "samples": self.samples,
                "min_margin_ms": None if self.min_margin is math.inf else round(self.min_margin, 2)}

    async def command(self, verb, args):
        if verb == "volume" and self.avrcp:
            self.volume.volume = int(args[0])
            self.avrcp.notify_volume_changed(int(args[0]))
            return "ok"
        if verb == "key" and self.avrcp:
            from bumble import avc
            key = avc.PassThroughFrame.OperationId[args[0].upper()]
            for pressed in (True, False):
                await self.avrcp.send_key_event(key, pressed)
            return "ok"
        if verb in ("connect", "on"):
            if verb == "on":
                self.log("on")
                self.controller.come_back()
            await self.connect()
            return "ok"
        if verb == "delay":
            self.delay_ms = float(args[0])
            await self.report_delay()
            return "ok"
        return await super().command(verb, args)

    def close(self) -> None:
        self.log("final", **self.stats())
        if self.wav:
            self.wav.close()
        if self.timeline_file:
            self.timeline_file.close()
        self.wav = self.timeline = self.timeline_file = None


class PlayerTarget(avrcp.Delegate):
    def __init__(self, source: "Echo"):
        super().__init__(supported_events=[avrcp.EventId.PLAYBACK_STATUS_CHANGED])
        self.source = source

    async def on_key_event(self, key, pressed, data):
        self.source.log("key", key=key.name, pressed=pressed)


class Sound:
    """What an Echo plays: a WAV file (stereo, 16 bit), or clicks over a tone."""

    def __init__(self, path: Optional[str], rate: int):
        self.rate = rate
        self.frames = None
        if path:
            with wave.open(path) as file:
                if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (2, 2, rate):
                    raise ValueError(f"{path} is not stereo of 16 bit at {rate} Hz")
                self.frames = file.readframes(file.getnframes())

    def take(self, start: int, count: int) -> bytes:
        """Frames from `start` on; silence after the end of the file."""
        if self.frames is not None:
            return self.frames[4 * start:4 * (start + count)].ljust(4 * count, b"\0")
        out = array.array("h")
        for n in range(start, start + count):
            click = n % self.rate < 8
            value = 30000 if click else int(2000 * math.sin(2 * math.pi * 440 * n / self.rate))
            out.extend((value, value))
        return out.tobytes()

    def clicks(self, start: int, count: int) -> list[int]:
        """Where a loud transient begins in that stretch (one a second at most)."""
        data = array.array("h", self.take(start, count))[::2]
        return [start + i for i, value in enumerate(data)
                if value >= 20000 and (start + i) % self.rate == 0]


class Echo(Peer):
    """An A2DP source that pairs with the adapter under test and streams SBC."""

    cod = 0x240408
    services = (0x110A, 0x110C, 0x110E)

    def __init__(self, air, options, journal, out):
        super().__init__(air, options, journal, out)
        self.target = options["target"]
        self.rate = int(options.get("rate", 44100))
        self.bitpool = int(options.get("bitpool", 53))
        self.ppm = float(options.get("ppm", 0))
        self.jitter_ms = float(options.get("jitter", 0))
        self.seconds = float(options["seconds"]) if "seconds" in options else None
        self.sound = Sound(options["audio"] if "audio" in options else None, self.rate)
        self.device.sdp_service_records = {
            0x10001: a2dp.make_audio_source_service_sdp_records(0x10001),
            0x10002: avrcp.TargetServiceSdpRecord(
                0x10002, supported_features=avrcp.TargetFeatures.CATEGORY_1).to_service_attributes(),
        }
        self.avrcp = avrcp.Protocol(PlayerTarget(self))
        self.avrcp.listen(self.device)
        self.task: Optional[asyncio.Task] = None
        self.stream = None
        self.delay_ms = None
        self.packets = 0
        self.blocked = 0

    async def start(self) -> None:
        await super().start()
        if "at" in self.options:
            loop = asyncio.get_running_loop()
            loop.call_later(float(self.options["at"]), self.play)

    def play(self) -> None:
        if self.task is None or self.task.done():
            self.task = asyncio.ensure_future(self.run())
            self.task.add_done_callback(self.on_done)

    def on_done(self, task) -> None:
        if not task.cancelled() and task.exception():
            self.log("failed", error=repr(task.exception()))

    async def run(self) -> None:
        connection = await self.device.connect(
            self.target, transport=PhysicalTransport.BR_EDR)
        if "reset" in self.options:
            await self.device.keystore.delete_all()
        await connection.authenticate()
        await connection.encrypt()
        protocol = await avdtp.Protocol.connect(connection)
        await protocol.discover_remote_endpoints()
        sink = protocol.find_remote_sink_by_codec(
            avdtp.AVDTP_AUDIO_MEDIA_TYPE, a2dp.A2DP_SBC_CODEC_TYPE)
        if sink is None:
            raise RuntimeError("the adapter offers no SBC sink endpoint")
        info = a2dp.SbcMediaCodecInformation
        config = info(
            sampling_frequency=info.SamplingFrequency.from_int(self.rate),
            channel_mode=info.ChannelMode.JOINT_STEREO, block_length=info.BlockLength.BL_16,
            subbands=info.Subbands.S_8, allocation_method=info.AllocationMethod.LOUDNESS,
            minimum_bitpool_value=2, maximum_bitpool_value=self.bitpool)
        source = protocol.add_source(
            avdtp.MediaCodecCapabilities(
                media_type=avdtp.AVDTP_AUDIO_MEDIA_TYPE,
                media_codec_type=a2dp.A2DP_SBC_CODEC_TYPE, media_codec_information=config),
            None, delay_reporting=True)
        source.on("delay_report", self.on_delay)
        self.stream = await protocol.create_stream(source, sink)
        await self.stream.start()
        channel = self.stream.rtp_channel
        self.log("streaming", peer_mtu=channel.peer_mtu, codec=bytes(config).hex())
        await self.pump(channel, Codec(bytes(config), self.bitpool))
        await self.stream.stop()
        await self.stream.close()
        self.log("stopped", packets=self.packets)

    def on_delay(self, delay) -> None:
        self.delay_ms = delay / 10
        self.log("delay_received", ms=self.delay_ms)

    async def pump(self, channel, codec: Codec) -> None:
        # 48 is Bumble's placeholder for "the peer said nothing", which means 672
        mtu = channel.peer_mtu if channel.peer_mtu > 48 else 672
        frames = min(15, (mtu - 13) // codec.frame_length)
        count = frames * codec.frame_samples
        loop = asyncio.get_running_loop()
        begin = loop.time()
        self.log("sending", begins_ns=int(begin * 1e9), rate=self.rate, ppm=self.ppm)
        rng = random.Random(7)
        total = int(self.seconds * self.rate) if self.seconds else None
        sent = sequence = 0
        while (total is None or sent < total) and channel.state == channel.State.OPEN:
            # a packet can leave once its last sample exists
            per_second = self.rate * (1 + self.ppm * 1e-6)
            due = begin + (sent + count) / per_second
            for click in self.sound.clicks(sent, count):
                self.log("click", sample=click, leaves_ns=int((begin + click / per_second) * 1e9))
            due += abs(rng.gauss(0, self.jitter_ms / 1000)) if self.jitter_ms else 0
            wait = due - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            payload = bytes([frames]) + codec.encode(self.sound.take(sent, count))
            packet = MediaPacket(2, 0, 0, 0, sequence, sent & 0xFFFFFFFF, 0, [], 96, payload)
            channel.write(bytes(packet))
            sequence = (sequence + 1) & 0xFFFF
            sent += count
            self.packets += 1

    async def command(self, verb, args):
        if verb == "play":
            self.play()
            return "ok"
        if verb == "stop":
            if self.task:
                self.task.cancel()
            if self.stream:
                await self.stream.stop()
            return "ok"
        return await super().command(verb, args)

    def stats(self) -> dict:
        return {"packets": self.packets, "delay_ms": self.delay_ms}

    def close(self) -> None:
        self.log("final", **self.stats())
