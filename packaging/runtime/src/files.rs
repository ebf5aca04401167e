//! Unpacks the image, or the part of it that fits a pattern.

use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use backhand::{FilesystemReader, InnerNode};
use wildmatch::WildMatch;

use crate::Failure;
use crate::image::Image;

/// Unpacks into a directory. Files that are there already are replaced.
///
/// # Errors
/// When something cannot be read or written, and when nothing fits the pattern.
pub fn extract(image: &Image, to: &Path, pattern: Option<&str>) -> Result<(), Failure> {
    let tree = image.open()?;
    let pattern = pattern.map(|pattern| WildMatch::new(pattern.trim_start_matches('/')));
    let mut count = 0;
    // Parents come first; rights that forbid writing are given last.
    let mut rights = Vec::new();
    for node in tree.files() {
        let inside = node.fullpath.strip_prefix("/").unwrap_or(&node.fullpath);
        if let Some(pattern) = &pattern
            && !pattern.matches(&inside.to_string_lossy())
        {
            continue;
        }
        let target = to.join(inside);
        count += 1;
        write(&tree, &node.inner, &target)
            .map_err(|error| format!("{} cannot be unpacked: {error}.", target.display()))?;
        if !matches!(node.inner, InnerNode::Symlink(_)) {
            rights.push((target, u32::from(node.header.permissions)));
        }
    }
    for (target, mode) in rights.into_iter().rev() {
        fs::set_permissions(&target, Permissions::from_mode(mode & 0o777))
            .map_err(|error| format!("{} cannot be unpacked: {error}.", target.display()))?;
    }
    if count == 0 {
        return Err("Nothing inside fits this pattern.".to_owned());
    }
    Ok(())
}

fn write(
    tree: &FilesystemReader<'_>,
    node: &InnerNode<backhand::SquashfsFileReader>,
    target: &Path,
) -> io::Result<()> {
    if let InnerNode::Dir(_) = node {
        return fs::create_dir_all(target);
    }
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    match fs::remove_file(target) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    match node {
        InnerNode::File(file) => {
            let mut writer = BufWriter::with_capacity(1 << 20, File::create_new(target)?);
            let mut reader = tree.file(file).reader_checked().map_err(io::Error::other)?;
            let _length = io::copy(&mut reader, &mut writer)?;
            writer.flush()
        }
        InnerNode::Symlink(link) => symlink(&link.link, target),
        // An AppImage has no devices and sockets.
        _ => Ok(()),
    }
}

/// A new directory for temporary files from which programs may be started.
///
/// # Errors
/// When there is no such place.
pub fn room(unpacked: bool) -> Result<PathBuf, Failure> {
    let cache = || {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))
    };
    let mut last = None;
    for place in [Some(std::env::temp_dir()), cache()].into_iter().flatten() {
        // A mount has its own rules for what is in it.
        if unpacked && forbids_programs(&place) {
            last = Some(format!("no program may be started in {}", place.display()));
            continue;
        }
        match nix::unistd::mkdtemp(&place.join(".mount_inphasXXXXXX")) {
            Ok(room) => return Ok(room),
            Err(error) => last = Some(format!("{}: {error}", place.display())),
        }
    }
    let last = last.unwrap_or_default();
    Err(format!(
        "There is no place for temporary files ({last}). Set TMPDIR to a directory of yours."
    ))
}

fn forbids_programs(place: &Path) -> bool {
    nix::sys::statvfs::statvfs(place).is_ok_and(|about| {
        about
            .flags()
            .contains(nix::sys::statvfs::FsFlags::ST_NOEXEC)
    })
}
