//! What draws the window: the graphics card where there is a real one, else the
//! processor. A card that is only simulated is slower than drawing directly, so
//! it counts as none.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::prefs::{Prefs, Renderer};

/// The variable by which iced is told what draws.
pub const VARIABLE: &str = "ICED_BACKEND";
/// Its value for the processor.
pub const PROCESSOR: &str = "tiny-skia";

/// Whether the processor is to draw although the program could use a card.
#[must_use]
pub fn wants_processor(prefs: &Prefs) -> bool {
    if !cfg!(feature = "gpu") {
        // Nothing else is built in.
        return false;
    }
    match prefs.renderer {
        Renderer::Gpu => false,
        Renderer::Software => true,
        Renderer::Auto => !has_card(Path::new("/")),
    }
}

/// Whether the system under `root` has a card that draws by itself.
fn has_card(root: &Path) -> bool {
    let forced = env::var_os("LIBGL_ALWAYS_SOFTWARE").is_some_and(|value| value == "1");
    !forced && has_node(root) && !has_simulated_drivers_only(root)
}

/// Whether there is a render node whose driver is one of a card.
fn has_node(root: &Path) -> bool {
    let is_node = |name: &OsStr| name.to_string_lossy().starts_with("renderD");
    entries(&root.join("dev/dri"))
        .iter()
        .filter_map(|path| path.file_name().filter(|name| is_node(name)))
        .any(|name| {
            let driver = root.join("sys/class/drm").join(name).join("device/driver");
            let driver = fs::read_link(driver).unwrap_or_default();
            !SIMULATED.iter().any(|of| driver.ends_with(of))
        })
}

/// Whether Vulkan is installed and its only driver is the one that simulates a
/// card. Without Vulkan a card is used by OpenGL.
fn has_simulated_drivers_only(root: &Path) -> bool {
    let drivers: Vec<PathBuf> = ["usr/share/vulkan/icd.d", "etc/vulkan/icd.d"]
        .iter()
        .flat_map(|place| entries(&root.join(place)))
        .collect();
    let is_simulated = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("lvp_")
    };
    !drivers.is_empty() && drivers.iter().all(is_simulated)
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect()
}

/// Drivers of render nodes behind which there is no card.
const SIMULATED: [&str; 2] = ["vgem", "vkms"];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::symlink;

    use super::*;

    fn system(driver: Option<&str>, vulkan: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let make = |path: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            path
        };
        if let Some(driver) = driver {
            fs::write(make("dev/dri/renderD128"), "").unwrap();
            let link = make("sys/class/drm/renderD128/device/driver");
            symlink(format!("../../bus/pci/drivers/{driver}"), link).unwrap();
        }
        for name in vulkan {
            fs::write(make(&format!("usr/share/vulkan/icd.d/{name}")), "").unwrap();
        }
        root
    }

    #[test]
    fn a_simulated_card_counts_as_none() {
        let both = ["intel_icd.x86_64.json", "lvp_icd.x86_64.json"];
        let table: [(Option<&str>, &[&str], bool); 6] = [
            (None, &[], false),
            (None, &both, false),
            (Some("vgem"), &both, false),
            (Some("i915"), &both, true),
            (Some("amdgpu"), &[], true),
            (Some("virtio_gpu"), &["lvp_icd.x86_64.json"], false),
        ];
        for (driver, vulkan, expected) in table {
            let root = system(driver, vulkan);
            assert_eq!(has_card(root.path()), expected, "{driver:?} {vulkan:?}");
        }
    }
}
