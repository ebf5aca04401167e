//! Inphase as a part of this computer: in the applications menu, at log-in, in the
//! background, with real-time priority. Each piece can be added and removed by
//! itself, and removing all leaves nothing behind.
//!
//! [`System`] says where everything is; [`System::add`] and [`System::remove`]
//! make a list of [`Step`]s that can be shown before they are carried out.
//! What was there before is remembered (`record`), so that no directory is left
//! empty that was not there.

mod content;
mod record;
mod step;

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use directories::BaseDirs;
use nix::sys::resource::{Resource, getrlimit};
use nix::unistd::{Group, Uid, User};

use crate::store::{AtLogin, Autostart, StoreError};
use record::Record;
pub use step::{Outcome, Step};

/// What can be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Piece {
    /// An entry in the applications menu, with its icon.
    Menu,
    /// The window opens at log-in.
    Login,
    /// The engine plays from log-in on, without a window.
    Background,
    /// The audio threads may have real-time priority.
    Realtime,
}

impl Piece {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 4] = [Self::Menu, Self::Login, Self::Background, Self::Realtime];

    /// As it is written on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Menu => "menu",
            Self::Login => "login",
            Self::Background => "background",
            Self::Realtime => "realtime",
        }
    }

    /// What it is called.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Menu => "Applications menu",
            Self::Login => "Open at log-in",
            Self::Background => "Play in the background",
            Self::Realtime => "Real-time priority",
        }
    }

    /// What it does, in one sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Menu => "Inphase is found among the applications, with its icon.",
            Self::Login => "The window opens when you log in.",
            Self::Background => "The speakers play from log-in on, without a window.",
            Self::Realtime => "Sound goes first when this computer is busy.",
        }
    }
}

/// What is no word of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Use menu, login, background or realtime.")]
pub struct NoPiece;

impl FromStr for Piece {
    type Err = NoPiece;

    fn from_str(word: &str) -> Result<Self, NoPiece> {
        let mut all = Self::ALL.into_iter();
        all.find(|piece| piece.word() == word).ok_or(NoPiece)
    }
}

/// How a piece is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is there.
    Added,
    /// It is there, and cannot be removed from here: how else, in one sentence.
    Kept(String),
    /// It is not, and can be added.
    Absent,
    /// It is not, and nothing would be better with it: why, in one sentence.
    Needless(String),
    /// It is not, and cannot be: why, in one sentence.
    Impossible(String),
}

/// Where everything is on this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct System {
    /// The user's data, `~/.local/share`.
    pub data: PathBuf,
    /// The data of all users, where packages put theirs.
    pub shared: Vec<PathBuf>,
    /// The user's configuration, `~/.config`.
    pub config: PathBuf,
    /// The user's state, `~/.local/state`.
    pub state: PathBuf,
    /// The user's programs, `~/.local/bin`.
    pub programs: PathBuf,
    /// This program, or the AppImage that it runs from.
    pub program: PathBuf,
    /// It runs from an AppImage, which may lie anywhere, so it is copied to the
    /// user's programs.
    pub app_image: bool,
    /// systemd looks after the user's services.
    pub systemd: bool,
    /// Tells systemd of a new unit.
    pub service_manager: PathBuf,
    /// The file that allows real-time priority.
    pub limits: PathBuf,
    /// Asks for the password and runs a program as root; `None` where there is none.
    pub elevate: Option<PathBuf>,
    /// The highest real-time priority that the user's limits allow; 0 is none.
    pub priority: u64,
    /// rtkit gives real-time priority to who asks.
    pub rtkit: bool,
    /// Who gets real-time priority by the limits: `@audio`, or the user's name.
    pub who: String,
}

impl System {
    /// This computer, for the program at `program`.
    ///
    /// # Errors
    /// When the user has no home directory.
    pub fn of_user(program: PathBuf, rtkit: bool) -> Result<Self, StoreError> {
        let dirs = BaseDirs::new().ok_or(StoreError::NoHome)?;
        let home = dirs.home_dir();
        let usual = || home.join(".local/state");
        Ok(Self {
            data: dirs.data_dir().to_owned(),
            shared: shared(),
            config: dirs.config_dir().to_owned(),
            state: dirs.state_dir().map_or_else(usual, Path::to_owned),
            programs: dirs
                .executable_dir()
                .map_or_else(|| home.join(".local/bin"), Path::to_owned),
            program,
            app_image: app_image().is_some(),
            systemd: Path::new("/run/systemd/system").is_dir(),
            service_manager: "systemctl".into(),
            limits: "/etc/security/limits.d/inphase.conf".into(),
            elevate: found("pkexec"),
            priority: getrlimit(Resource::RLIMIT_RTPRIO).map_or(0, |(soft, _)| soft),
            rtkit,
            who: who(),
        })
    }

