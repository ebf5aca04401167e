//! Files: where they are, atomic saves, loads that survive any damage.
//!
//! Loading never fails. What is broken starts with its default, field by
//! field; a copy of the damaged file is kept beside it, and every loss is told
//! in a sentence. What a newer version wrote and this one does not know is
//! kept and written back. Saving replaces the file in one go or leaves the
//! earlier one as it was.
//!
//! All calls block on the disk; keep them off the audio threads.

pub mod atomic;
pub mod autostart;
mod document;
pub mod measurements;
pub mod paths;
pub mod presets;
pub mod rig_file;
mod salvage;
mod toml_lines;
pub mod window_file;

pub use atomic::{StoreError, write};
pub use autostart::{AtLogin, Autostart};
pub use document::Loaded;
pub use measurements::{DeviceMeasure, LatencyMeasure, Measurements, MeasurementsFile};
pub use paths::Paths;
pub use presets::{PresetInfo, Presets};
pub use rig_file::RigFile;
pub use window_file::WindowFile;
