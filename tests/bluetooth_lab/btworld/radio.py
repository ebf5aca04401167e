"""A simulated BR/EDR radio: HCI controllers that share one piece of "air".

Each `Controller` speaks raw H4 packets to one host (a Linux kernel through
/dev/vhci, or a Bumble host inside this process).  Controllers on the same
`Air` can find, page, pair with and talk to each other.

What is modelled, because an audio router depends on it:
  * inquiry with extended inquiry results, remote names, page timeout;
  * secure simple pairing (just works / numeric comparison), link keys,
    encryption, legacy "key missing" failures;
  * ACL buffers with Number_Of_Completed_Packets flow control;
  * air time: one packet at a time per device, 2/4/6 slots of 625 us for
    3-DH1/3-DH3/3-DH5, random retransmissions, so a crowded radio really
    does make its host's sockets fill up;
  * loss of a link (graceful disconnect, or silence until the supervision
    timeout expires).

Not modelled: LE, SCO/eSCO, park, real cryptography.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import struct
from collections import deque
from typing import Callable, Optional

log = logging.getLogger("radio")

SLOT = 625e-6
# (largest payload, slots including the return slot), enhanced data rate 3 Mb/s
PACKET_TYPES = ((83, 2), (552, 4), (1021, 6))

OK = 0x00
UNKNOWN_COMMAND = 0x01
UNKNOWN_CONNECTION = 0x02
PAGE_TIMEOUT = 0x04
AUTH_FAILURE = 0x05
PIN_OR_KEY_MISSING = 0x06
CONNECTION_TIMEOUT = 0x08
CONNECTION_EXISTS = 0x0B
COMMAND_DISALLOWED = 0x0C
REMOTE_USER_TERMINATED = 0x13
LOCAL_HOST_TERMINATED = 0x16
PAIRING_NOT_ALLOWED = 0x18


def addr_bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))[::-1]


def addr_text(raw: bytes) -> str:
    return ":".join(f"{b:02X}" for b in raw[::-1])


class End:
    """One side of an ACL link."""

    def __init__(self, owner: "Controller", handle: int, master: bool):
        self.owner = owner
        self.handle = handle
        self.master = master
        self.queue: deque[tuple[float, bytes]] = deque()  # (time queued, ACL packet)
        self.peer: "End" = None  # type: ignore[assignment]
        self.link: "Link" = None  # type: ignore[assignment]
        self.sent_packets = 0
        self.sent_bytes = 0
        self.retransmissions = 0


class Link:
    def __init__(self, a: End, b: End):
        self.ends = (a, b)
        a.peer, b.peer = b, a
        a.link = b.link = self
        self.encrypted = False
        self.silent = False  # out of range: nothing gets through
        self.expiry: Optional[asyncio.TimerHandle] = None  # when that ends the link
        self.ssp: Optional[dict] = None
        self.auth_from: Optional[End] = None


class Air:
    def __init__(self, loss: float = 0.0, seed: int = 1, airtime: bool = True,
                 inquiry_step: float = 0.4):
        self.controllers: dict[bytes, Controller] = {}
        self.loss = loss
        self.airtime = airtime
        self.inquiry_step = inquiry_step
        self.rng = random.Random(seed)

    def transmit_time(self, size: int, loss: float) -> tuple[float, int]:
        if not self.airtime:
            return 0.0, 0
        for limit, slots in PACKET_TYPES:
            if size <= limit:
                break
        tries = 1
        while self.rng.random() < loss and tries < 200:
            tries += 1
        return slots * SLOT * tries, tries - 1


class Controller:
    """One emulated Bluetooth BR/EDR controller."""

    ACL_MTU = 1021
    ACL_PACKETS = 8

    # LMP features, page 0 (Core spec Vol 2 part C 3.3)
    FEATURES0 = bytes([
        0xBF,  # 3/5-slot packets, encryption, slot offset, timing, role switch, sniff
        0x06,  # power control requests, channel quality driven data rate (no SCO)
        0x84,  # power control, broadcast encryption
        0x7E,  # EDR 2 and 3 Mb/s, enhanced/interlaced scans, RSSI with inquiry
        0x98,  # AFH, 3-slot EDR; "BR/EDR not supported" and LE bits clear
        0x1F,  # 5-slot EDR, sniff subrating, pause encryption, AFH
        0x59,  # extended inquiry response, SSP, encapsulated PDU, non-flushable PB
        0x83,  # supervision timeout event, inquiry TX power, extended features
    ])

    def __init__(self, air: Air, address: str, name: str = "", loss: float = 0.0,
                 rssi: int = -50):
        self.air = air
        self.address = addr_bytes(address)
        if self.address in air.controllers:
            raise ValueError(f"address {address} is already in use")
        air.controllers[self.address] = self
        self.to_host: Callable[[bytes], None] = lambda packet: None
        self.loss = loss
        self.rssi = rssi
        self.present = True  # in range and switched on
        self.free_at = 0.0
        self.ends: dict[int, End] = {}
        self.next_handle = 1
        self.rr = 0
        self.pump_timer: Optional[asyncio.TimerHandle] = None
        self.default_name = name
        self.commands = self._command_table()
        self.reset_state()

    # ------------------------------------------------------------------ state
    def reset_state(self) -> None:
        self.name = self.default_name.encode()[:247]
        self.scan_enable = 0
        self.cod = bytes(3)
        self.eir = bytes(240)
        self.inquiry_mode = 0
        self.ssp = 0
        self.sc = 0
        self.voice = b"\x60\x00"
        self.ca_timeout = 0x1FA0
        self.page_timeout = 0x2000
        self.supervision = 0x7D00
        self.page_scan = b"\x00\x08\x12\x00"
        self.page_scan_type = 0
        self.inquiry_scan_type = 0
        self.auth_enable = 0
        self.link_policy = 0
        self.err_data = 0
        self.inquiry_tasks: list[asyncio.TimerHandle] = []
        self.pending_in: dict[bytes, Controller] = {}
        self.pending_out: dict[bytes, asyncio.TimerHandle] = {}
        self.names_pending: dict[bytes, asyncio.TimerHandle] = {}

    def end_for(self, address: bytes) -> Optional[End]:
        for end in self.ends.values():
            if end.peer.owner.address == address:
                return end
        return None

    # -------------------------------------------------------------- HCI output
    def event(self, code: int, payload: bytes) -> None:
        self.to_host(bytes([0x04, code, len(payload)]) + payload)

    def complete(self, opcode: int, payload: bytes = b"\x00") -> None:
        self.event(0x0E, struct.pack("<BH", 1, opcode) + payload)

    def status(self, opcode: int, status: int = OK) -> None:
        self.event(0x0F, struct.pack("<BBH", status, 1, opcode))

    @staticmethod
    def later(milliseconds: float, action, *args) -> None:
        """The link managers' own exchanges take time; hosts rely on it."""
        asyncio.get_running_loop().call_later(milliseconds / 1000, action, *args)

    # --------------------------------------------------------------- HCI input
    def on_packet(self, packet: bytes) -> None:
        kind = packet[0]
        if kind == 0x01:
            opcode, length = struct.unpack_from("<HB", packet, 1)
            handler = self.commands.get(opcode)
            if handler is None:
                log.info("%s: unsupported command %04x", addr_text(self.address), opcode)
                self.complete(opcode, bytes([UNKNOWN_COMMAND]))
            else:
                handler(opcode, packet[4:4 + length])
        elif kind == 0x02:
            self.on_acl(packet)
        else:
            log.info("%s: ignored H4 type %02x", addr_text(self.address), kind)

    # ----------------------------------------------------------------- command
    def _command_table(self):
        def fixed(make):
            return lambda op, p: self.complete(op, b"\x00" + make())

        def setter(name, convert=lambda p: p[0]):
            def run(op, p):
                setattr(self, name, convert(p))
                self.complete(op)
            return run

        def done(op, p):
            self.complete(op)

        def with_handle(make=lambda: b""):
            def run(op, p):
                known = struct.unpack_from("<H", p)[0] & 0xFFF in self.ends
                self.complete(op, bytes([OK if known else UNKNOWN_CONNECTION]) + p[:2] + make())
            return run

        table = {
            0x0401: self.inquiry, 0x0402: self.inquiry_cancel,
            0x0405: self.create_connection, 0x0406: self.disconnect,
            0x0408: self.create_connection_cancel,
            0x0409: self.accept_connection, 0x040A: self.reject_connection,
            0x040B: self.link_key_reply, 0x040C: self.link_key_negative_reply,
            0x040D: lambda op, p: self.complete(op, b"\x00" + p[:6]),
            0x040E: lambda op, p: self.complete(op, b"\x00" + p[:6]),
            0x040F: self.change_packet_type,
            0x0411: self.authentication_requested,
            0x0413: self.set_encryption,
            0x0419: self.remote_name, 0x041A: self.remote_name_cancel,
            0x041B: self.remote_features, 0x041C: self.remote_ext_features,
            0x041D: self.remote_version, 0x041F: self.clock_offset,
            0x042B: self.io_capability_reply,
            0x042C: self.user_confirm, 0x042D: self.user_confirm_negative,
            0x0434: self.io_capability_negative,
            0x0803: self.sniff, 0x0804: self.exit_sniff,
            0x0809: self.role_discovery, 0x080B: self.switch_role,
            0x080C: with_handle(lambda: struct.pack("<H", self.link_policy)),
            0x080D: with_handle(),
            0x080E: fixed(lambda: struct.pack("<H", self.link_policy)),
            0x080F: setter("link_policy", lambda p: struct.unpack("<H", p[:2])[0]),
            0x0811: with_handle(),
            0x0C01: done, 0x0C63: done, 0x0C05: done, 0x2001: done,
            0x0C03: self.reset,
            0x0C0D: fixed(lambda: struct.pack("<HH", 0, 0)),
            0x0C12: fixed(lambda: struct.pack("<H", 0)),
            0x0C13: setter("name", lambda p: p.split(b"\0")[0]),
            0x0C14: fixed(lambda: self.name.ljust(248, b"\0")),
            0x0C15: fixed(lambda: struct.pack("<H", self.ca_timeout)),
            0x0C16: setter("ca_timeout", lambda p: struct.unpack("<H", p[:2])[0]),
            0x0C17: fixed(lambda: struct.pack("<H", self.page_timeout)),
            0x0C18: setter("page_timeout", lambda p: struct.unpack("<H", p[:2])[0]),
            0x0C19: fixed(lambda: bytes([self.scan_enable])),
            0x0C1A: setter("scan_enable"),
            0x0C1B: fixed(lambda: self.page_scan),
            0x0C1C: setter("page_scan", lambda p: p[:4]),
            0x0C1F: fixed(lambda: bytes([self.auth_enable])),
            0x0C20: setter("auth_enable"),
            0x0C23: fixed(lambda: self.cod),
            0x0C24: setter("cod", lambda p: p[:3]),
            0x0C25: fixed(lambda: self.voice),
            0x0C26: setter("voice", lambda p: p[:2]),
            0x0C28: with_handle(),
            0x0C2D: with_handle(lambda: b"\x04"),
            0x0C2F: done, 0x0C31: done, 0x0C33: done,
            0x0C36: with_handle(lambda: struct.pack("<H", self.supervision)),
            0x0C37: self.write_supervision,
            0x0C38: fixed(lambda: b"\x02"),
            0x0C39: fixed(lambda: b"\x01\x33\x8b\x9e"),
            0x0C3A: done,
            0x0C43: setter("inquiry_scan_type"),
            0x0C44: fixed(lambda: bytes([self.inquiry_mode])),
            0x0C45: setter("inquiry_mode"),
            0x0C46: fixed(lambda: bytes([self.page_scan_type])),
            0x0C47: setter("page_scan_type"),
            0x0C51: fixed(lambda: b"\x00" + self.eir),
            0x0C52: setter("eir", lambda p: p[1:241]),
            0x0C55: fixed(lambda: bytes([self.ssp])),
            0x0C56: setter("ssp"),
            0x0C57: fixed(lambda: bytes(32)),
            0x0C58: fixed(lambda: b"\x00"),
            0x0C5A: fixed(lambda: bytes([self.err_data])),
            0x0C5B: setter("err_data"),
            0x0C79: fixed(lambda: bytes([self.sc])),
            0x0C7A: setter("sc"),
            0x1001: fixed(lambda: struct.pack("<BHBHH", 9, 0, 9, 0xFFFF, 0)),
            0x1002: fixed(self.supported_commands),
            0x1003: fixed(lambda: self.FEATURES0),
            0x1004: self.local_ext_features,
            0x1005: fixed(lambda: struct.pack("<HBHH", self.ACL_MTU, 0, self.ACL_PACKETS, 0)),
            0x1009: fixed(lambda: self.address),
            0x1403: with_handle(lambda: b"\xff"),
            0x1405: with_handle(lambda: struct.pack("b", self.rssi)),
            0x1407: lambda op, p: self.complete(
                op, b"\x00" + p[:2] + struct.pack("<IH", self.clock(), 0)),
            0x1408: with_handle(lambda: b"\x10"),
        }
        return table

    # octet/bit of each supported command, Core spec Vol 4 part E 6.27
    SUPPORTED = (
        (0, 0), (0, 1), (0, 4), (0, 5), (0, 6), (0, 7),
        (1, 0), (1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (1, 7),
        (2, 0), (2, 1), (2, 2), (2, 3), (2, 4), (2, 5), (2, 7),
        (4, 2), (4, 3), (4, 4), (4, 5), (4, 6), (4, 7),
        (5, 0), (5, 1), (5, 2), (5, 3), (5, 4), (5, 6), (5, 7),
        (6, 0), (6, 5), (6, 7),
        (7, 0), (7, 1), (7, 2), (7, 3), (7, 4), (7, 5), (7, 6), (7, 7),
        (8, 0), (8, 1), (8, 4), (8, 5), (8, 6), (8, 7),
        (9, 0), (9, 1), (9, 2), (9, 3), (9, 6),
        (10, 2), (10, 4), (10, 5), (10, 6),
        (11, 1), (11, 2), (11, 3), (11, 4),
        (12, 6), (12, 7), (13, 0), (13, 1),
        (14, 3), (14, 5), (14, 6), (14, 7), (15, 1),
        (15, 4), (15, 5), (15, 6), (16, 4),
        (17, 0), (17, 1), (17, 5), (17, 6), (17, 7),
        (18, 0), (18, 2), (18, 3), (18, 7), (19, 0), (19, 1),
        (20, 3), (20, 4),
        (22, 2), (32, 2), (32, 3),
    )

    def supported_commands(self) -> bytes:
        bits = bytearray(64)
        for octet, bit in self.SUPPORTED:
            bits[octet] |= 1 << bit
        return bytes(bits)

    def clock(self) -> int:
        return int(asyncio.get_running_loop().time() / 312.5e-6) & 0xFFFFFFF

    def features(self, page: int) -> bytes:
        if page == 0:
            return self.FEATURES0
        if page == 1:
            return bytes([(1 if self.ssp else 0) | (8 if self.sc else 0)]).ljust(8, b"\0")
        return b"\x00\x03".ljust(8, b"\0")  # page 2: secure connections (controller), ping

    def local_ext_features(self, op, p):
        self.complete(op, b"\x00" + bytes([p[0], 2]) + self.features(p[0]))

    def reset(self, op, p):
        for end in list(self.ends.values()):
            self.drop(end, LOCAL_HOST_TERMINATED, REMOTE_USER_TERMINATED, tell_local=False)
        self.stop_inquiry()
        self.reset_state()
        self.complete(op)

    # ----------------------------------------------------------------- inquiry
    def stop_inquiry(self) -> None:
        for timer in self.inquiry_tasks:
            timer.cancel()
        self.inquiry_tasks = []

    def inquiry(self, op, p):
        length = p[3] * 1.28
        self.status(op)
        self.stop_inquiry()
        loop = asyncio.get_running_loop()
        step = self.air.inquiry_step
        others = [c for c in self.air.controllers.values() if c is not self]
        for i, other in enumerate(others):
            when = step * (i + 1)
            if when < length:
                self.inquiry_tasks.append(
                    loop.call_later(when, self.inquiry_found, other))
        self.inquiry_tasks.append(loop.call_later(length, self.event, 0x01, b"\x00"))

    def inquiry_found(self, other: "Controller") -> None:
        if not (other.present and other.scan_enable & 1):
            return
        if self.inquiry_mode == 2:
            self.event(0x2F, b"\x01" + other.address + b"\x01\x00" + other.cod
                       + b"\x00\x00" + struct.pack("b", other.rssi) + other.eir.ljust(240, b"\0"))
        elif self.inquiry_mode == 1:
            self.event(0x22, b"\x01" + other.address + b"\x01\x00" + other.cod
                       + b"\x00\x00" + struct.pack("b", other.rssi))
        else:
            self.event(0x02, b"\x01" + other.address + b"\x01\x00\x00" + other.cod + b"\x00\x00")

    def inquiry_cancel(self, op, p):
        self.stop_inquiry()
        self.complete(op)

    def remote_name(self, op, p):
        address = p[:6]
        self.status(op)
        other = self.air.controllers.get(address)
        loop = asyncio.get_running_loop()

        def answer(status, name):
            self.names_pending.pop(address, None)
            self.event(0x07, bytes([status]) + address + name.ljust(248, b"\0"))

        if other is None or not other.present or not (
                other.scan_enable & 2 or self.end_for(address)):
            timer = loop.call_later(self.page_timeout * SLOT, answer, PAGE_TIMEOUT, b"")
        else:
            timer = loop.call_later(0.05, answer, OK, other.name)
        self.names_pending[address] = timer

    def remote_name_cancel(self, op, p):
        timer = self.names_pending.pop(p[:6], None)
        if timer:
            timer.cancel()
            self.complete(op, b"\x00" + p[:6])
            self.event(0x07, bytes([UNKNOWN_CONNECTION]) + p[:6] + bytes(248))
        else:
            self.complete(op, bytes([UNKNOWN_CONNECTION]) + p[:6])

    # -------------------------------------------------------------- connection
    def new_handle(self) -> int:
        while self.next_handle in self.ends:
            self.next_handle = self.next_handle % 0xEFF + 1
        handle = self.next_handle
        self.next_handle = self.next_handle % 0xEFF + 1
        return handle

    def create_connection(self, op, p):
        address = p[:6]
        if self.end_for(address) or address in self.pending_out:
            self.status(op, CONNECTION_EXISTS)
            return
        self.status(op)
        loop = asyncio.get_running_loop()
        other = self.air.controllers.get(address)
        if other is None or not other.present or not other.scan_enable & 2:
            self.pending_out[address] = loop.call_later(
                self.page_timeout * SLOT, self.page_failed, address, PAGE_TIMEOUT)
            return
        # paging takes some tens of milliseconds
        self.pending_out[address] = loop.call_later(0.04, self.page_answered, other)

    def page_failed(self, address: bytes, reason: int) -> None:
        self.pending_out.pop(address, None)
        self.event(0x03, bytes([reason]) + b"\x00\x00" + address + b"\x01\x00")

    def page_answered(self, other: "Controller") -> None:
        other.pending_in[self.address] = self
        other.event(0x04, self.address + self.cod + b"\x01")

    def create_connection_cancel(self, op, p):
        address = p[:6]
        timer = self.pending_out.pop(address, None)
        other = self.air.controllers.get(address)
        if timer is None:
            self.complete(op, bytes([UNKNOWN_CONNECTION]) + address)
            return
        timer.cancel()
        if other:
            other.pending_in.pop(self.address, None)
        self.complete(op, b"\x00" + address)
        self.event(0x03, bytes([UNKNOWN_CONNECTION]) + b"\x00\x00" + address + b"\x01\x00")

    def accept_connection(self, op, p):
        address, role = p[:6], p[6]
        self.status(op)
        other = self.pending_in.pop(address, None)
        if other is None or self.address not in other.pending_out:
            self.event(0x03, bytes([PAGE_TIMEOUT]) + b"\x00\x00" + address + b"\x01\x00")
            return
        other.pending_out.pop(self.address).cancel()
        acceptor_is_master = role == 0
        mine = End(self, self.new_handle(), acceptor_is_master)
        self.ends[mine.handle] = mine
        theirs = End(other, other.new_handle(), not acceptor_is_master)
        other.ends[theirs.handle] = theirs
        Link(mine, theirs)
        if acceptor_is_master:
            self.event(0x12, b"\x00" + other.address + b"\x00")
            other.event(0x12, b"\x00" + self.address + b"\x01")
        self.event(0x03, b"\x00" + struct.pack("<H", mine.handle) + other.address + b"\x01\x00")
        other.event(0x03, b"\x00" + struct.pack("<H", theirs.handle) + self.address + b"\x01\x00")

    def reject_connection(self, op, p):
        address, reason = p[:6], p[6]
        self.status(op)
        other = self.pending_in.pop(address, None)
        self.event(0x03, bytes([reason]) + b"\x00\x00" + address + b"\x01\x00")
        if other and self.address in other.pending_out:
            other.pending_out.pop(self.address).cancel()
            other.event(0x03, bytes([reason]) + b"\x00\x00" + self.address + b"\x01\x00")

    def disconnect(self, op, p):
        handle, reason = struct.unpack_from("<HB", p)
        end = self.ends.get(handle)
        if end is None:
            self.status(op, UNKNOWN_CONNECTION)
            return
        self.status(op)
        if end.link.silent:  # the goodbye is not answered: six polls later it is taken for said
            self.later(150, self.drop, end, LOCAL_HOST_TERMINATED, reason)
        else:
            self.drop(end, LOCAL_HOST_TERMINATED, reason)

    def drop(self, end: End, local_reason: int, remote_reason: int,
             tell_local: bool = True) -> None:
        for side, reason in ((end, local_reason), (end.peer, remote_reason)):
            if side.owner.ends.pop(side.handle, None) is None:
                continue
            side.queue.clear()
            if side is end and not tell_local:
                continue
            side.owner.event(0x05, struct.pack("<BHB", OK, side.handle, reason))

    def vanish(self) -> None:
        """Switch the device off without goodbye: peers see a supervision timeout."""
        self.present = False
        loop = asyncio.get_running_loop()
        for end in list(self.ends.values()):
            end.link.silent = True
            timeout = end.peer.owner.supervision * SLOT
            end.link.expiry = loop.call_later(
                timeout, self.drop, end, CONNECTION_TIMEOUT, CONNECTION_TIMEOUT)

    def come_back(self) -> None:
        """In range again; a link that has not timed out yet goes on."""
        self.present = True
        for end in self.ends.values():
            end.link.silent = False
            if end.link.expiry:
                end.link.expiry.cancel()
            self.pump()
            end.peer.owner.pump()

    def change_packet_type(self, op, p):
        self.status(op)
        self.event(0x1D, b"\x00" + p[:4])

    def write_supervision(self, op, p):
        self.supervision = struct.unpack_from("<H", p, 2)[0] or self.supervision
        self.complete(op, b"\x00" + p[:2])

    # --------------------------------------------------------------- remote info
    def with_end(self, op, p) -> Optional[End]:
        end = self.ends.get(struct.unpack_from("<H", p)[0] & 0xFFF)
        self.status(op, OK if end else UNKNOWN_CONNECTION)
        return end

    def remote_features(self, op, p):
        if end := self.with_end(op, p):
            self.later(3, self.event, 0x0B, b"\x00" + p[:2] + end.peer.owner.features(0))

    def remote_ext_features(self, op, p):
        if end := self.with_end(op, p):
            self.later(3, self.event, 0x23, b"\x00" + p[:2] + bytes([p[2], 2]) + end.peer.owner.features(p[2]))

    def remote_version(self, op, p):
        if self.with_end(op, p):
            self.later(3, self.event, 0x0C, b"\x00" + p[:2] + struct.pack("<BHH", 9, 0xFFFF, 0))

    def clock_offset(self, op, p):
        if self.with_end(op, p):
            self.later(3, self.event, 0x1C, b"\x00" + p[:2] + b"\x00\x00")

    # -------------------------------------------------------------- link policy
    def sniff(self, op, p):
        if self.with_end(op, p):
            self.event(0x14, b"\x00" + p[:2] + b"\x02" + p[2:4])

    def exit_sniff(self, op, p):
        if self.with_end(op, p):
            self.event(0x14, b"\x00" + p[:2] + b"\x00\x00\x00")

    def role_discovery(self, op, p):
        end = self.ends.get(struct.unpack_from("<H", p)[0])
        role = 0 if end and end.master else 1
        self.complete(op, bytes([OK if end else UNKNOWN_CONNECTION]) + p[:2] + bytes([role]))

    def switch_role(self, op, p):
        end = self.end_for(p[:6])
        if end is None:
            self.status(op, UNKNOWN_CONNECTION)
            return
        self.status(op)
        want_master = p[6] == 0
        if end.master != want_master:
            end.master, end.peer.master = want_master, not want_master
            peer = end.peer.owner
            peer.event(0x12, b"\x00" + self.address + bytes([0 if end.peer.master else 1]))
        self.event(0x12, b"\x00" + p[:6] + p[6:7])

    # ----------------------------------------------------------------- security
    def authentication_requested(self, op, p):
        end = self.with_end(op, p)
        if end is None:
            return
        end.link.auth_from = end
        end.link.ssp = {"keys": {}, "io": {}, "yes": set()}
        self.event(0x17, end.peer.owner.address)  # link key request

    def auth_done(self, link: Link, status: int) -> None:
        end = link.auth_from
        link.auth_from = None
        if end:
            end.owner.event(0x06, struct.pack("<BH", status, end.handle))

    def link_key_reply(self, op, p):
        address, key = p[:6], p[6:22]
        self.complete(op, b"\x00" + address)
        end = self.end_for(address)
        if end is None or end.link.ssp is None:
            return
        link = end.link
        link.ssp["keys"][self.address] = key
        if link.auth_from is end:
            self.later(5, end.peer.owner.event, 0x17, self.address)
        else:
            same = link.ssp["keys"].get(address) == key
            self.later(10, self.auth_done, link, OK if same else AUTH_FAILURE)

    def link_key_negative_reply(self, op, p):
        address = p[:6]
        self.complete(op, b"\x00" + address)
        end = self.end_for(address)
        if end is None or end.link.ssp is None:
            return
        link = end.link
        if link.auth_from is end:
            self.event(0x31, address)  # I have no key: pair (IO capability request)
        else:
            self.later(5, self.auth_done, link, PIN_OR_KEY_MISSING)

    def io_capability_reply(self, op, p):
        address, io = p[:6], p[6:9]
        self.complete(op, b"\x00" + address)
        end = self.end_for(address)
        if end is None or end.link.ssp is None:
            return
        link, peer = end.link, end.peer.owner
        link.ssp["io"][self.address] = io
        self.later(5, peer.event, 0x32, self.address + io)
        if link.auth_from is end:
            self.later(6, peer.event, 0x31, self.address)
        else:  # public keys and commitments
            number = struct.pack("<I", self.air.rng.randrange(1000000))
            self.later(80, peer.event, 0x33, self.address + number)
            self.later(80, self.event, 0x33, address + number)

    def pairing_failed(self, end: End, status: int) -> None:
        for side in end.link.ends:
            side.owner.event(0x36, bytes([status]) + side.peer.owner.address)
        self.auth_done(end.link, status)

    def io_capability_negative(self, op, p):
        self.complete(op, b"\x00" + p[:6])
        if end := self.end_for(p[:6]):
            self.pairing_failed(end, PAIRING_NOT_ALLOWED)

    def user_confirm_negative(self, op, p):
        self.complete(op, b"\x00" + p[:6])
        if end := self.end_for(p[:6]):
            self.pairing_failed(end, AUTH_FAILURE)

    def user_confirm(self, op, p):
        address = p[:6]
        self.complete(op, b"\x00" + address)
        end = self.end_for(address)
        if end is None or end.link.ssp is None:
            return
        link = end.link
        link.ssp["yes"].add(self.address)
        if len(link.ssp["yes"]) < 2:
            return
        key = self.air.rng.randbytes(16)
        secure = self.sc and end.peer.owner.sc
        mitm = all(link.ssp["io"][s.owner.address][2] & 1 for s in link.ends)
        key_type = (8 if mitm else 7) if secure else (5 if mitm else 4)
        for side in link.ends:
            self.later(20, side.owner.event, 0x36, b"\x00" + side.peer.owner.address)
            self.later(21, side.owner.event, 0x18,
                       side.peer.owner.address + key + bytes([key_type]))
        self.later(22, self.auth_done, link, OK)

    def set_encryption(self, op, p):
        end = self.with_end(op, p)
        if end is None:
            return
        on = p[2]
        secure = self.sc and end.peer.owner.sc
        value = (2 if secure else 1) if on else 0

        def switched():
            end.link.encrypted = bool(on)
            for side in end.link.ends:
                if side.owner.ends.get(side.handle) is side:
                    side.owner.event(0x08, struct.pack("<BHB", OK, side.handle, value))

        self.later(12, switched)

    # --------------------------------------------------------------------- data
    def on_acl(self, packet: bytes) -> None:
        handle = struct.unpack_from("<H", packet, 1)[0] & 0xFFF
        end = self.ends.get(handle)
        if end is None:
            return
        end.queue.append((asyncio.get_running_loop().time(), packet))
        self.pump()

    def pump(self) -> None:
        """Send as much as the shared air time allows, round robin over links."""
        loop = asyncio.get_running_loop()
        if self.pump_timer:
            self.pump_timer.cancel()
            self.pump_timer = None
        while True:
            now = loop.time()
            waiting = [e for e in self.ends.values() if e.queue and not e.link.silent]
            if not waiting:
                return
            waiting.sort(key=lambda e: (max(self.free_at, e.peer.owner.free_at, e.queue[0][0]),
                                        (e.handle - self.rr) % 0x1000))
            end = waiting[0]
            start = max(self.free_at, end.peer.owner.free_at, end.queue[0][0])
            if start > now + 0.0002:
                self.pump_timer = loop.call_at(start, self.pump)
                return
            _, packet = end.queue.popleft()
            self.rr = end.handle + 1
            loss = 1 - (1 - self.air.loss) * (1 - self.loss) * (1 - end.peer.owner.loss)
            duration, retries = self.air.transmit_time(len(packet) - 5, loss)
            finish = start + duration
            self.free_at = end.peer.owner.free_at = finish
            end.sent_packets += 1
            end.sent_bytes += len(packet) - 5
            end.retransmissions += retries
            if self.air.airtime:  # timers of one controller never tie: order is kept
                loop.call_at(finish, self.delivered, end, packet)
            else:
                self.delivered(end, packet)

    def delivered(self, end: End, packet: bytes) -> None:
        if end.handle not in self.ends or self.ends[end.handle] is not end:
            return
        if end.link.silent:  # never acknowledged: the host's buffer stays occupied
            end.queue.appendleft((asyncio.get_running_loop().time(), packet))
            return
        self.event(0x13, struct.pack("<BHH", 1, end.handle, 1))
        peer = end.peer
        flags = (struct.unpack_from("<H", packet, 1)[0] >> 12) & 3
        boundary = 1 if flags == 1 else 2
        peer.owner.to_host(b"\x02" + struct.pack("<H", peer.handle | boundary << 12) + packet[3:])


# --------------------------------------------------------------------- adapters
def attach_vhci(controller: Controller, path: str = "/dev/vhci") -> int:
    """Give a controller to the local Linux kernel; returns the hci index."""
    fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    os.write(fd, b"\xff\x00")
    loop = asyncio.get_running_loop()
    index = -1
    os.set_blocking(fd, True)
    reply = os.read(fd, 2048)
    os.set_blocking(fd, False)
    if reply[0] == 0xFF:
        index = struct.unpack_from("<H", reply, 2)[0]
    else:
        loop.call_soon(controller.on_packet, reply)

    def readable():
        for _ in range(64):
            try:
                data = os.read(fd, 4096)
            except BlockingIOError:
                return
            if not data:
                loop.remove_reader(fd)
                return
            if data[0] != 0xFF:
                controller.on_packet(data)

    def send(packet: bytes) -> None:
        os.write(fd, packet)

    controller.to_host = send
    loop.add_reader(fd, readable)
    return index


class HostPort:
    """Bumble-style transport (source and sink) joined to a Controller in memory."""

    def __init__(self, controller: Controller):
        self.controller = controller
        self.sink = None
        loop = asyncio.get_running_loop()
        controller.to_host = lambda packet: loop.call_soon(self._up, packet)
        self.terminated = loop.create_future()

    def _up(self, packet: bytes) -> None:
        if self.sink:
            self.sink.on_packet(packet)

    # source
    def set_packet_sink(self, sink) -> None:
        self.sink = sink

    # sink
    def on_packet(self, packet: bytes) -> None:
        self.controller.on_packet(packet)