    /// How a piece is.
    #[must_use]
    pub fn state(&self, piece: Piece) -> State {
        let there = match piece {
            Piece::Menu => self.menu_entry().exists(),
            Piece::Login => self.autostart().read() == AtLogin::Window,
            Piece::Background => fs::symlink_metadata(self.wanted()).is_ok(),
            Piece::Realtime => self.allows(),
        };
        if there {
            return match piece {
                Piece::Realtime if self.elevate.is_none() => {
                    State::Kept(format!("As root, remove {}.", self.limits.display()))
                }
                _ => State::Added,
            };
        }
        let packaged = |dir: &PathBuf| {
            let entry = dir.join("applications").join(content::DESKTOP_FILE);
            entry.exists()
        };
        match piece {
            // An AppImage is another program than that of a package.
            Piece::Menu if !self.app_image && self.shared.iter().any(packaged) => {
                State::Needless("A package has added it for all users already.".into())
            }
            Piece::Background if !self.systemd => State::Impossible(
                "This computer has no systemd. In the settings, choose Play at log-in instead."
                    .into(),
            ),
            Piece::Realtime if self.priority > 0 => State::Needless(format!(
                "Your limits allow it already, up to priority {}.",
                self.priority
            )),
            Piece::Realtime if self.rtkit => {
                State::Needless("rtkit gives it on this computer already.".into())
            }
            Piece::Realtime if self.limits.exists() => State::Impossible(format!(
                "{} is there and says something else. As root, remove it, then add this again.",
                self.limits.display()
            )),
            Piece::Realtime if self.elevate.is_none() => {
                State::Impossible(format!("pkexec is not installed. Run: {}", self.by_hand()))
            }
            _ => State::Absent,
        }
    }

    /// What adding a piece writes, short enough for one or two lines.
    #[must_use]
    pub fn hint(&self, piece: Piece) -> String {
        match piece {
            Piece::Menu => format!("{} and icons", short(&self.menu_entry())),
            Piece::Login => short(self.autostart().entry()),
            Piece::Background => short(&self.unit()),
            Piece::Realtime => {
                let lines = self.limits_text().trim().replace('\n', ", ");
                format!("{}, with your password: {lines}", self.limits.display())
            }
        }
    }

    /// Where an AppImage is copied to with the first piece.
    #[must_use]
    pub fn copy_hint(&self) -> Option<String> {
        let copied = self.app_image && !self.copy().exists();
        copied.then(|| short(&self.copy()))
    }

    /// The steps that add these pieces. A piece that is there already is brought
    /// up to date; one that is needless or impossible has no steps.
    #[must_use]
    pub fn add(&self, pieces: &[Piece]) -> Vec<Step> {
        let mut steps = Vec::new();
        let possible = |piece: &&Piece| matches!(self.state(**piece), State::Added | State::Absent);
        let pieces: Vec<Piece> = pieces.iter().filter(possible).copied().collect();
        if self.app_image && pieces.iter().any(|piece| *piece != Piece::Realtime) {
            steps.extend(self.copied());
        }
        for piece in pieces {
            match piece {
                Piece::Menu => steps.extend(self.menu()),
                Piece::Login => steps.push(Step::write(
                    self.autostart().entry(),
                    self.autostart().text(AtLogin::Window).unwrap_or_default(),
                )),
                Piece::Background => steps.extend(self.background()),
                Piece::Realtime if self.allows() => {}
                Piece::Realtime => steps.extend(self.elevate.as_ref().map(|elevate| Step::Allow {
                    elevate: elevate.clone(),
                    path: self.limits.clone(),
                    text: self.limits_text(),
                })),
            }
        }
        steps
    }

