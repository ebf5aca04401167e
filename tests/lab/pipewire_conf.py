"""A PipeWire configuration with lab devices as adapter nodes and no session manager.

The source drives the graph: with a sink as driver the capture follower of
PipeWire 0.3 resynchronises ten times a second.
"""

CONF = """context.properties = {{
  core.daemon = true core.name = pipewire-0 support.dbus = false log.level = 2 link.max-buffers = 64 mem.allow-mlock = true
  default.clock.rate = {rate} default.clock.allowed-rates = [ {rate} ]
  default.clock.quantum = {quantum} default.clock.min-quantum = {quantum} default.clock.max-quantum = {quantum}
}}
context.spa-libs = {{ audio.convert.* = audioconvert/libspa-audioconvert  api.alsa.* = alsa/libspa-alsa  support.* = support/libspa-support }}
context.modules = [
  {{ name = libpipewire-module-rt args = {{ nice.level = -11 rt.prio = 88 }} flags = [ ifexists nofail ] }}
  {{ name = libpipewire-module-protocol-native }}
  {{ name = libpipewire-module-metadata }}
  {{ name = libpipewire-module-spa-node-factory }}
  {{ name = libpipewire-module-client-node }}
  {{ name = libpipewire-module-access args = {{ access.allowed = [ ] }} }}
  {{ name = libpipewire-module-adapter }}
  {{ name = libpipewire-module-link-factory }}
]
context.objects = [
{nodes}
]
"""

NODE = """  {{ factory = adapter args = {{ factory.name = api.alsa.pcm.{way} node.name = {name} media.class = Audio/{kind} api.alsa.path = {name}
      audio.format = {format} audio.rate = 48000 audio.channels = 2 audio.position = [ FL FR ] node.pause-on-idle = false
      session.suspend-timeout-seconds = 0 priority.driver = {priority} api.alsa.period-size = {period} api.alsa.headroom = {headroom}
      resample.quality = {quality} api.alsa.disable-batch = true channelmix.disable = true
      adapter.auto-port-config = {{ mode = dsp monitor = false control = false position = preserve }} }} flags = [ nofail ] }}"""


def config(run, o, sample_format, sinks):
    """pipewire.conf with `sinks` and the run's source."""
    common = dict(format=sample_format, period=o.period or 256, quality=o.quality or 4)
    headroom = 256 if o.headroom is None else o.headroom
    nodes = [NODE.format(way="sink", kind="Sink", name=n, priority=1000 - i, headroom=headroom, **common)
             for i, n in enumerate(sinks)]
    nodes.append(NODE.format(way="source", kind="Source", name="labsrc", priority=2000, headroom=0, **common))
    return CONF.format(quantum=o.quantum or 256, rate=o.graph_rate or 48000, nodes="\n".join(nodes))
