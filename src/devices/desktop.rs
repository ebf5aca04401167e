//! What other programs play: a sink named Inphase in the sound server, and the
//! monitor of any other sink. Works with PulseAudio and pipewire-pulse.

use super::DeviceError;
use super::pulse::Control;

/// The sink's name in the sound server.
const SINK: &str = "inphase";

/// The module that makes it.
const MODULE: &str = "module-null-sink";

/// A sink named Inphase that other programs can choose. Dropping it removes it.
#[derive(Debug)]
pub struct DesktopSink {
    module: u32,
    source: String,
}

impl DesktopSink {
    /// Makes the sink with `rate` frames per second and `channels` channels,
    /// after removing one that a crash left behind. Blocks for a few seconds at
    /// most. Only one instance of the program may do it: hold its lock.
    ///
    /// # Errors
    /// When no sound server answers or it refuses.
    pub fn open(rate: u32, channels: u16) -> Result<Self, DeviceError> {
        let mut control = Control::connect()?;
        remove_stale(&mut control)?;
        let arguments = format!(
            "sink_name={SINK} rate={rate} channels={channels} \
             sink_properties=\"device.description=Inphase device.icon_name=audio-speakers\""
        );
        let module = control.load_module(MODULE, &arguments)?;
        let source = control.monitor(SINK)?;
        let source = source.unwrap_or_else(|| format!("{SINK}.monitor"));
        Ok(Self { module, source })
    }

    /// The capture device that carries what programs play into the sink.
    #[must_use]
    pub fn source(&self) -> String {
        format!("pulse:{}", self.source)
    }
}

impl Drop for DesktopSink {
    fn drop(&mut self) {
        let module = self.module;
        let removed = Control::connect().and_then(|mut control| control.unload_module(module));
        if let Err(error) = removed {
            tracing::info!("the sink Inphase stays behind: {error}");
        }
    }
}

/// The capture device that carries what sink `id` (`pulse:NAME`) plays.
///
/// # Errors
/// When the sink is missing or no sound server answers.
pub fn monitor_of(id: &str) -> Result<String, DeviceError> {
    let missing = || DeviceError::Missing { id: id.into() };
    let name = id.strip_prefix("pulse:").ok_or_else(missing)?;
    let source = Control::connect()?.monitor(name)?;
    source
        .map(|source| format!("pulse:{source}"))
        .ok_or_else(missing)
}

/// Whether a node is our sink or its monitor.
pub(crate) fn is_ours(name: &str) -> bool {
    name.strip_suffix(".monitor").unwrap_or(name) == SINK
}

fn remove_stale(control: &mut Control) -> Result<(), DeviceError> {
    let wanted = format!("sink_name={SINK}");
    for (number, name, arguments) in control.modules()? {
        if name == MODULE && arguments.split_whitespace().any(|word| word == wanted) {
            tracing::info!("removing the sink Inphase that a crash left behind");
            control.unload_module(number)?;
        }
    }
    Ok(())
}