    /// The steps that remove these pieces, and with the last of them everything
    /// else that was added; a piece that is not there has none.
    #[must_use]
    pub fn remove(&self, pieces: &[Piece]) -> Vec<Step> {
        let mut steps = Vec::new();
        let files = pieces.iter().flat_map(|piece| self.files(*piece));
        steps.extend(files.map(Step::Remove));
        if pieces.contains(&Piece::Background) && !steps.is_empty() {
            steps.extend(self.reload());
        }
        let mut others = Piece::ALL.iter().filter(|piece| !pieces.contains(piece));
        let copy = self.copy();
        if !others.any(|piece| !self.files(*piece).is_empty()) && self.record().is_copy(&copy) {
            steps.push(Step::RemoveCopy(copy));
        }
        if pieces.contains(&Piece::Realtime)
            && self.allows()
            && let Some(elevate) = self.elevate.clone()
        {
            steps.push(Step::Deny {
                elevate,
                path: self.limits.clone(),
            });
        }
        steps
    }

    /// The steps that forget the rig, the settings, and what was measured.
    #[must_use]
    pub fn forget(&self) -> Vec<Step> {
        let both = [&self.config, &self.state].map(|dir| dir.join("inphase"));
        both.into_iter()
            .filter(|dir| dir.is_dir())
            .map(Step::Forget)
            .collect()
    }

    /// Carries steps out, and tells what came of each as it is done. Within this
    /// process others wait until it is through, since all share one record.
    ///
    /// # Errors
    /// One sentence about the first step that cannot be carried out; those after
    /// it are not tried.
    pub fn carry_out(&self, steps: &[Step], mut told: impl FnMut(&Step)) -> Result<(), StoreError> {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let mut record = self.record();
        if !record.is_copy(&self.copy()) {
            record.no_copy();
        }
        let mut outcome = Ok(());
        for step in steps {
            match step.carry_out(&mut record) {
                Ok(()) => told(step),
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        let mut all = Piece::ALL.iter();
        let empty = all.all(|piece| self.files(*piece).is_empty());
        let kept = record.keep(empty);
        outcome.and(kept)
    }

    /// The program as entries name it.
    #[must_use]
    pub fn installed(&self) -> PathBuf {
        if self.app_image {
            self.copy()
        } else {
            self.program.clone()
        }
    }

    /// The program as an entry names it that is written without a copy being made:
    /// the copy where it is ours, else the program as it was started.
    #[must_use]
    pub fn lasting(&self) -> PathBuf {
        let copy = self.copy();
        if self.app_image && (same(&self.program, &copy) || self.record().is_copy(&copy)) {
            copy
        } else {
            self.program.clone()
        }
    }

    fn copy(&self) -> PathBuf {
        self.programs.join("inphase")
    }

    fn record(&self) -> Record {
        Record::read(self.state.join("inphase/installed.toml"))
    }

    fn autostart(&self) -> Autostart {
        Autostart::new(self.config.join("autostart"), self.installed())
    }

    fn menu_entry(&self) -> PathBuf {
        self.data.join("applications").join(content::DESKTOP_FILE)
    }

    fn icon(&self, size: &str, file: &str) -> PathBuf {
        let icons = self.data.join("icons/hicolor");
        icons.join(size).join("apps").join(file)
    }

    fn menu_files(&self) -> Vec<PathBuf> {
        let icons = content::ICONS
            .iter()
            .map(|(size, file, _)| self.icon(size, file));
        std::iter::once(self.menu_entry()).chain(icons).collect()
    }

    /// The user's files that there are of a piece.
    fn files(&self, piece: Piece) -> Vec<PathBuf> {
        let mut files = match piece {
            Piece::Menu => self.menu_files(),
            Piece::Login => vec![self.autostart().entry().to_owned()],
            Piece::Background => vec![self.wanted(), self.unit()],
            Piece::Realtime => Vec::new(),
        };
        files.retain(|file| fs::symlink_metadata(file).is_ok());
        files
    }

    /// The unit that plays in the background.
    #[must_use]
    pub fn unit(&self) -> PathBuf {
        self.config.join("systemd/user/inphase.service")
    }

    /// The link by which systemd starts it.
    fn wanted(&self) -> PathBuf {
        let wants = self.config.join("systemd/user/default.target.wants");
        wants.join("inphase.service")
    }

    fn copied(&self) -> Option<Step> {
        let to = self.copy();
        (!same(&self.program, &to)).then(|| Step::Copy {
            from: self.program.clone(),
            to,
        })
    }

    fn menu(&self) -> Vec<Step> {
        let entry = content::desktop_file(&self.installed());
        let mut steps = vec![Step::write(&self.menu_entry(), entry)];
        steps.extend(
            content::ICONS
                .iter()
                .map(|(size, file, icon)| Step::write(&self.icon(size, file), *icon)),
        );
        steps
    }

    fn background(&self) -> Vec<Step> {
        let unit = content::unit(&self.installed(), self.app_image);
        let mut steps = vec![
            Step::write(&self.unit(), unit),
            Step::Link {
                path: self.wanted(),
                to: "../inphase.service".into(),
            },
        ];
        steps.extend(self.reload());
        steps
    }

    fn reload(&self) -> Option<Step> {
        self.systemd.then(|| Step::Reload {
            manager: self.service_manager.clone(),
        })
    }

    /// Whether the file that allows real-time priority says what is written for this
    /// user; by hand it is copied with its comments.
    fn allows(&self) -> bool {
        let text = fs::read_to_string(&self.limits).unwrap_or_default();
        content::without_comments(&text) == self.limits_text()
    }

    /// A line for a terminal that writes that file.
    fn by_hand(&self) -> String {
        let text = self.limits_text();
        let lines = text.lines().map(|line| format!("'{line}'"));
        let lines = lines.collect::<Vec<_>>().join(" ");
        format!(
            "printf '%s\\n' {lines} | sudo tee {}",
            self.limits.display()
        )
    }

    /// What the file that allows real-time priority says.
    #[must_use]
    pub fn limits_text(&self) -> String {
        content::limits(&self.who)
    }
}

/// Looks where everything is on this computer. Blocks for a moment.
#[derive(Clone)]
pub struct Look(Arc<dyn Fn() -> Result<System, StoreError> + Send + Sync>);

impl Look {
    /// By calling this.
    pub fn new(look: impl Fn() -> Result<System, StoreError> + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }

    /// Looks.
    ///
    /// # Errors
    /// When the user has no home directory.
    pub fn look(&self) -> Result<System, StoreError> {
        (self.0)()
    }
}

impl fmt::Debug for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Look")
    }
}

