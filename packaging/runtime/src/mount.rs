//! The image as a file system of the kernel's.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, UNIX_EPOCH};

use backhand::{FilesystemReader, InnerNode, Node, SquashfsFileReader, SquashfsReadFile};
use fuser::{
    Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo, LockOwner,
    OpenFlags, ReplyAttr, ReplyData, ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyOpen, Request,
};

/// The tree, as the kernel asks for it. Nothing in it ever changes, so the kernel may keep
/// what it was told for as long as it likes.
pub struct Tree {
    files: &'static FilesystemReader<'static>,
    entries: Vec<Entry>,
    open: Mutex<HashMap<u64, Open>>,
}

struct Entry {
    node: &'static Node<SquashfsFileReader>,
    parent: usize,
    children: Vec<usize>,
}

/// An open file and the block of it that was unpacked last.
struct Open {
    reader: SquashfsReadFile<'static, 'static>,
    users: usize,
}

impl Tree {
    /// The tree of an image; it lives as long as this process.
    pub fn new(files: FilesystemReader<'static>) -> Self {
        let files: &'static FilesystemReader<'static> = Box::leak(Box::new(files));
        let mut entries: Vec<Entry> = Vec::new();
        let mut known: HashMap<PathBuf, usize> = HashMap::new();
        // Parents come before what is in them; the root comes first.
        for node in files.files() {
            let index = entries.len();
            let parent = node.fullpath.parent().and_then(|parent| known.get(parent));
            let parent = parent.copied().unwrap_or_default();
            let _ = known.insert(node.fullpath.clone(), index);
            entries.push(Entry {
                node,
                parent,
                children: Vec::new(),
            });
            if index > 0 {
                entries[parent].children.push(index);
            }
        }
        Self {
            files,
            entries,
            open: Mutex::default(),
        }
    }

    fn entry(&self, number: INodeNo) -> Option<&Entry> {
        self.entries
            .get(usize::try_from(number.0.checked_sub(1)?).ok()?)
    }

    fn about(&self, request: &Request, index: usize) -> FileAttr {
        let entry = &self.entries[index];
        let header = &entry.node.header;
        let size = match &entry.node.inner {
            InnerNode::File(file) => file.file_len() as u64,
            InnerNode::Symlink(link) => link.link.as_os_str().len() as u64,
            _ => 0,
        };
        let time = UNIX_EPOCH + Duration::from_secs(header.mtime.into());
        FileAttr {
            ino: INodeNo(index as u64 + 1),
            size,
            blocks: size.div_ceil(512),
            atime: time,
            mtime: time,
            ctime: time,
            crtime: time,
            kind: kind(entry),
            perm: header.permissions & 0o555,
            nlink: 1,
            uid: request.uid(),
            gid: request.gid(),
            rdev: 0,
            blksize: self.files.block_size,
            flags: 0,
        }
    }

    fn read(&self, number: INodeNo, offset: u64, size: u32) -> std::io::Result<Vec<u8>> {
        let mut open = self
            .open
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let open = open
            .get_mut(&number.0)
            .ok_or(std::io::ErrorKind::NotFound)?;
        let mut bytes = Vec::with_capacity(size as usize);
        // Within the block at hand this costs nothing; else the next one is unpacked.
        let _place = open.reader.seek(SeekFrom::Start(offset))?;
        let _length = (&mut open.reader)
            .take(size.into())
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

fn kind(entry: &Entry) -> FileType {
    match entry.node.inner {
        InnerNode::Dir(_) => FileType::Directory,
        InnerNode::Symlink(_) => FileType::Symlink,
        InnerNode::NamedPipe => FileType::NamedPipe,
        InnerNode::Socket => FileType::Socket,
        InnerNode::BlockDevice(_) => FileType::BlockDevice,
        InnerNode::CharacterDevice(_) => FileType::CharDevice,
        InnerNode::File(_) => FileType::RegularFile,
    }
}

/// The kernel may keep an answer for so long.
const EVER: Duration = Duration::from_secs(24 * 3600);

impl Filesystem for Tree {
    fn lookup(&self, request: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let children = self.entry(parent).map_or(&[][..], |entry| &entry.children);
        let found = children
            .iter()
            .find(|child| self.entries[**child].node.fullpath.file_name() == Some(name));
        match found {
            Some(child) => reply.entry(&EVER, &self.about(request, *child), Generation(0)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, request: &Request, number: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.entry(number) {
            Some(_) => reply.attr(&EVER, &self.about(request, number.0 as usize - 1)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn readlink(&self, _: &Request, number: INodeNo, reply: ReplyData) {
        match self.entry(number).map(|entry| &entry.node.inner) {
            Some(InnerNode::Symlink(link)) => {
                reply.data(link.link.as_os_str().as_encoded_bytes());
            }
            _ => reply.error(Errno::EINVAL),
        }
    }

    fn open(&self, _: &Request, number: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        let Some(InnerNode::File(file)) = self.entry(number).map(|entry| &entry.node.inner) else {
            return reply.error(Errno::EISDIR);
        };
        let mut open = self
            .open
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(open) = open.get_mut(&number.0) {
            open.users += 1;
        } else {
            let Ok(reader) = self.files.file(file).reader_checked() else {
                return reply.error(Errno::EIO);
            };
            let _ = open.insert(number.0, Open { reader, users: 1 });
        }
        reply.opened(FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE);
    }

    fn read(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        match self.read(number, offset, size) {
            Ok(bytes) => reply.data(&bytes),
            Err(_) => reply.error(Errno::EIO),
        }
    }

    fn release(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        _: OpenFlags,
        _: Option<LockOwner>,
        _: bool,
        reply: ReplyEmpty,
    ) {
        let mut open = self
            .open
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(one) = open.get_mut(&number.0) {
            one.users -= 1;
            if one.users == 0 {
                let _closed = open.remove(&number.0);
            }
        }
        reply.ok();
    }

    fn readdir(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        mut reply: ReplyDirectory,
    ) {
        let Some(entry) = self.entry(number) else {
            return reply.error(Errno::ENOENT);
        };
        let itself = [
            (number.0, FileType::Directory, OsStr::new(".")),
            (
                entry.parent as u64 + 1,
                FileType::Directory,
                OsStr::new(".."),
            ),
        ];
        let children = entry.children.iter().map(|child| {
            let entry = &self.entries[*child];
            let name = entry.node.fullpath.file_name().unwrap_or_default();
            (*child as u64 + 1, kind(entry), name)
        });
        let all = itself.into_iter().chain(children).enumerate();
        for (index, (number, kind, name)) in all.skip(usize::try_from(offset).unwrap_or(usize::MAX))
        {
            if reply.add(INodeNo(number), index as u64 + 1, kind, name) {
                break;
            }
        }
        reply.ok();
    }
}
