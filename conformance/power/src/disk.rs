//! A file system in memory: what running programs see of it, and the journal of all that changed it.

mod content;

use std::collections::{BTreeMap, HashMap};

pub(crate) use content::{Content, PAGE, Page, pieces};

/// A file's or folder's number.
pub(crate) type Ino = u64;

/// The root folder.
pub(crate) const ROOT: Ino = 1;

/// One change. All but [`Op::Sync`] change what programs see; only a sync says that something is safe.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// Bytes of a file.
    Write { ino: Ino, offset: u64, bytes: Box<[u8]> },
    /// A file's size, by `ftruncate`.
    Truncate { ino: Ino, size: u64 },
    /// Space reserved: the file is at least so long.
    Allocate { ino: Ino, size: u64 },
    /// A name for a file or folder, which is made if there is none of that number.
    Link { parent: Ino, name: String, ino: Ino, is_folder: bool },
    /// A name taken away.
    Unlink { parent: Ino, name: String },
    /// A name moved, over whatever had the new one.
    Rename { parent: Ino, name: String, to: Ino, new_name: String, ino: Ino },
    /// `fsync` or `fdatasync` of a file or a folder: it covers what the journal had before `since`.
    Sync { ino: Ino, since: usize, data_only: bool },
}

/// A file or folder.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    File(Content),
    Folder(BTreeMap<String, Ino>),
}

/// The file system.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    nodes: HashMap<Ino, Node>,
    next: Ino,
}

impl Default for Disk {
    fn default() -> Disk {
        Disk { nodes: HashMap::from([(ROOT, Node::Folder(BTreeMap::new()))]), next: ROOT + 1 }
    }
}

impl Disk {
    /// A number for a new file or folder.
    pub(crate) fn next_ino(&mut self) -> Ino {
        self.next += 1;
        self.next - 1
    }

    pub(crate) fn node(&self, ino: Ino) -> Option<&Node> {
        self.nodes.get(&ino)
    }

    pub(crate) fn folder(&self, ino: Ino) -> Option<&BTreeMap<String, Ino>> {
        match self.nodes.get(&ino) {
            Some(Node::Folder(entries)) => Some(entries),
            _ => None,
        }
    }

    pub(crate) fn content(&self, ino: Ino) -> Option<&Content> {
        match self.nodes.get(&ino) {
            Some(Node::File(content)) => Some(content),
            _ => None,
        }
    }

    pub(crate) fn content_mut(&mut self, ino: Ino) -> Option<&mut Content> {
        match self.nodes.get_mut(&ino) {
            Some(Node::File(content)) => Some(content),
            _ => None,
        }
    }

    pub(crate) fn find(&self, parent: Ino, name: &str) -> Option<Ino> {
        self.folder(parent)?.get(name).copied()
    }

    /// Carries a change out. One that does not fit (the file was never made durable, say) does nothing.
    pub(crate) fn apply(&mut self, op: &Op) {
        match op {
            Op::Write { ino, offset, bytes } => {
                if let Some(content) = self.content_mut(*ino) {
                    content.write(*offset, bytes);
                }
            }
            Op::Truncate { ino, size } => {
                if let Some(content) = self.content_mut(*ino) {
                    content.truncate(*size);
                }
            }
            Op::Allocate { ino, size } => {
                if let Some(content) = self.content_mut(*ino) {
                    content.size = content.size.max(*size);
                }
            }
            Op::Link { parent, name, ino, is_folder } => {
                self.make(*ino, *is_folder);
                if let Some(Node::Folder(entries)) = self.nodes.get_mut(parent) {
                    entries.insert(name.clone(), *ino);
                }
            }
            Op::Unlink { parent, name } => {
                if let Some(Node::Folder(entries)) = self.nodes.get_mut(parent) {
                    entries.remove(name);
                }
            }
            Op::Rename { parent, name, to, new_name, ino } => {
                self.rename((*parent, name), (*to, new_name), *ino);
            }
            Op::Sync { .. } => {}
        }
    }

    /// Makes a file or folder without a name, if there is none of this number.
    pub(crate) fn make(&mut self, ino: Ino, is_folder: bool) {
        let node =
            if is_folder { Node::Folder(BTreeMap::new()) } else { Node::File(Content::default()) };
        self.nodes.entry(ino).or_insert(node);
        self.next = self.next.max(ino + 1);
    }

    fn rename(&mut self, from: (Ino, &str), to: (Ino, &str), ino: Ino) {
        if self.find(from.0, from.1) != Some(ino) || self.folder(to.0).is_none() {
            return;
        }
        if let Some(Node::Folder(entries)) = self.nodes.get_mut(&from.0) {
            entries.remove(from.1);
        }
        if let Some(Node::Folder(entries)) = self.nodes.get_mut(&to.0) {
            entries.insert(to.1.to_owned(), ino);
        }
    }

    /// Takes a file's names away, as if somebody had removed it.
    pub(crate) fn forget(&mut self, ino: Ino) {
        for node in self.nodes.values_mut() {
            if let Node::Folder(entries) = node {
                entries.retain(|_, found| *found != ino);
            }
        }
    }

    /// Forgets files and folders that no name leads to.
    pub(crate) fn sweep(&mut self) {
        let mut kept = HashMap::new();
        let mut open = vec![ROOT];
        while let Some(ino) = open.pop() {
            if let Some(node) = self.nodes.remove(&ino) {
                if let Node::Folder(entries) = &node {
                    open.extend(entries.values());
                }
                kept.insert(ino, node);
            }
        }
        self.nodes = kept;
    }
}

impl Op {
    /// The file or folder whose content it changes, if it is about content.
    pub(crate) fn written(&self) -> Option<Ino> {
        match self {
            Op::Write { ino, .. } | Op::Truncate { ino, .. } | Op::Allocate { ino, .. } => {
                Some(*ino)
            }
            _ => None,
        }
    }

    /// The folders whose names it changes.
    pub(crate) fn folders(&self) -> Vec<Ino> {
        match self {
            Op::Link { parent, .. } | Op::Unlink { parent, .. } => vec![*parent],
            Op::Rename { parent, to, .. } if parent == to => vec![*parent],
            Op::Rename { parent, to, .. } => vec![*parent, *to],
            _ => Vec::new(),
        }
    }
}

impl Disk {
    /// Copies all of it into a real folder, for a person to look at.
    pub(crate) fn copy_to(&self, path: &std::path::Path) -> std::io::Result<()> {
        let mut open = vec![(ROOT, path.to_owned())];
        while let Some((ino, path)) = open.pop() {
            match self.node(ino) {
                Some(Node::Folder(entries)) => {
                    std::fs::create_dir_all(&path)?;
                    open.extend(entries.iter().map(|(name, ino)| (*ino, path.join(name))));
                }
                Some(Node::File(content)) => {
                    std::fs::write(&path, content.read(0, usize::MAX))?;
                }
                None => {}
            }
        }
        Ok(())
    }
}
