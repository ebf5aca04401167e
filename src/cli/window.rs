//! `inphase` without a command: the window. The engine is a process of its own,
//! so that neither closing nor a crash of the window stops the sound; it is
//! started here where none runs.

use std::{env, os::unix::process::CommandExt as _, process::Command};

use super::{Failure, log, program};
use crate::{
    desktop::{
        realtime::has_rtkit,
        single::{self, Found},
    },
    gui::{
        self,
        app::Start,
        engines::{Engines, Which},
        prefs::Prefs,
        renderer,
    },
    install::{Look, System, in_flatpak},
    remote::{Place, Starter, attach},
    store::{Autostart, Paths, WindowFile},
};

mod display;

/// Opens the window and runs it until it is closed. `given`: the place is the
/// user's choice, for the demo too.
///
/// # Errors
/// One sentence when there is no display, or the system gives no window.
pub(super) fn open(demo: bool, given: bool, place: &Place) -> Result<(), Failure> {
    display::check()?;
    let paths = Paths::system().map_err(|error| Failure::Refused(error.to_string()))?;
    let (file, loaded) = WindowFile::<Prefs>::load(paths.window());
    let prefs = loaded.value.mended();
    // Before any thread or engine is started: the program may begin again here.
    draw_by_processor(&prefs);
    log::start(None)?;
    let demo_place = if given && demo {
        place.clone()
    } else {
        place.demo()
    };
    // The demo has a window of its own, and so has every engine elsewhere.
    let elsewhere = if demo {
        Some(&demo_place)
    } else {
        given.then_some(place)
    };
    let Found::Nobody(raises) = single::claim(single::name(elsewhere.map(Place::socket))) else {
        return Ok(());
    };
    let engines = engines(place.clone(), given, demo_place, paths.clone());
    let which = if demo { Which::Demo } else { Which::Own };
    let installs = program().filter(|_| !in_flatpak());
    let start = Start {
        handle: engines.attach(which),
        which,
        engines: Some(engines),
        raises: Some(raises),
        autostart: Paths::autostart()
            .zip(installs.clone())
            .map(|(dir, program)| Autostart::new(dir, program)),
        install: installs
            .map(|program| Look::new(move || System::of_user(program.clone(), has_rtkit()))),
        paths,
        prefs,
        file: Some(file),
        said: loaded.said,
    };
    gui::run(start).map_err(|error| {
        Failure::Refused(format!(
            "The window cannot be opened: {error}. Use `inphase run` to play without one."
        ))
    })
}

fn engines(own: Place, given: bool, demo: Place, paths: Paths) -> Engines {
    Engines::new(move |which| {
        let (place, log) = match which {
            Which::Own => (&own, "engine.txt"),
            Which::Demo => (&demo, "demo.txt"),
        };
        let mut arguments = Vec::new();
        if given || which == Which::Demo {
            arguments.extend(["--socket".into(), place.socket().into()]);
        }
        arguments.extend(["run", "--quiet", "--attended"].map(Into::into));
        if which == Which::Demo {
            arguments.push("--demo".into());
        }
        let starter = program().map(|program| Starter {
            program,
            arguments,
            complaints: paths.log_dir().join(log),
        });
        attach(place.clone(), starter)
    })
}

/// Begins again with the processor drawing where that is wanted: iced reads its
/// choice from the environment only.
fn draw_by_processor(prefs: &Prefs) {
    if env::var_os(renderer::VARIABLE).is_some() || !renderer::wants_processor(prefs) {
        return;
    }
    let Ok(program) = env::current_exe() else {
        return;
    };
    let error = Command::new(program)
        .args(env::args_os().skip(1))
        .env(renderer::VARIABLE, renderer::PROCESSOR)
        .exec();
    tracing::debug!("the graphics card draws after all: {error}");
}