/// Whether this runs inside a Flatpak, which looks after its own menu entry; what is
/// written there to start at log-in is found by no desktop.
#[must_use]
pub fn in_flatpak() -> bool {
    Path::new("/.flatpak-info").exists()
}

/// The AppImage that this program runs from. Another's, whose terminal it was
/// started in, is in the environment as well.
#[must_use]
pub fn app_image() -> Option<PathBuf> {
    let (image, mount) = (env::var_os("APPIMAGE"), env::var_os("APPDIR"));
    image_of(image, mount, &env::current_exe().ok()?)
}

/// The AppImage, if its files are where this program is.
fn image_of(image: Option<OsString>, mount: Option<OsString>, program: &Path) -> Option<PathBuf> {
    let image = image.filter(|image| !image.is_empty())?;
    let mount = fs::canonicalize(mount?).ok()?;
    let within = fs::canonicalize(program).ok()?.starts_with(mount);
    within.then(|| image.into())
}

/// Whether two paths are one file, also where one goes by a link.
fn same(one: &Path, other: &Path) -> bool {
    let file = |path| fs::canonicalize(path).ok();
    one == other || file(one).is_some_and(|one| file(other) == Some(one))
}

/// A path with the home directory as `~`.
fn short(path: &Path) -> String {
    let dirs = BaseDirs::new();
    let below = dirs
        .as_ref()
        .and_then(|dirs| path.strip_prefix(dirs.home_dir()).ok());
    below.map_or_else(
        || path.display().to_string(),
        |below| format!("~/{}", below.display()),
    )
}

/// `@audio` for its members, so that one file is right for all; else the user.
fn who() -> String {
    let user = User::from_uid(Uid::current()).ok().flatten();
    let group = Group::from_name("audio").ok().flatten();
    match (user, group) {
        (Some(user), Some(group)) if group.mem.contains(&user.name) => "@audio".into(),
        (Some(user), _) => user.name,
        (None, _) => "@audio".into(),
    }
}

/// Where packages put their data, by the base directory specification.
fn shared() -> Vec<PathBuf> {
    let set = env::var_os("XDG_DATA_DIRS").filter(|dirs| !dirs.is_empty());
    let dirs = set.unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    env::split_paths(&dirs).collect()
}

/// A program on the path.
fn found(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut all = env::split_paths(&path).map(|dir| dir.join(program));
    all.find(|file| file.is_file())
}

#[cfg(test)]
mod tests;
