"""Device sets (JSON) to ALSA configurations.

A set is {"lab1": {"ppm": 0, "gran_ms": 1, ...}, ..., "labsrc": {...}}; the keys of
a device are the fields of the `lab` plugin, listed in README.md.
"""

import json
import os

import bootstrap

SYSTEM_CONF = "</usr/share/alsa/alsa.conf>"


def load(path, source=None, sample_format=None, faults=()):
    """A device set, with its capture source, one sample format for all, and faults added."""
    with open(path) as f:
        devices = json.load(f)
    if sample_format:
        for d in devices.values():
            d["formats"] = sample_format
    for name, kind, at, length in faults:
        devices[name]["fault"] = (devices[name].get("fault", "") + f" {kind}@{at}:{length}").strip()
    if source and "labsrc" in devices:
        devices["labsrc"].update(source)
    return devices


def speakers(devices):
    """The playback devices of a set, in order."""
    return [n for n, d in devices.items() if n != "labsrc" and "mic" not in d]


def text(devices):
    """The asound.conf for a set."""
    out = [SYSTEM_CONF, f'pcm_type.lab {{ lib "{os.path.join(bootstrap.BUILD, "libasound_module_pcm_lab.so")}" }}']
    for name, d in devices.items():
        fields = dict(name=name, **{k: v for k, v in d.items() if k != "name"})
        fields["name"] = d.get("name", name)
        lines = [f'  {k} "{v}"' if isinstance(v, str) else f"  {k} {v}" for k, v in fields.items()]
        out.append("\n".join([f"pcm.{name} {{", "  type lab", *lines, f'  hint {{ show on description "Lab {name}" }}', "}"]))
    return "\n".join(out) + "\n"
